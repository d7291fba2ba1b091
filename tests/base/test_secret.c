/* What credentials look like in options, and that none passes. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "base/secret.h"
#include "core/opt.h"
#include "registry.h"

static void urls_are_masked(void **state BT_UNUSED)
{
	static const struct {
		const char *url, *masked; /* NULL: nothing to mask */
	} rows[] = {
		{ "http://127.0.0.1:80/a@b?c=d#e", NULL },
		{ "http://me:word@h/", "http://***@h/" },
		{ "http://me@h", "http://***@h" },
		{ "socks5h://me:a@b@h", "socks5h://***@h" },
		{ "http://me%3Aword%40h/", "http://***%40h/" },
		{ "HTTPS://h/?token=x", "HTTPS://h/?token=***" },
		{ "http://h/?a=1&access_token=x&b=2", "http://h/?a=1&access_token=***&b=2" },
		{ "http://h/?access%5Ftoken=x", "http://h/?access%5Ftoken=***" },
		{ "http://h/?api_key=x&apikey=y&X-Amz-Signature=z",
			"http://h/?api_key=***&apikey=***&X-Amz-Signature=***" },
		{ "http://h/#id_token=x", "http://h/#id_token=***" },
		{ "http://h/?a=1;secret=x", "http://h/?a=1;secret=***" },
		{ "http://u@h/?token=x&mail=a@b", "http://***@h/?token=***&mail=a@b" },
		{ "http://h/?next=http://u:p@i/&mail=a@b",
			"http://h/?next=http://***@i/&mail=a@b" },
		{ "http://h/?key=1&monkey=2&tokens=3&author=4", NULL },
		{ "http://h/?token=%{uuid}", NULL },
		{ "http://h/token=x", NULL },
		{ "embedded", NULL },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		char *masked = bt_secret_mask("url", rows[i].url, NULL, 0, false), *again;

		assert_string_equal(masked, rows[i].masked ? rows[i].masked : rows[i].url);
		again = bt_secret_mask("url", masked, NULL, 0, false);
		assert_string_equal(again, masked);
		free(masked);
		free(again);
	}
}

static void names_of_headers_are_judged_by_whole_words(void **state BT_UNUSED)
{
	static const char *const secret[] = { "X-Api-Key", "x-auth-token", "Cookie", "Set-Cookie",
		"Authorization", "Proxy-Authorization", "X-SECRET", "My-Session-Id", "apikey" };
	static const char *const plain[] = { "X-Monkey", "X-Author", "X-Keyboard", "X-Tokens",
		"Accept", "X-Sessions", "Cookies-Policy", "X-Authority", "" };

	for (size_t i = 0; i < BT_LEN(secret); i++)
		assert_true(bt_secret_is_header(secret[i], strlen(secret[i])));
	for (size_t i = 0; i < BT_LEN(plain); i++)
		assert_false(bt_secret_is_header(plain[i], strlen(plain[i])));
}

static void headers_and_command_lines_are_masked(void **state BT_UNUSED)
{
	static const char *const allowed[] = { "x-token" };
	static const struct {
		const char *name, *value, *masked;
		bool joined;
	} rows[] = {
		{ "header", "X-Api-Key:  a b", "X-Api-Key:  ***", false },
		{ "header", "X-Token: seen", "X-Token: seen", false },
		{ "header", "Accept: a,X-Key: b", "Accept: a,X-Key: b", false },
		{ "header", "Accept: a,X-Key: b,X-C: d", "Accept: a,X-Key: ***", true },
		{ "body", "X-Api-Key: a", "X-Api-Key: a", false },
		{ "body", "see http://u:p@h", "see http://u:p@h", false },
	};
	static const struct {
		const char *line, *masked;
	} lines[] = {
		{ "benchtop run x --push=http://u:p@h --body 'it'\\''s'",
			"benchtop run x '--push=http://***@h' --body 'it'\\''s'" },
		{ "benchtop run x --header 'Cookie: a=b' --url http://u:p@h/",
			"benchtop run x --header 'Cookie: ***' --url 'http://***@h/'" },
		{ "benchtop run x '--header=X-Key: a' --allow-header=X-Key",
			"benchtop run x '--header=X-Key: a' --allow-header=X-Key" },
		{ "benchtop run x   --url=http://h/?a='b'",
			"benchtop run x   --url=http://h/?a='b'" },
		{ "another's --header Cookie:a", "***" },
		{ "another's", "another's" },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		char *masked =
			bt_secret_mask(rows[i].name, rows[i].value, allowed, 1, rows[i].joined);

		assert_string_equal(masked, rows[i].masked);
		free(masked);
	}
	for (size_t i = 0; i < BT_LEN(lines); i++) {
		char *masked = bt_secret_mask_line(lines[i].line);

		assert_string_equal(masked, lines[i].masked);
		free(masked);
	}
}

/* Whatever option of whatever workload takes a URL, the same words refuse the same URLs. */
static void no_option_that_takes_a_url_takes_credentials(void **state BT_UNUSED)
{
	static const char *const urls[] = { "http://me:word@127.0.0.1/", "https://me@h/",
		"me:word@127.0.0.1:80", "http://me%3Aword%40h/", "http://***@h/" };
	_Alignas(16) static char conf[4096];
	unsigned seen = 0;

	for (unsigned w = 0; bt_workloads[w]; w++) {
		struct bt_opt_walk walk = bt_opt_walk(bt_workloads[w]->opts);

		for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
			struct bt_opt_set set = { "workload", bt_workloads[w]->opts, conf };

			if (!o->arg || !strstr(o->arg, "URL"))
				continue;
			assert_true(bt_workloads[w]->conf_size <= sizeof(conf));
			for (size_t i = 0; i < BT_LEN(urls); i++) {
				struct bt_err err = { 0 };
				char option[200], *argv[] = { option };
				unsigned n;

				memset(conf, 0, sizeof(conf));
				snprintf(option, sizeof(option), "--%s=%s", o->name, urls[i]);
				assert_int_equal(
					bt_opt_parse(&set, 1, 1, argv, 0, NULL, 0, &n, &err),
					-EINVAL);
				assert_non_null(strstr(
					err.msg, ": the URL holds a name or password, which "));
				assert_null(strstr(err.msg, "word@"));
			}
			seen++;
		}
	}
	assert_true(seen >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_masked),
		cmocka_unit_test(names_of_headers_are_judged_by_whole_words),
		cmocka_unit_test(headers_and_command_lines_are_masked),
		cmocka_unit_test(no_option_that_takes_a_url_takes_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
