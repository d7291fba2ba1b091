/*
 * Every call that can fail does so once, and then with all that follow it: the program ends by
 * itself with a status of its page and words, what it kept is whole, and the same command does its
 * work afterwards. tests/benchtop_faults has the faults, see faults.c; BENCHTOP names the program
 * that prepares and repeats. BT_FAULTS=all tries every call, otherwise some are drawn by a fixed
 * seed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>
#include <sqlite3.h>

#include "cm.h"
#include "base/base.h"
#include "base/rng.h"
#include "faults.h"

#define JOBS 8 /* at once: most of the time a run waits for its next tick */
/*
 * All calls: of every so many allocations one is tried with all that follow, and the command again.
 */
#define EACH     8
#define DRAWN    6  /* calls of a kind when not all are tried */
#define HANGS_S  60 /* what takes longer waits for something that does not come */
#define ARGS_MAX 24

#define TEXT_MAX (1 << 20)

enum keeps {     /* what a command may do to the history */
	NOTHING, /* reads */
	STEPS,   /* adds or deletes, by steps that are each whole */
	RUNS,    /* adds runs */
};

struct scenario {
	const char *name;
	/* Commands; the last one is tried, those before it are the steps up to it. */
	const char *words[3];
	const char *out; /* the file that it writes; NULL: none */
	enum keeps keeps;
	int mask; /* exit statuses that say that it did its work, as bits */
};

static const struct scenario scenarios[] = {
	{ "run", { "run null --ops 50 --json --no-tui" }, NULL, RUNS, 1 << 0 },
	{ "export", { "export 2 --format json --output out.json" }, "out.json", NOTHING, 1 << 0 },
	{ "export-html", { "export 2 --format html --output out.html" }, "out.html", NOTHING,
		1 << 0 },
	{ "export-ndjson", { "export 2 --format ndjson --output out.ndjson" }, "out.ndjson",
		NOTHING, 1 << 0 },
	{ "import", { "import one.ndjson", "import one.ndjson two.json" }, NULL, STEPS, 1 << 0 },
	{ "prune", { "db prune --older-than 1h" }, NULL, STEPS, 1 << 0 },
	{ "suite", { "suite s.ini --json" }, NULL, RUNS, 1 << 0 },
	{ "check", { "check --baseline base --repeat 2 --anyway --unsound --json" }, NULL, RUNS,
		1 << 0 | 1 << 1 | 1 << 4 },
};

/* ---- files and programs ---- */

static char top[64]; /* the directory of everything */
static char faulty[PATH_MAX], program[PATH_MAX];

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

/* The bytes of a file, ended by a NUL; NULL: there is none. */
static char *read_text(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, TEXT_MAX);

	*n = f && text ? fread(text, 1, TEXT_MAX - 1, f) : 0;
	if (f)
		fclose(f);
	else
		free(text);
	return f ? text : NULL;
}

static void copy_file(const char *from, const char *to)
{
	static char bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		abort();
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			abort();
	close(in);
	close(out);
}

/* For each file of a directory; the names are relative to it. */
static void each_file(const char *dir, void (*visit)(void *arg, const char *name), void *arg)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			visit(arg, entry->d_name);
	if (d)
		closedir(d);
}

static void remove_here(void *dir, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", (const char *)dir, name);
	remove(path);
}

static void copy_here(void *arg BT_UNUSED, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/start/%s", top, name);
	copy_file(path, name);
}

/* The exit status of the program in the present directory, its words in "said" and "told"; a
 * signal's number plus 1000. */
static int run_program(const char *path, const char *words, const char *fault)
{
	char copy[400], *argv[ARGS_MAX] = { copy }, *rest;
	int status, n = 1;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s --db history.db", words);
	rest = copy;
	for (char *word; n + 1 < ARGS_MAX && (word = strtok_r(rest, " ", &rest)) != NULL;)
		argv[n++] = word;
	pid = fork();
	if (pid == 0) {
		int out = open("../said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int err = open("../told", O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		if (fault)
			setenv("BENCHTOP_FAULT", fault, 1);
		setenv("BENCHTOP_FAULT_COUNT", "../count", 1);
		alarm(HANGS_S);
		execv(path, argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool is_done(const struct scenario *s, int status)
{
	return status < 8 && (s->mask >> status & 1) != 0;
}

/* ---- what a history holds ---- */

struct content {
	int64_t n[9]; /* rows of each table, bytes of documents, runs that say what is not so */
};

static int64_t ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* NULL, or what is not whole about it. */
static const char *read_history(struct content *c, const char *path)
{
	static const char *const sql[] = { "SELECT count(*) FROM run",
		"SELECT count(*) FROM detail", "SELECT count(*) FROM sample",
		"SELECT count(*) FROM segment", "SELECT count(*) FROM event",
		"SELECT count(*) FROM note", "SELECT coalesce(sum(length(report)), 0) FROM detail",
		"SELECT count(*) FROM run WHERE ending IS NULL" };
	const char *words = NULL;
	sqlite3 *db;

	*c = (struct content){ { 0 } };
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		if (ask(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") != 1)
			words = "the history is damaged";
		else if (ask(db, "SELECT count(*) FROM pragma_foreign_key_check") != 0)
			words = "rows of no run";
		else if (ask(db,
				 "SELECT count(*) FROM run LEFT JOIN detail ON run = id WHERE "
				 "ending IS NOT NULL AND (report IS NULL OR NOT "
				 "json_valid(report))") != 0)
			words = "a run that ended has no report";
		for (size_t i = 0; i < BT_LEN(sql); i++)
			c->n[i] = ask(db, sql[i]);
	} else {
		words = "the history cannot be opened";
	}
	sqlite3_close(db);
	return words;
}

static bool same_content(const struct content *a, const struct content *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* A figure of `check` that did not change at all: then there is no p value, and no interval. */
static bool is_unchanged(const json_t *figure)
{
	const json_t *a = json_object_get(figure, "baseline"), *b = json_object_get(figure, "now");

	return json_is_number(a) && json_is_number(b) && json_equal(a, b);
}

/* Whether two documents have the same members, and a value where the first one has one; `unknown`:
 * null will do for any. */
static bool same_shape(const json_t *a, const json_t *b, bool unknown, char *where, size_t size)
{
	const char *key;
	json_t *value;

	if (json_is_object(a) && json_is_object(b)) {
		unknown = unknown || is_unchanged(b);
		json_object_foreach((json_t *)(uintptr_t)a, key, value)
		{
			if (!same_shape(value, json_object_get(b, key), unknown, where, size)) {
				size_t n = strlen(where);

				snprintf(where + n, size - n, " in %s", key);
				return false;
			}
		}
		return true;
	}
	if (json_is_array(a) && json_is_array(b) && json_array_size(a))
		return json_array_size(b) &&
			same_shape(
				json_array_get(a, 0), json_array_get(b, 0), unknown, where, size);
	if (json_is_null(a) || json_is_boolean(a) || (unknown && json_is_null(b)))
		return b != NULL;
	snprintf(where, size, "%s", b ? "another type" : "nothing");
	return b && (json_is_number(a) ? json_is_number(b) : json_typeof(a) == json_typeof(b));
}

/* ---- one case ---- */

/* What the scenario does without a fault. */
struct reference {
	unsigned long calls[BT_FAULTS];
	struct content steps[4]; /* the history before, and after each command */
	unsigned n_steps;
	char *out, *said;
	size_t out_n, said_n;
};

struct trial {
	const struct scenario *s;
	const struct reference *ref;
	char fault[48];
	unsigned complaints;
};

static bool is_told(const char *words)
{
	size_t n;
	char *told = read_text("../told", &n);
	bool found = told && strstr(told, words);

	free(told);
	return found;
}

static void complain(struct trial *t, const char *words)
{
	size_t n;
	char *told = read_text("../told", &n);

	printf("%s, fault %s: %s\n%.1500s\n", t->s->name, t->fault, words, told ? told : "");
	fflush(stdout);
	free(told);
	t->complaints++;
}

/* A history that runs were added to has as many documents as a successful command makes, of the
 * same shape. */
static void check_said(struct trial *t)
{
	size_t n;
	char *said = read_text("../said", &n), where[200] = "", words[300];
	json_t *a = json_loads(t->ref->said, 0, NULL), *b = said ? json_loads(said, 0, NULL) : NULL;
	/* What cannot be read of the machine is null; and so is the number of a run that is not
	 * stored. */
	bool unknown = strncmp(t->fault, "open", 4) == 0 || is_told("not being stored");

	if (!a) {
		if (n != t->ref->said_n)
			complain(t, "ended well with another output");
	} else if (!same_shape(a, b, unknown, where, sizeof(where))) {
		snprintf(words, sizeof(words), "ended well with half a document: %s", where);
		complain(t, words);
	}
	json_decref(a);
	json_decref(b);
	free(said);
}

static void check_file(struct trial *t, bool done)
{
	size_t n;
	char *bytes = t->s->out ? read_text(t->s->out, &n) : NULL;

	if (bytes && (n != t->ref->out_n || memcmp(bytes, t->ref->out, n) != 0))
		complain(t, done ? "ended well with another file" : "left half a file");
	if (!bytes && t->s->out && done)
		complain(t, "ended well without its file");
	free(bytes);
}

static void is_known(void *arg, const char *name)
{
	static const char *const ours[] = { "history.db", "history.db-wal", "history.db-shm" };
	struct trial *t = arg;
	const char *end = strrchr(name, '.');
	char path[PATH_MAX];

	/* Without memory for a document the program ends at once, as if it was killed. */
	if (end && strcmp(end, ".tmp") == 0 && is_told("benchtop: out of memory"))
		return;
	snprintf(path, sizeof(path), "%s/start/%s", top, name);
	for (size_t i = 0; i < BT_LEN(ours); i++)
		if (strcmp(name, ours[i]) == 0)
			return;
	if (access(path, F_OK) < 0 && (!t->s->out || strcmp(name, t->s->out) != 0)) {
		snprintf(path, sizeof(path), "left %s", name);
		complain(t, path);
	}
}

static void check_history(struct trial *t, bool done)
{
	const struct reference *ref = t->ref;
	struct content c;
	const char *words = read_history(&c, "history.db");
	unsigned i = 0;

	if (words)
		complain(t, words);
	if (t->s->keeps == RUNS) {
		if (done && c.n[0] < ref->steps[ref->n_steps - 1].n[0] &&
			!is_told("not being stored"))
			complain(t, "ended well without having stored its runs");
		return;
	}
	while (i < ref->n_steps && !same_content(&c, &ref->steps[i]))
		i++;
	if (i == ref->n_steps)
		complain(t, "the history holds half of something");
	else if (done && !same_content(&c, &ref->steps[ref->n_steps - 1]))
		complain(t, "ended well without its work");
}

static void judge(struct trial *t, int status)
{
	bool done = is_done(t->s, status);
	struct stat st;
	char words[80];

	if (status > 4) {
		snprintf(words, sizeof(words),
			status == 1000 + SIGALRM ? "hung" : "ended with %s%d",
			status > 1000 ? "signal " : "", status % 1000);
		complain(t, words);
	} else if (!done && (stat("../told", &st) < 0 || st.st_size == 0)) {
		snprintf(words, sizeof(words), "no words with status %d", status);
		complain(t, words);
	}
	if (done)
		check_said(t);
	check_file(t, done);
	check_history(t, done);
	each_file(".", is_known, t);
}

static const char *last_words(const struct scenario *s)
{
	unsigned i = 0;

	while (i + 1 < BT_LEN(s->words) && s->words[i + 1])
		i++;
	return s->words[i];
}

static void start_anew(char *here)
{
	char start[PATH_MAX];

	snprintf(start, sizeof(start), "%s/start", top);
	each_file(here, remove_here, here);
	each_file(start, copy_here, NULL);
}

static void try_fault(struct trial *t, bool again)
{
	char here[] = ".";
	int status;

	start_anew(here);
	judge(t, run_program(faulty, last_words(t->s), t->fault));
	if (t->complaints || !again)
		return;
	status = run_program(program, last_words(t->s), NULL);
	if (!is_done(t->s, status) && !(t->s->keeps == STEPS && status == 3))
		complain(t, "the same command again does not succeed");
	else
		check_history(t, true);
}

/* ---- a scenario ---- */

static void in_directory(unsigned job)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%u", top, job);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%u/in", top, job);
	mkdir(path, 0700);
	if (chdir(path) < 0)
		abort();
}

static void refer_to(struct reference *ref, const struct scenario *s)
{
	char here[] = ".", fault[32], *text;
	size_t n;

	start_anew(here);
	assert_null(read_history(&ref->steps[ref->n_steps++], "history.db"));
	for (unsigned i = 0; i < BT_LEN(s->words) && s->words[i]; i++) {
		start_anew(here);
		if (!is_done(s, run_program(program, s->words[i], NULL)))
			fail_msg("%s: does not work without faults", s->words[i]);
		assert_null(read_history(&ref->steps[ref->n_steps++], "history.db"));
	}
	ref->said = read_text("../said", &ref->said_n);
	if (s->out)
		ref->out = read_text(s->out, &ref->out_n);
	for (unsigned kind = 0; kind < BT_FAULTS; kind++) {
		start_anew(here);
		remove("../count");
		snprintf(fault, sizeof(fault), "%s 0", bt_fault_name[kind]);
		if (!is_done(s, run_program(faulty, last_words(s), fault)))
			fail_msg("%s: does not work under faults without one", s->name);
		text = read_text("../count", &n);
		assert_non_null(text);
		ref->calls[kind] = strtoul(text, NULL, 10);
		free(text);
	}
}

/* Job `job` of JOBS tries its share of the calls. */
static unsigned try_all(const struct scenario *s, const struct reference *ref, unsigned job)
{
	const char *how = getenv("BT_FAULTS");
	bool all = how && strcmp(how, "all") == 0;
	unsigned complaints = 0, tried = 0;
	struct bt_rng rng;

	bt_rng_init(&rng, 17);
	in_directory(job);
	for (unsigned kind = 0; kind < BT_FAULTS; kind++) {
		unsigned long n = all ? ref->calls[kind] : BT_MIN(ref->calls[kind], DRAWN);

		for (unsigned long i = 0; i < 2 * n; i++) {
			struct trial t = { .s = s, .ref = ref };
			unsigned long at = n == ref->calls[kind]
				? i / 2 + 1
				: 1 + bt_rng_below(&rng, ref->calls[kind]);

			bool also = !all || kind != BT_FAULT_MEMORY || at % EACH == 0;

			if (at % JOBS != job || (i % 2 && !also))
				continue;
			snprintf(t.fault, sizeof(t.fault), "%s %lu%s", bt_fault_name[kind], at,
				i % 2 ? " on" : "");
			try_fault(&t, also);
			complaints += t.complaints > 0;
			tried++;
		}
	}
	printf("%s: %u calls failed, %u badly\n", s->name, tried, complaints);
	return complaints;
}

static void sweep(void **state)
{
	const struct scenario *s = *state;
	struct reference ref = { .n_steps = 0 };
	unsigned bad = 0;

	in_directory(JOBS);
	refer_to(&ref, s);
	print_message("%s: %lu of memory, %lu opens, %lu writes, %lu of SQLite\n", s->name,
		ref.calls[BT_FAULT_MEMORY], ref.calls[BT_FAULT_OPEN], ref.calls[BT_FAULT_WRITE],
		ref.calls[BT_FAULT_SQLITE]);
	fflush(NULL);
	for (unsigned job = 0; job < JOBS; job++)
		if (fork() == 0) {
			unsigned n = try_all(s, &ref, job);

			fflush(NULL);
			_exit(n != 0);
		}
	for (unsigned job = 0; job < JOBS; job++) {
		int status;

		assert_true(wait(&status) > 0);
		bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	free(ref.said);
	free(ref.out);
	assert_int_equal(bad, 0);
}

/* ---- what all begin with ---- */

static void prepare(const char *words)
{
	int status = run_program(program, words, NULL);
	size_t n;

	if (status != 0)
		fail_msg("%s ended with %d: %s", words, status, read_text("../told", &n));
}

/* Two runs and a baseline of them, the first one old; two others as files. */
static int set_up(void **state BT_UNUSED)
{
	sqlite3 *db;

	assert_non_null(realpath(getenv("BENCHTOP") ? getenv("BENCHTOP") : "./benchtop", program));
	assert_non_null(realpath(BT_BUILDDIR "/tests/benchtop_faults", faulty));
	setenv("ASAN_OPTIONS", "exitcode=86:allocator_may_return_null=1", 1);
	snprintf(top, sizeof(top), "/tmp/benchtop-faults.XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	assert_int_equal(mkdir("start", 0700) | chdir("start"), 0);
	for (unsigned i = 0; i < 2; i++)
		prepare("run null --ops 50 --no-tui");
	prepare("export 1 --format ndjson --output one.ndjson");
	prepare("export 2 --format json --output two.json");
	remove("history.db");
	for (unsigned i = 0; i < 3; i++)
		prepare("run null --ops 50 --no-tui");
	prepare("baseline set base 2-3 --unsound");
	assert_int_equal(sqlite3_open("history.db", &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"UPDATE run SET started_ns = started_ns - 172800000000000 WHERE id = 1",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	write_text("s.ini",
		"[one]\nworkload = null\nops = 50\n\n[two]\nworkload = null\nops = 50\n"
		"threshold = error_rate<=0%\n");
	return 0;
}

static int tear_down(void **state BT_UNUSED)
{
	char command[100];

	if (chdir("/") < 0)
		return -1;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

int main(int argc, char **argv)
{
	struct CMUnitTest tests[BT_LEN(scenarios)];
	size_t n = 0;

	/* A sanitizer has an allocator of its own, below the calls that fail here, and makes the
	 * sweep many times slower. */
	if (SANITIZED && !getenv("BT_FAULTS")) {
		printf("[  SKIPPED ] faults: built with a sanitizer; BT_FAULTS=some takes them "
		       "anyway\n");
		return 77;
	}
	for (size_t i = 0; i < BT_LEN(scenarios); i++)
		if (argc < 2 || strcmp(argv[1], scenarios[i].name) == 0)
			tests[n++] = (struct CMUnitTest){ .name = scenarios[i].name,
				.test_func = sweep,
				.initial_state = (void *)(uintptr_t)&scenarios[i] };
	return _cmocka_run_group_tests("faults", tests, n, set_up, tear_down);
}
