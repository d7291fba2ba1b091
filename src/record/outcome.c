#include "record/outcome_room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPLACEMENT 0xfffdU

const char *const bt_outcome_name[] = { "passed", "failed", "error", "skipped" };

struct bt_outcome_list bt_outcome_list(
	const char *suite, const struct bt_outcome_row *rows, size_t n)
{
	struct bt_outcome_list list = { .suite = suite ? suite : "", .rows = rows, .n = n };

	for (size_t i = 0; i < n; i++) {
		list.kinds[rows[i].kind]++;
		list.seconds += isfinite(rows[i].seconds) ? rows[i].seconds : 0;
	}
	return list;
}

/* XML 1.0, production [2] Char. */
static bool in_xml(uint32_t ch)
{
	return ch == '\t' || ch == '\n' || ch == '\r' ||
		(ch >= 0x20 && ch != 0xfffe && ch != 0xffff);
}

uint32_t bt_outcome_char(const char **text)
{
	static const struct {
		unsigned char mask, first;
		uint32_t least;
	} form[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	const unsigned char *s = (const unsigned char *)*text;

	if (!*s)
		return 0;
	(*text)++;
	if (*s < 0x80)
		return in_xml(*s) ? *s : REPLACEMENT;
	for (unsigned len = 1; len <= BT_LEN(form); len++) {
		uint32_t ch = *s & (unsigned char)~form[len - 1].mask;
		unsigned i = 1;

		if ((*s & form[len - 1].mask) != form[len - 1].first)
			continue;
		for (; i <= len && (s[i] & 0xc0) == 0x80; i++)
			ch = ch << 6 | (s[i] & 0x3f);
		if (i <= len || ch < form[len - 1].least || ch > 0x10ffff ||
			(ch >= 0xd800 && ch < 0xe000))
			return REPLACEMENT;
		*text += len;
		return in_xml(ch) ? ch : REPLACEMENT;
	}
	return REPLACEMENT;
}

void bt_outcome_put(FILE *out, uint32_t ch)
{
	if (ch < 0x80) {
		putc((int)ch, out);
		return;
	}
	if (ch < 0x800) {
		putc((int)(0xc0 | ch >> 6), out);
	} else {
		if (ch < 0x10000) {
			putc((int)(0xe0 | ch >> 12), out);
		} else {
			putc((int)(0xf0 | ch >> 18), out);
			putc((int)(0x80 | (ch >> 12 & 0x3f)), out);
		}
		putc((int)(0x80 | (ch >> 6 & 0x3f)), out);
	}
	putc((int)(0x80 | (ch & 0x3f)), out);
}

static int cannot(struct bt_err *err, const char *path, int number)
{
	return bt_fail(err, -(number ? number : EIO), "%s: cannot write: %s", path,
		strerror(number ? number : EIO));
}

/* errno of writing, 0 when all is written. */
static int print_to(FILE *out, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list))
{
	errno = 0;
	print(out, list);
	if (fflush(out) == EOF || ferror(out))
		return errno ? errno : EIO;
	return 0;
}

/* A new file with the rights that the user's mask leaves; the caller's name of it is filled in. */
static FILE *open_beside(char *temp, size_t size, const char *target)
{
	FILE *out;
	int fd;

	if ((size_t)snprintf(temp, size, "%s.%ld.tmp", target, (long)getpid()) >= size) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	unlink(temp); /* of a process of this number that was killed */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out && fd >= 0)
		close(fd);
	return out;
}

static int replace(const char *path, const char *target, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list), struct bt_err *err)
{
	char temp[PATH_MAX + 32];
	FILE *out = open_beside(temp, sizeof(temp), target);
	int number;

	if (!out)
		return cannot(err, path, errno);
	number = print_to(out, list, print);
	if (fclose(out) == EOF && !number)
		number = errno;
	if (!number && rename(temp, target) < 0)
		number = errno;
	if (!number)
		return 0;
	unlink(temp);
	return cannot(err, path, number);
}

static int write_directly(const char *path, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list), struct bt_err *err)
{
	FILE *out = fopen(path, "we");
	int number;

	if (!out)
		return cannot(err, path, errno);
	number = print_to(out, list, print);
	if (fclose(out) == EOF && !number)
		number = errno;
	return number ? cannot(err, path, number) : 0;
}

int bt_outcome_write(const char *path, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list), struct bt_err *err)
{
	char target[PATH_MAX];
	struct stat st;
	int number;

	if (strcmp(path, "-") == 0) {
		number = print_to(stdout, list, print);
		return number ? cannot(err, "standard output", number) : 0;
	}
	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return write_directly(path, list, print, err);
		if (realpath(path, target)) /* a link stays one */
			return replace(path, target, list, print, err);
	}
	return replace(path, path, list, print, err);
}
