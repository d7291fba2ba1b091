#include "record/ini.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1U << 20)

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

/* An array with room for one more; NULL: no memory, and the old one stays. */
static void *grown(void *array, size_t n, size_t size)
{
	if (n & (n - 1)) /* room is a power of two: full only when n is one, or none */
		return array;
	return realloc(array, (n ? 2 * n : 1) * size);
}

static int no_memory(const struct parser *p)
{
	return bt_fail(p->err, -ENOMEM, "%s: out of memory", p->file);
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
	for (size_t i = 0; i < ini->n; i++)
		if (strcmp(ini->sections[i].name, name) == 0)
			return bt_fail(p->err, -EINVAL,
				"%s:%u: section '%.60s' is there already, in line %u", p->file,
				p->line, name, ini->sections[i].line);
	sections = grown(ini->sections, ini->n, sizeof(*sections));
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

static int take_key(struct parser *p, char *text)
{
	struct bt_ini *ini = p->ini;
	char *eq = strchr(text, '=');
	struct bt_ini_section *section;
	struct bt_ini_key *keys;

	if (!eq)
		return bt_fail(p->err, -EINVAL,
			"%s:%u: '%.60s': expected KEY = VALUE, or [SECTION]", p->file, p->line,
			text);
	*eq = '\0';
	text = trim(text);
	if (!*text)
		return bt_fail(
			p->err, -EINVAL, "%s:%u: expected a key before '='", p->file, p->line);
	if (!ini->n)
		return bt_fail(p->err, -EINVAL,
			"%s:%u: '%.60s' stands outside of a section; expected [SECTION] before it",
			p->file, p->line, text);
	section = &ini->sections[ini->n - 1];
	keys = grown(section->keys, section->n, sizeof(*keys));
	if (!keys)
		return no_memory(p);
	section->keys = keys;
	keys[section->n++] = (struct bt_ini_key){ text, trim(eq + 1), p->line };
	return 0;
}

static int take_line(struct parser *p, char *text, size_t len)
{
	if (len > BT_INI_LINE_MAX)
		return bt_fail(p->err, -EINVAL, "%s:%u: a line of %zu bytes; expected at most %d",
			p->file, p->line, len, BT_INI_LINE_MAX);
	if (strlen(text) != len)
		return bt_fail(
			p->err, -EINVAL, "%s:%u: a zero byte; expected text", p->file, p->line);
	cut_comment(text);
	text = trim(text);
	if (!*text || *text == ';')
		return 0;
	return *text == '[' ? take_section(p, text) : take_key(p, text);
}

int bt_ini_parse(
	struct bt_ini *ini, const char *file, const char *text, size_t len, struct bt_err *err)
{
	struct parser p = { ini, file, 0, err };
	char *at, *end;
	int r = 0;

	*ini = (struct bt_ini){ .text = malloc(len + 1) };
	if (!ini->text)
		return no_memory(&p);
	memcpy(ini->text, text, len);
	ini->text[len] = '\0';
	at = ini->text;
	end = at + len;
	if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (r == 0 && at < end) {
		char *next = memchr(at, '\n', (size_t)(end - at));

		next = next ? next : end;
		*next = '\0';
		p.line++;
		r = take_line(&p, at, (size_t)(next - at));
		at = next + 1;
	}
	if (r < 0)
		bt_ini_fini(ini);
	return r;
}

int bt_ini_read(struct bt_ini *ini, const char *file, struct bt_err *err)
{
	FILE *in = fopen(file, "re");
	char *text = malloc(FILE_MAX + 1);
	size_t len = 0;
	int r = 0;

	*ini = (struct bt_ini){ 0 };
	if (!in)
		r = bt_fail(err, -errno, "%s: cannot open: %s", file, strerror(errno));
	else if (!text)
		r = bt_fail(err, -ENOMEM, "%s: out of memory", file);
	else
		len = fread(text, 1, FILE_MAX + 1, in);
	if (r == 0 && ferror(in))
		r = bt_fail(err, -EIO, "%s: cannot read: %s", file, strerror(errno));
	if (r == 0 && len > FILE_MAX)
		r = bt_fail(err, -EINVAL, "%s: expected at most 1 MiB", file);
	if (r == 0)
		r = bt_ini_parse(ini, file, text, len, err);
	free(text);
	if (in)
		fclose(in);
	return r;
}

void bt_ini_fini(struct bt_ini *ini)
{
	for (size_t i = 0; i < ini->n; i++)
		free(ini->sections[i].keys);
	free(ini->sections);
	free(ini->text);
	*ini = (struct bt_ini){ 0 };
}
