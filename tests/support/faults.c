/*
 * faults.c: benchtop with its means failing, as SQLite tests itself. Linked into
 * tests/benchtop_faults with -Wl,--wrap, so that the program's own calls come here and those of its
 * libraries do not: a library's answer to a lack of memory is its own, ours is what we do with it.
 * SQLite's calls of the system come here through its table of them; jansson's memory is the
 * program's.
 *
 * BENCHTOP_FAULT="KIND N" fails the N-th call of a kind and no other, "KIND N on" every call from
 * the N-th on, "KIND 0" none. BENCHTOP_FAULT_COUNT names a file; how many calls of the kind there
 * were is written to it at the end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sqlite3.h>

#include "faults.h"

static struct {
	enum bt_fault kind; /* BT_FAULTS: none */
	unsigned long at;
	bool on; /* and all that follow */
	_Atomic unsigned long n;
	char count[4096];
} faults = { .kind = BT_FAULTS };

static bool fails(enum bt_fault kind)
{
	unsigned long n;

	if (kind != faults.kind)
		return false;
	n = atomic_fetch_add_explicit(&faults.n, 1, memory_order_relaxed) + 1;
	return faults.at > 0 && (n == faults.at || (faults.on && n > faults.at));
}

/* ---- memory ---- */

#define REAL(type, name, ...)            \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)
#define NO_MEMORY fails(BT_FAULT_MEMORY) ? (errno = ENOMEM, NULL)

REAL(void *, malloc, size_t n)
{
	return NO_MEMORY : __real_malloc(n);
}

REAL(void *, calloc, size_t n, size_t size)
{
	return NO_MEMORY : __real_calloc(n, size);
}

REAL(void *, realloc, void *p, size_t n)
{
	return NO_MEMORY : __real_realloc(p, n);
}

REAL(void *, aligned_alloc, size_t align, size_t n)
{
	return NO_MEMORY : __real_aligned_alloc(align, n);
}

REAL(char *, strdup, const char *text)
{
	return NO_MEMORY : __real_strdup(text);
}

REAL(char *, strndup, const char *text, size_t n)
{
	return NO_MEMORY : __real_strndup(text, n);
}

REAL(FILE *, open_memstream, char **text, size_t *n)
{
	return NO_MEMORY : __real_open_memstream(text, n);
}

REAL(int, posix_memalign, void **p, size_t align, size_t n)
{
	return fails(BT_FAULT_MEMORY) ? ENOMEM : __real_posix_memalign(p, align, n);
}

int __wrap_asprintf(char **out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	*out = NULL;
	if (fails(BT_FAULT_MEMORY)) {
		errno = ENOMEM;
		return -1;
	}
	va_start(ap, fmt);
	n = vasprintf(out, fmt, ap);
	va_end(ap);
	return n;
}

REAL(void *, mmap, void *p, size_t n, int prot, int flags, int fd, off_t at)
{
	if (fails(BT_FAULT_MEMORY)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(p, n, prot, flags, fd, at);
}

/* ---- files, threads ---- */

#define REFUSED(kind, code, failed) fails(kind) ? (errno = (code), (failed))
#define NO_FILES(failed)            REFUSED(BT_FAULT_OPEN, EMFILE, failed)
#define NO_ROOM(failed)             REFUSED(BT_FAULT_WRITE, ENOSPC, failed)
#define NO_DISK(failed)             REFUSED(BT_FAULT_WRITE, EIO, failed)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return NO_FILES(-1) : __real_open(path, flags, mode);
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return NO_FILES(-1) : __real_openat(dir, path, flags, mode);
}

REAL(FILE *, fopen, const char *path, const char *mode)
{
	return NO_FILES(NULL) : __real_fopen(path, mode);
}

REAL(FILE *, fdopen, int fd, const char *mode)
{
	return REFUSED(BT_FAULT_OPEN, ENOMEM, NULL) : __real_fdopen(fd, mode);
}

REAL(DIR *, opendir, const char *path)
{
	return NO_FILES(NULL) : __real_opendir(path);
}

REAL(int, mkdir, const char *path, mode_t mode)
{
	return REFUSED(BT_FAULT_OPEN, EACCES, -1) : __real_mkdir(path, mode);
}

REAL(int, socket, int domain, int type, int protocol)
{
	return NO_FILES(-1) : __real_socket(domain, type, protocol);
}

REAL(int, pipe2, int ends[2], int flags)
{
	return NO_FILES(-1) : __real_pipe2(ends, flags);
}

REAL(int, pthread_create, pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	return fails(BT_FAULT_OPEN) ? EAGAIN : __real_pthread_create(t, attr, run, arg);
}

/* An eventfd, or the like, has room always; and words on standard error are what a fault has to
 * give. */
static bool has_room(int fd)
{
	struct stat st;

	return fd == STDERR_FILENO || (fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == 0);
}

REAL(ssize_t, write, int fd, const void *p, size_t n)
{
	return has_room(fd) ? __real_write(fd, p, n) : NO_ROOM(-1) : __real_write(fd, p, n);
}

REAL(ssize_t, pwrite, int fd, const void *p, size_t n, off_t at)
{
	return NO_ROOM(-1) : __real_pwrite(fd, p, n, at);
}

REAL(int, ftruncate, int fd, off_t n)
{
	return NO_DISK(-1) : __real_ftruncate(fd, n);
}

REAL(int, rename, const char *from, const char *to)
{
	return NO_DISK(-1) : __real_rename(from, to);
}

/* A stream writes when it likes; what failed shows when it is flushed or closed. */
REAL(int, fflush, FILE *f)
{
	return f == stderr ? __real_fflush(f) : NO_ROOM(EOF) : __real_fflush(f);
}

REAL(int, fclose, FILE *f)
{
	bool failed = fails(BT_FAULT_WRITE);
	int r = __real_fclose(f);

	if (failed)
		errno = ENOSPC;
	return failed ? EOF : r;
}

/* Not wrapped but in the place of the system's, for SQLite calls these directly. */
int fsync(int fd)
{
	return NO_DISK(-1) : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return NO_DISK(-1) : (int)syscall(SYS_fdatasync, fd);
}

/* ---- SQLite ---- */

/* What its functions say when the memory or the disk below them does not do. */
static bool fails_sql(int *code)
{
	static const int codes[] = { SQLITE_IOERR, SQLITE_FULL, SQLITE_NOMEM, SQLITE_BUSY,
		SQLITE_CORRUPT };

	if (!fails(BT_FAULT_SQLITE))
		return false;
	*code = codes[faults.at % (sizeof(codes) / sizeof(codes[0]))];
	return true;
}

REAL(int, sqlite3_step, sqlite3_stmt *stmt)
{
	int code;

	return fails_sql(&code) ? code : __real_sqlite3_step(stmt);
}

REAL(int, sqlite3_prepare_v2, sqlite3 *db, const char *sql, int n, sqlite3_stmt **stmt,
	const char **rest)
{
	int code;

	if (!fails_sql(&code))
		return __real_sqlite3_prepare_v2(db, sql, n, stmt, rest);
	*stmt = NULL;
	return code;
}

REAL(int, sqlite3_exec, sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
	void *arg, char **words)
{
	int code;

	if (!fails_sql(&code))
		return __real_sqlite3_exec(db, sql, row, arg, words);
	if (words)
		*words = NULL;
	return code;
}

REAL(int, sqlite3_open_v2, const char *path, sqlite3 **db, int flags, const char *vfs)
{
	int code;

	if (!fails_sql(&code))
		return __real_sqlite3_open_v2(path, db, flags, vfs);
	*db = NULL; /* what it gives when there is no memory for a handle */
	return SQLITE_NOMEM;
}

REAL(int, sqlite3_bind_text, sqlite3_stmt *stmt, int i, const char *text, int n,
	void (*done)(void *))
{
	return fails(BT_FAULT_SQLITE) ? SQLITE_NOMEM
				      : __real_sqlite3_bind_text(stmt, i, text, n, done);
}

REAL(int, sqlite3_bind_blob64, sqlite3_stmt *stmt, int i, const void *p, sqlite3_uint64 n,
	void (*done)(void *))
{
	return fails(BT_FAULT_SQLITE) ? SQLITE_NOMEM
				      : __real_sqlite3_bind_blob64(stmt, i, p, n, done);
}

REAL(const unsigned char *, sqlite3_column_text, sqlite3_stmt *stmt, int i)
{
	return fails(BT_FAULT_SQLITE) ? NULL : __real_sqlite3_column_text(stmt, i);
}

REAL(const void *, sqlite3_column_blob, sqlite3_stmt *stmt, int i)
{
	return fails(BT_FAULT_SQLITE) ? NULL : __real_sqlite3_column_blob(stmt, i);
}

/* ---- the system below SQLite ---- */

static int sql_open(const char *path, int flags, int mode)
{
	return NO_FILES(-1) : __real_open(path, flags, mode);
}

static void below_sqlite(void)
{
	static const struct {
		const char *name;
		sqlite3_syscall_ptr call;
	} calls[] = {
		{ "open", (sqlite3_syscall_ptr)sql_open },
		{ "write", (sqlite3_syscall_ptr)__wrap_write },
		{ "pwrite", (sqlite3_syscall_ptr)__wrap_pwrite },
		{ "pwrite64", (sqlite3_syscall_ptr)__wrap_pwrite },
		{ "ftruncate", (sqlite3_syscall_ptr)__wrap_ftruncate },
		{ "mmap", (sqlite3_syscall_ptr)__wrap_mmap },
	};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
}

/* ---- what is asked for ---- */

static void write_count(void)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lu\n", atomic_load(&faults.n)), fd;

	faults.kind = BT_FAULTS;
	fd = __real_open(faults.count, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || __real_write(fd, text, (size_t)n) != n)
		abort();
	close(fd);
}

__attribute__((constructor)) static void begin(void)
{
	const char *fault = getenv("BENCHTOP_FAULT"), *count = getenv("BENCHTOP_FAULT_COUNT");
	char kind[16], on[4] = "";

	if (!fault || sscanf(fault, "%15s %lu %3s", kind, &faults.at, on) < 2)
		return;
	faults.on = strcmp(on, "on") == 0;
	below_sqlite();
	if (count) {
		snprintf(faults.count, sizeof(faults.count), "%s", count);
		atexit(write_count);
	}
	for (unsigned i = 0; i < BT_FAULTS; i++)
		if (strcmp(kind, bt_fault_name[i]) == 0)
			faults.kind = (enum bt_fault)i;
}
