/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Options that several subcommands take, and the kernels that they name. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/artefact.h"

int bemu_cli_number_option(const char *option, const char *text, uint32_t min, uint32_t max,
			   uint32_t *out)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno || *end || end == text || v < min || v > max)
		return bemu_cli_usage("--%s %s: not a number from %u to %u", option, text, min,
				      max);
	*out = (uint32_t)v;
	return BEMU_CLI_YES;
}

int bemu_cli_libbpf_option(const char *text, uint32_t *out)
{
	if (!bemu_cli_libbpf_parse(text, out))
		return BEMU_CLI_YES;
	if (!strcmp(text, "next"))
		return bemu_cli_usage("--libbpf next: not offered but for gen and layout, there is "
				      "no real library of that name to compare with");
	return bemu_cli_usage("--libbpf %s: one of 1.1, 1.5, 1.7", text);
}

int bemu_cli_kernel_option(const char *text, uint32_t *out)
{
	if (!bemu_cli_kernel_parse(text, out))
		return BEMU_CLI_YES;
	return bemu_cli_usage("--kernel %s: 'bemu list kernels' names them", text);
}

static int add_module(struct bemu_env *env, struct bemu_cli_target *target, const char *text)
{
	const char *eq = strchr(text, '='), *name;

	if (!eq || eq == text || !eq[1])
		return bemu_cli_usage("--module %s: not NAME=FILE", text);
	name = bemu_strndup(env, text, (size_t)(eq - text));
	if (!name)
		return bemu_cli_fault(text, -ENOMEM, NULL);
	return bemu_cli_kernel_add_module(env, &target->kernel, name, eq + 1);
}

int bemu_cli_target_option(struct bemu_env *env, struct bemu_cli_target *target, int opt)
{
	switch (opt) {
	case BEMU_CLI_OPT_VMLINUX:
		target->kernel.vmlinux = optarg;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_MODULE:
		return add_module(env, target, optarg);
	case BEMU_CLI_OPT_BTF_DIR:
		target->btf_dir = optarg;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_KERNEL:
		return bemu_cli_kernel_option(optarg, &target->profile);
	case BEMU_CLI_OPT_KCONFIG:
		target->kernel.kconfig = optarg;
		return BEMU_CLI_YES;
	case BEMU_CLI_OPT_KALLSYMS:
		target->kernel.kallsyms = optarg;
		return BEMU_CLI_YES;
	default:
		return BEMU_CLI_USAGE;
	}
}

int bemu_cli_target_check(const char *cmd, const struct bemu_cli_target *target)
{
	const struct bemu_cli_kernel *kernel = &target->kernel;

	if (target->btf_dir && (kernel->vmlinux || kernel->nr_modules))
		return bemu_cli_usage("%s: --btf-dir already names vmlinux and modules", cmd);
	if (kernel->nr_modules && !kernel->vmlinux)
		return bemu_cli_usage("%s: --module needs the --vmlinux it was built with", cmd);
	return BEMU_CLI_YES;
}

int bemu_cli_target_kernels(struct bemu_env *env, const struct bemu_cli_target *target,
			    struct bemu_cli_kernels *out)
{
	int code = BEMU_CLI_YES;
	uint32_t i;

	if (target->btf_dir) {
		code = bemu_cli_kernels_dir(env, target->btf_dir, out);
	} else if (target->kernel.vmlinux) {
		code = bemu_cli_kernels_add(env, out, &target->kernel);
		if (!code)
			out->arr[0].name = bemu_cli_base_name(target->kernel.vmlinux);
	} else {
		code = bemu_cli_kernels_running(env, out);
	}
	for (i = 0; !code && i < out->nr; i++) {
		out->arr[i].kconfig = target->kernel.kconfig;
		out->arr[i].kallsyms = target->kernel.kallsyms;
	}
	return code;
}

int bemu_cli_target_kernel(struct bemu_env *env, const char *cmd,
			   const struct bemu_cli_target *target, struct bemu_cli_kernel *out)
{
	struct bemu_cli_kernels kernels = { 0 };
	int code;

	code = bemu_cli_target_kernels(env, target, &kernels);
	if (code)
		return code;
	if (kernels.nr != 1)
		return bemu_cli_usage("%s: %s has %u kernels; one is needed", cmd, target->btf_dir,
				      kernels.nr);
	*out = kernels.arr[0];
	return BEMU_CLI_YES;
}

int bemu_cli_target(const char *command, const char *name, const char **out)
{
	const char *known;
	uint32_t i;

	for (i = 0; (known = bemu_scn_target(i)); i++) {
		if (!strcmp(known, name)) {
			*out = known;
			return BEMU_CLI_YES;
		}
	}
	return bemu_cli_usage("%s: --target %s: no target whose inputs can be told as scenarios",
			      command, name);
}
