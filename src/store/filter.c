#include "store/filter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/fmt.h"
#include "base/text.h"
#include "store/tags.h"

enum kind { TEXT, TAGS, NUMBER, DURATION, SIZE, SHARE, SINCE, BEFORE };

struct field {
	const char *name, *also; /* also: another name, NULL: none */
	enum kind kind;
	size_t offset;                  /* of struct bt_run_row */
	const struct bt_figure *figure; /* then this one, and no offset */
};
/* What a run has besides figures. */
static const struct field fields[] = {
	{ .name = "workload", .kind = TEXT, .offset = offsetof(struct bt_run_row, workload) },
	{ .name = "profile", .kind = TEXT, .offset = offsetof(struct bt_run_row, profile) },
	{ .name = "tag",
		.also = "tags",
		.kind = TAGS,
		.offset = offsetof(struct bt_run_row, tags) },
	{ .name = "commit", .kind = TEXT, .offset = offsetof(struct bt_run_row, commit) },
	{ .name = "host", .kind = TEXT, .offset = offsetof(struct bt_run_row, host) },
	{ .name = "verdict", .kind = TEXT, .offset = offsetof(struct bt_run_row, verdict) },
	{ .name = "status", .kind = TEXT, .offset = offsetof(struct bt_run_row, status) },
	{ .name = "run", .kind = NUMBER, .offset = offsetof(struct bt_run_row, id) },
	{ .name = "took", .kind = DURATION, .offset = offsetof(struct bt_run_row, duration_ns) },
	{ .name = "since", .kind = SINCE, .offset = offsetof(struct bt_run_row, started_wall_ns) },
	{ .name = "before",
		.kind = BEFORE,
		.offset = offsetof(struct bt_run_row, started_wall_ns) },
};

static enum kind kind_of(enum bt_unit unit)
{
	switch (unit) {
	case BT_UNIT_NS:
		return DURATION;
	case BT_UNIT_BYTES:
		return SIZE;
	case BT_UNIT_SHARE:
		return SHARE;
	default:
		return NUMBER;
	}
}

/* Field i: of these, then of the listed figures. False: there are not so many. */
static bool field_at(struct field *out, size_t i)
{
	if (i < BT_LEN(fields)) {
		*out = fields[i];
		return true;
	}
	i -= BT_LEN(fields);
	for (const struct bt_figure *f = bt_figures; f->name; f++) {
		if (!(f->in & BT_IN_HISTORY) || i--)
			continue;
		*out = (struct field){ .name = bt_figure_listed(f),
			.also = f->name,
			.kind = kind_of(f->unit),
			.figure = f };
		return true;
	}
	return false;
}

/* What stands between name and value: longer ones first. */
enum { AT_LEAST, AT_MOST, ABOVE, BELOW, IS, HAS };
static const char *const relations[] = { ">=", "<=", ">", "<", "=", ":" };

/* A duration before now, or a day of the local calendar, as Unix time. */
static int read_moment(double *out, const char *text, uint64_t now_ns)
{
	struct tm tm = { .tm_isdst = -1 }, day;
	uint64_t ago;
	char after;

	if (sscanf(text, "%4d-%2d-%2d%c", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &after) == 3) {
		tm.tm_year -= 1900;
		tm.tm_mon--;
		day = tm;
		*out = (double)mktime(&tm) * 1e9;
		/* mktime takes February 30 for a day of March. */
		return tm.tm_mon == day.tm_mon && tm.tm_mday == day.tm_mday ? 0 : -EINVAL;
	}
	if (bt_parse_duration(&ago, text) < 0)
		return -EINVAL;
	*out = bt_unix_real(now_ns) - (double)ago;
	return 0;
}

static int read_value(
	struct bt_filter_word *word, const struct field *field, const char *text, uint64_t now_ns)
{
	uint64_t count;
	int r = 0;

	switch (field->kind) {
	case TEXT:
	case TAGS:
		word->text = text;
		return 0;
	case NUMBER:
		return bt_parse_number(&word->value, text);
	case SHARE:
		return bt_parse_share(&word->value, text);
	case DURATION:
		r = bt_parse_duration(&count, text);
		break;
	case SIZE:
		r = bt_parse_size(&count, text);
		break;
	case SINCE:
	case BEFORE:
		return read_moment(&word->value, text, now_ns);
	}
	if (r == 0)
		word->value = (double)count;
	return r;
}

/* What a field's words look like, for messages. */
static const char *expected(enum kind kind)
{
	static const char *const words[] = {
		[TEXT] = "a text after ':' or '='",
		[TAGS] = "a tag after ':' or '='",
		[NUMBER] = "<, >, <=, >= or = and a number like 1.5k",
		[DURATION] = "<, >, <=, >= or = and a time like 10ms",
		[SIZE] = "<, >, <=, >= or = and a size like 100MiB",
		[SHARE] = "<, >, <=, >= or = and a share like 1%",
		[SINCE] = "':' and a time like 7d or a day like 2026-11-23",
		[BEFORE] = "':' and a time like 7d or a day like 2026-11-23",
	};

	return words[kind];
}

static bool relation_fits(const struct field *field, unsigned relation)
{
	if (field->kind == TEXT || field->kind == TAGS)
		return relation >= IS;
	if (field->kind == SINCE || field->kind == BEFORE)
		return relation == HAS;
	return true;
}

static bool is_name(const char *name, const char *typed, size_t len)
{
	return name && strlen(name) == len && !strncasecmp(name, typed, len);
}

static int find_field(const char *name, size_t len)
{
	struct field f;

	for (size_t i = 0; field_at(&f, i); i++)
		if (is_name(f.name, name, len) || is_name(f.also, name, len))
			return (int)i;
	return -1;
}

static int no_field(const char *word, const char *typed, size_t len, struct bt_err *err)
{
	unsigned best = 3, distance;
	const char *nearest = NULL;
	char name[32], names[400] = "";
	struct field f, next;

	snprintf(name, sizeof(name), "%.*s", (int)len, typed);
	for (size_t i = 0; field_at(&f, i); i++) {
		distance = bt_distance(name, f.name, best);
		if (distance < best) {
			best = distance;
			nearest = f.name;
		}
		bt_text_add(names, sizeof(names), "%s%s",
			!i                               ? ""
				: field_at(&next, i + 1) ? ", "
							 : " or ",
			f.name);
	}
	if (nearest)
		return bt_fail(err, -EINVAL, "filter: '%s': did you mean %s?", word, nearest);
	return bt_fail(err, -EINVAL, "filter: '%s': expected %s", word, names);
}

static int read_word(
	struct bt_filter_word *out, const char *word, uint64_t now_ns, struct bt_err *err)
{
	const char *name, *value;
	struct field field;
	size_t len;

	*out = (struct bt_filter_word){ .field = -1, .turned = word[0] == '-' && word[1] };
	name = word + out->turned;
	len = strcspn(name, "<>=:");
	out->text = name;
	if (!name[len])
		return 0;
	while (strncmp(name + len, relations[out->relation], strlen(relations[out->relation])) != 0)
		out->relation++;
	value = name + len + strlen(relations[out->relation]);
	out->field = find_field(name, len);
	if (out->field < 0 && out->relation == IS)
		return 0; /* as a tag looks: any text */
	if (out->field < 0)
		return no_field(word, name, len, err);
	field_at(&field, (size_t)out->field);
	if (!relation_fits(&field, out->relation) || !*value ||
		read_value(out, &field, value, now_ns) < 0)
		return bt_fail(err, -EINVAL, "filter: '%s': expected %.*s with %s", word, (int)len,
			name, expected(field.kind));
	return 0;
}

/* An unquoted word is at most as long as the quoted one, so all of them fit. */
static int read_words(
	struct bt_filter *out, const struct bt_words *words, uint64_t now_ns, struct bt_err *err)
{
	char *at = out->text;
	int r = 0;

	for (size_t i = 0; i < words->n && r == 0; i++) {
		const char *word = at;

		if (!*words->v[i])
			continue;
		if (out->n == BT_FILTER_WORDS)
			return bt_fail(err, -EINVAL, "filter: more than %d words", BT_FILTER_WORDS);
		at = stpcpy(at, words->v[i]) + 1;
		r = read_word(&out->words[out->n], word, now_ns, err);
		out->n += r == 0;
	}
	return r;
}

int bt_filter_read(struct bt_filter *out, const char *text, uint64_t now_ns, struct bt_err *err)
{
	struct bt_words words = { 0 };
	int r, after;

	out->n = 0;
	if (strlen(text) >= sizeof(out->text))
		return bt_fail(err, -EINVAL, "filter: %zu bytes, expected less than %zu",
			strlen(text), sizeof(out->text));
	r = bt_words_split(&words, text, err);
	if (r < 0)
		bt_fail_in(err, "filter");
	after = read_words(out, &words, now_ns, r < 0 ? NULL : err);
	bt_words_fini(&words);
	return r < 0 ? r : after;
}

static const char *text_at(const struct bt_run_row *row, size_t offset)
{
	const char *text = *(const char *const *)((const char *)row + offset);

	return text ? text : "";
}

static bool any_text_has(const struct bt_run_row *row, const char *part)
{
	for (size_t i = 0; i < BT_LEN(fields); i++)
		if (fields[i].kind == TEXT
				? strcasestr(text_at(row, fields[i].offset), part) != NULL
				: fields[i].kind == TAGS &&
					bt_tags_contain(text_at(row, fields[i].offset), part))
			return true;
	return strcasestr(row->finding, part) != NULL;
}

static bool text_holds(
	const struct bt_filter_word *word, const struct field *field, const struct bt_run_row *row)
{
	const char *text = text_at(row, field->offset);

	if (field->kind == TAGS)
		return word->relation == HAS ? bt_tags_contain(text, word->text)
					     : bt_tags_have(text, word->text, true);
	return word->relation == HAS ? strcasestr(text, word->text) != NULL
				     : !strcasecmp(text, word->text);
}

static bool number_holds(
	const struct bt_filter_word *word, const struct field *field, const struct bt_run_row *row)
{
	const char *at = (const char *)row + field->offset;
	double v =
		field->figure ? bt_row_figure(row, field->figure) : (double)*(const uint64_t *)at;

	if (field->kind == SINCE || field->kind == BEFORE) {
		double moment = bt_unix_real(*(const uint64_t *)at);

		return field->kind == SINCE ? moment >= word->value : moment < word->value;
	}
	switch (word->relation) {
	case AT_LEAST:
		return v >= word->value;
	case AT_MOST:
		return v <= word->value;
	case ABOVE:
		return v > word->value;
	case BELOW:
		return v < word->value;
	}
	return v == word->value;
}

static bool word_holds(const struct bt_filter_word *word, const struct bt_run_row *row)
{
	struct field field;

	if (word->field < 0)
		return any_text_has(row, word->text);
	field_at(&field, (size_t)word->field);
	if (field.kind == TEXT || field.kind == TAGS)
		return text_holds(word, &field, row);
	return number_holds(word, &field, row);
}

bool bt_filter_holds(const struct bt_filter *filter, const struct bt_run_row *row)
{
	for (unsigned i = 0; i < filter->n; i++)
		if (word_holds(&filter->words[i], row) == filter->words[i].turned)
			return false;
	return true;
}

void bt_filter_list(const struct bt_filter *filter, struct bt_run_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (bt_filter_holds(filter, &list->rows[i]))
			list->rows[kept++] = list->rows[i];
	list->n = kept;
}
