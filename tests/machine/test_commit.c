/* The commit of a working directory, from repositories that are laid out by hand. */
#include "cm.h"

#include <sys/stat.h>

#include "machine/commit.h"
#include "record_run.h"

#define SHA_A "0123456789abcdef0123456789abcdef01234567"
#define SHA_B "89abcdef0123456789abcdef0123456789abcdef"

static int set_up(void **state BT_UNUSED)
{
	temp_make();
	return 0;
}

static int tear_down(void **state BT_UNUSED)
{
	temp_remove();
	return 0;
}

static void make_directory(const char *name)
{
	assert_int_equal(mkdir(temp_path(name), 0700), 0);
}

static void put_file(const char *name, const char *text)
{
	FILE *file = fopen(temp_path(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void expect(const char *directory, const char *commit)
{
	char got[BT_COMMIT_MAX];

	bt_commit_at(got, temp_path(directory));
	assert_string_equal(got, commit);
}

static void make_repository(const char *head)
{
	make_directory("w");
	make_directory("w/.git");
	make_directory("w/.git/refs");
	make_directory("w/.git/refs/heads");
	make_directory("w/sub");
	make_directory("w/sub/deep");
	put_file("w/.git/HEAD", head);
}

static void a_branch_is_followed_from_any_directory_below(void **state BT_UNUSED)
{
	make_repository("ref: refs/heads/main\n");
	expect("w", ""); /* no commit yet */
	put_file("w/.git/refs/heads/main", SHA_A "\n");
	expect("w", SHA_A);
	expect("w/sub/deep", SHA_A);
}

static void a_detached_head_is_the_commit(void **state BT_UNUSED)
{
	make_repository(SHA_B "\n");
	expect("w/sub", SHA_B);
}

static void packed_references_are_found(void **state BT_UNUSED)
{
	make_repository("ref: refs/heads/main\n");
	put_file("w/.git/packed-refs",
		"# pack-refs with: peeled fully-peeled sorted \n" SHA_B " refs/heads/other\n" SHA_A
		" refs/heads/main\n^" SHA_B "\n");
	expect("w", SHA_A);
	put_file("w/.git/refs/heads/main", SHA_B "\n"); /* a loose one is newer */
	expect("w", SHA_B);
}

static void a_worktree_has_a_head_of_its_own(void **state BT_UNUSED)
{
	make_repository("ref: refs/heads/main\n");
	put_file("w/.git/refs/heads/main", SHA_A "\n");
	put_file("w/.git/refs/heads/side", SHA_B "\n");
	make_directory("w/.git/worktrees");
	make_directory("w/.git/worktrees/t");
	put_file("w/.git/worktrees/t/HEAD", "ref: refs/heads/side\n");
	put_file("w/.git/worktrees/t/commondir", "../..\n");
	make_directory("t");
	put_file("t/.git", "gitdir: ../w/.git/worktrees/t\n");
	expect("t", SHA_B);
	expect("w", SHA_A);
}

static void what_is_no_commit_is_unknown(void **state BT_UNUSED)
{
	expect("nowhere", "");
	make_repository("ref: refs/heads/.invalid\n"); /* of the reftable format */
	expect("w", "");
	put_file("w/.git/HEAD", "");
	expect("w", "");
	put_file("w/.git/HEAD", "0123\n");
	expect("w", "");
	put_file("w/.git/HEAD", "ref: refs/heads/main\n");
	put_file("w/.git/refs/heads/main", "not a commit at all, but forty bytes long\n");
	expect("w", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_branch_is_followed_from_any_directory_below, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_detached_head_is_the_commit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(packed_references_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_worktree_has_a_head_of_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_commit_is_unknown, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
