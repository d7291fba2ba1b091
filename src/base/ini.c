#include "base/grow.h"
#include "base/ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"

struct parser {
	struct bt_ini *ini;
	const char *file;
	unsigned line;
	struct bt_err *err;
};

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

static int no_memory(const struct parser *p)
{
	return bt_oom(p->err, "%s", p->file);
}

static int take_section(struct parser *p, char *text)
{
	struct bt_ini *ini = p->ini;
	struct bt_ini_section *sections;
	size_t len = strlen(text);
	char *name;

	if (text[len - 1] != ']')
		return bt_fail(p->err, -EINVAL,
			"%s:%u: '%.60s': expected ']' at the end of a section's name", p->file,
			p->line, text);
	text[len - 1] = '\0';
	name = trim(text + 1);
	if (!*name)
		return bt_fail(p->err, -EINVAL, "%s:%u: '[]': expected a section's name", p->file,
			p->line);
	if (!bt_utf8_valid(name, strlen(name)))
		return bt_fail(p->err, -EINVAL, "%s:%u: section '%.60s': expected UTF-8 text",
			p->file, p->line, name);
	for (size_t i = 0; i < ini->n; i++)
		if (strcmp(ini->sections[i].name, name) == 0)
			return bt_fail(p->err, -EINVAL,
				"%s:%u: section '%.60s' is there already, in line %u", p->file,
				p->line, name, ini->sections[i].line);
	sections = bt_grow(ini->sections, ini->n, sizeof(*sections));
	if (!sections)
		return no_memory(p);
	ini->sections = sections;
	sections[ini->n++] = (struct bt_ini_section){ .name = name, .line = p->line };
	return 0;
}

/* A value ends where a space and a # stand; a # without a space may belong to it, as in a URL. */
static void cut_comment(char *text)
{
	for (char *at = strchr(text, '#'); at; at = strchr(at + 1, '#'))
		if (at == text || at[-1] == ' ' || at[-1] == '\t') {
			*at = '\0';
			return;
		}
}

static int bad_key(const struct parser *p, const char *text)
{
	return bt_fail(p->err, -EINVAL, "%s:%u: '%.60s': expected KEY = VALUE, or [SECTION]",
		p->file, p->line, text);
}

/* Where the value's quote begins in `key := "value"`; NULL: the line is another. */
static char *find_quote(char *text)
{
	char *eq = strchr(text, '='), *value;

	if (!eq || eq == text || eq[-1] != ':' || memchr(text, '#', (size_t)(eq - text)))
		return NULL;
	value = eq + 1 + strspn(eq + 1, " \t");
	return *value == '"' ? value : NULL;
}

/* Reading never makes the text longer, so it replaces the quoted form in place. */
static int read_quoted(struct parser *p, char *quote)
{
	const char *at = quote + 1;
	char *value;
	int r = bt_escape_read(&value, &at, '"', p->err);

	if (r < 0) {
		bt_fail_in(p->err, "%s:%u", p->file, p->line);
		return r;
	}
	at += strspn(at, " \t\r");
	if (*at && *at != '#')
		r = bt_fail(p->err, -EINVAL,
			"%s:%u: '%.60s': expected the end of the line after the closing quote",
			p->file, p->line, at);
	else
		strcpy(quote, value);
	free(value);
	return r;
}

static int add_key(struct parser *p, char *name, const char *value, bool quoted)
{
	struct bt_ini *ini = p->ini;
	struct bt_ini_section *section;
	struct bt_ini_key *keys;

	name = trim(name);
	if (!*name)
		return bt_fail(
			p->err, -EINVAL, "%s:%u: expected a key before '='", p->file, p->line);
	if (!ini->n)
		return bt_fail(p->err, -EINVAL,
			"%s:%u: '%.60s' stands outside of a section; expected [SECTION] before it",
			p->file, p->line, name);
	section = &ini->sections[ini->n - 1];
	keys = bt_grow(section->keys, section->n, sizeof(*keys));
	if (!keys)
		return no_memory(p);
	section->keys = keys;
	keys[section->n++] = (struct bt_ini_key){ name, value, p->line, quoted };
	return 0;
}

static int take_quoted(struct parser *p, char *name, char *quote)
{
	int r = read_quoted(p, quote);

	strchr(name, '=')[-1] = '\0';
	return r < 0 ? r : add_key(p, name, quote, true);
}

static int take_key(struct parser *p, char *text)
{
	char *eq = strchr(text, '=');

	if (!eq)
		return bad_key(p, text);
	*eq = '\0';
	return add_key(p, text, trim(eq + 1), false);
}

static int take_line(struct parser *p, char *text)
{
	size_t len = strlen(text);
	char *quote;

	if (len > BT_INI_LINE_MAX)
		return bt_fail(p->err, -EINVAL, "%s:%u: a line of %zu bytes; expected at most %d",
			p->file, p->line, len, BT_INI_LINE_MAX);
	quote = *text == ';' ? NULL : find_quote(text);
	if (quote)
		return take_quoted(p, text, quote);
	cut_comment(text);
	text = trim(text);
	if (!*text || *text == ';')
		return 0;
	return *text == '[' ? take_section(p, text) : take_key(p, text);
}

/* Splits the text into lines; ini owns it then. */
static int take_lines(struct bt_ini *ini, struct bt_input *in, struct bt_err *err)
{
	struct parser p = { ini, in->path, 0, err };
	char *line;
	int r;

	*ini = (struct bt_ini){ .in = *in };
	while ((r = bt_input_line(&ini->in, &line, err)) == 1) {
		p.line = (unsigned)ini->in.line;
		r = take_line(&p, line);
		if (r < 0)
			break;
	}
	if (r < 0)
		bt_ini_fini(ini);
	return r;
}

int bt_ini_parse(
	struct bt_ini *ini, const char *file, const char *text, size_t len, struct bt_err *err)
{
	struct bt_input in;
	int r = bt_input_of(&in, file, text, len, err);

	*ini = (struct bt_ini){ 0 };
	return r < 0 ? r : take_lines(ini, &in, err);
}

int bt_ini_read(struct bt_ini *ini, const char *file, struct bt_err *err)
{
	struct bt_input in;
	int r = bt_input_text(&in, file, BT_INPUT_ONCE, BT_INI_FILE_MAX, err);

	*ini = (struct bt_ini){ 0 };
	return r < 0 ? r : take_lines(ini, &in, err);
}

void bt_ini_fini(struct bt_ini *ini)
{
	for (size_t i = 0; i < ini->n; i++)
		free(ini->sections[i].keys);
	free(ini->sections);
	bt_input_close(&ini->in);
	*ini = (struct bt_ini){ 0 };
}

/* Whether a plain line would change the value. */
static bool wants_quotes(const char *value)
{
	struct bt_text t = { .at = value };
	size_t len = strlen(value);

	if (!len || strchr(" \t\r", value[0]) || strchr(" \t\r", value[len - 1]) || value[0] == '#')
		return true;
	while (bt_text_next(&t))
		if (t.hidden)
			return true;
	return strstr(value, " #");
}

void bt_ini_put(FILE *out, const char *key, const char *value)
{
	if (!wants_quotes(value)) {
		bt_print(out, "%s = %s\n", key, value);
		return;
	}
	bt_print(out, "%s := \"", key);
	bt_escape_put(out, value, '"');
	fputs("\"\n", out);
}
