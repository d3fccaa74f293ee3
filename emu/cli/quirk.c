/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* --quirk, --no-quirk and --design, and what is said of them. */
#include <string.h>

#include <bemu/module.h>

#include "cli/skel.h"

int bemu_cli_quirk_option(const char *id, bool on, struct bemu_quirks *set)
{
	uint32_t quirk;

	if (bemu_quirk_find(id, &quirk))
		return bemu_cli_usage("--%squirk %s: 'bemu list quirks' names them",
				      on ? "" : "no-", id);
	bemu_quirks_set(set, quirk, on);
	return BEMU_CLI_YES;
}

int bemu_cli_design_option(const char *text, uint32_t *design)
{
	const char *value = strchr(text, '=');
	char key[32];

	if (value && (size_t)(value - text) < sizeof(key)) {
		memcpy(key, text, (size_t)(value - text));
		key[value - text] = '\0';
		if (!bemu_design_choose(key, value + 1, design))
			return BEMU_CLI_YES;
	}
	return bemu_cli_usage("--design %s: bemu-scenario(5) has the designs", text);
}

const char *bemu_cli_quirks_made(const struct bemu_quirks *set)
{
	const uint64_t host = 1ull << BEMU_QUIRK_SK_ERRNO_LOST |
			      1ull << BEMU_QUIRK_PL_CLOSE_PROG_FIRST;
	uint32_t i;

	for (i = 0; i < BEMU_NR_QUIRKS; i++)
		if ((set->on | set->off) & ~host & 1ull << i)
			return bemu_quirk_info(i)->id;
	return NULL;
}

void bemu_cli_quirks_text(struct bemu_buf *buf, const struct bemu_quirks *set)
{
	const char *sep = "";
	uint32_t i;

	if (!set->on && !set->off)
		bemu_buf_printf(buf, "none");
	for (i = 0; i < BEMU_NR_QUIRKS; i++) {
		if (!((set->on | set->off) & 1ull << i))
			continue;
		bemu_buf_printf(buf, "%s%s%s", sep, set->on & 1ull << i ? "" : "no ",
				bemu_quirk_info(i)->id);
		sep = ", ";
	}
}
