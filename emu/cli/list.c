/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu list TABLE */
#include "cli/cli.h"

#include <string.h>

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

int bemu_cli_list(int argc, char **argv)
{
	uint32_t kernel;

	if (argc != 2 || strcmp(argv[1], "kernels"))
		return bemu_cli_usage("list: one of: kernels");
	printf("%-8s %-10s %s\n", "--kernel", "release", "evidence");
	for (kernel = BEMU_KERNEL_5_15; kernel <= BEMU_KERNEL_6_18; kernel++)
		printf("%-8s %-10s %s%s\n", bemu_cli_kernel_short(kernel), bemu_kernel_name(kernel),
		       evidence(kernel),
		       kernel == BEMU_KERNEL_6_18 ? ", default where the BTF does not tell" : "");
	return fflush(stdout) ? BEMU_CLI_FAULT : BEMU_CLI_YES;
}
