/* A file of sections: what is read has names and lines, what is refused has words with a line. */
#include "fuzz.h"

#include <string.h>

#include "base/ini.h"

static void is_trimmed(const char *text)
{
	size_t len = strlen(text);

	BTC_FUZZ_HOLDS(
		len == 0 || (!strchr(" \t\r\n", text[0]) && !strchr(" \t\r\n", text[len - 1])));
}

static void is_whole(const struct bt_ini_section *section)
{
	BTC_FUZZ_HOLDS(section->name[0] != '\0' && section->line > 0);
	is_trimmed(section->name);
	for (size_t i = 0; i < section->n; i++) {
		BTC_FUZZ_HOLDS(section->keys[i].name[0] != '\0');
		BTC_FUZZ_HOLDS(section->keys[i].line > section->line);
		is_trimmed(section->keys[i].name);
		is_trimmed(section->keys[i].value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bt_err err = { 0 };
	struct bt_ini ini;

	if (bt_ini_parse(&ini, "f", (const char *)data, size, &err) < 0) {
		BTC_FUZZ_HOLDS(strncmp(err.msg, "f:", 2) == 0 && ini.in.bytes == NULL);
		return 0;
	}
	for (size_t i = 0; i < ini.n; i++) {
		is_whole(&ini.sections[i]);
		for (size_t k = 0; k < i; k++)
			BTC_FUZZ_HOLDS(strcmp(ini.sections[i].name, ini.sections[k].name) != 0);
	}
	bt_ini_fini(&ini);
	return 0;
}
