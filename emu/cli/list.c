/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu list TABLE: what the tables of the library hold. */
#include "cli/cli.h"

#include <string.h>

#include <bemu/quirks.h>

#include "audit/finding.h"

static const char *evidence(uint32_t kernel)
{
	switch (kernel) {
	case BEMU_KERNEL_6_1:
	case BEMU_KERNEL_6_12:
	case BEMU_KERNEL_6_18:
		return "measured";
	default:
		return "read from source";
	}
}

static void list_kernels(void)
{
	uint32_t kernel;

	printf("%-8s %-10s %s\n", "--kernel", "release", "evidence");
	for (kernel = BEMU_KERNEL_5_15; kernel <= BEMU_KERNEL_6_18; kernel++)
		printf("%-8s %-10s %s%s\n", bemu_cli_kernel_short(kernel), bemu_kernel_name(kernel),
		       evidence(kernel),
		       kernel == BEMU_KERNEL_6_18 ? ", default where the BTF does not tell" : "");
}

static void list_detectors(void)
{
	uint32_t id;

	printf("%-22s %s\n", "detector", "fires when");
	for (id = 0; id < BEMU_FINDING_NR; id++)
		printf("%-22s %s\n", bemu_finding_name(id), bemu_finding_when(id));
}

static const char *class_name(uint32_t cls)
{
	switch (cls) {
	case BEMU_QUIRK_REAL:
		return "real";
	case BEMU_QUIRK_RECONSTRUCTED:
		return "reconstructed";
	default:
		return "placebo";
	}
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void list_quirks(void)
{
	uint32_t i;

	printf("%-24s %-13s %-10s %-21s %-8s %-8s %s\n", "quirk", "class", "default", "detector",
	       "brought", "fixed", "what is wrong");
	for (i = 0; i < BEMU_NR_QUIRKS; i++) {
		const struct bemu_quirk_info *q = bemu_quirk_info(i);
		char when[24] = "off";

		if (q->first & BEMU_QUIRK_KERNEL)
			(void)snprintf(when, sizeof(when), "kernel %s",
				       bemu_cli_kernel_short(q->first &
							     ~(uint32_t)BEMU_QUIRK_KERNEL));
		else if (q->first == q->last && q->first != BEMU_LIBBPF_DEFAULT)
			(void)snprintf(when, sizeof(when), "%s", bemu_cli_libbpf(q->first));
		else if (q->first != BEMU_LIBBPF_DEFAULT && q->last == BEMU_LIBBPF_NEXT)
			(void)snprintf(when, sizeof(when), "from %s", bemu_cli_libbpf(q->first));
		else if (q->first != BEMU_LIBBPF_DEFAULT)
			(void)snprintf(when, sizeof(when), "%s to %s", bemu_cli_libbpf(q->first),
				       bemu_cli_libbpf(q->last));
		printf("%-24s %-13s %-10s %-21s %-8s %-8s %s: %s\n", q->id, class_name(q->cls),
		       when, or_dash(q->detector), or_dash(q->brought), or_dash(q->fixed), q->where,
		       q->title);
	}
}

int bemu_cli_list(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*list)(void);
	} tables[] = {
		{ "kernels", list_kernels },
		{ "detectors", list_detectors },
		{ "quirks", list_quirks },
	};
	size_t i;

	for (i = 0; argc == 2 && i < BEMU_ARRAY_SIZE(tables); i++) {
		if (strcmp(argv[1], tables[i].name))
			continue;
		tables[i].list();
		return fflush(stdout) ? BEMU_CLI_FAULT : BEMU_CLI_YES;
	}
	return bemu_cli_usage("list: one of: kernels, detectors, quirks");
}
