/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* bemu: finds the subcommand. */
#include "cli/cli.h"

#include <string.h>

#include <bemu/version.h>

static const char help_text[] =
	"bemu loads BPF objects into an emulated Linux, without root, and says what became of them.\n"
	"\n"
	"  bemu load OBJ...       replay libbpf's load of each object\n"
	"    --vmlinux FILE       kernel BTF, raw or in an ELF file; default: the running kernel's\n"
	"    --module NAME=FILE   BTF of a loaded module; may be repeated\n"
	"    --btf-dir DIR        vmlinux and modules of one kernel, or many kernels: a matrix\n"
	"    --kernel RELEASE     whose rules; default: by the BTF (bemu list kernels)\n"
	"    --libbpf RELEASE     which library is replayed: 1.1, 1.5, 1.7 (default)\n"
	"    --kconfig FILE       kernel configuration, uncompressed\n"
	"    --kallsyms FILE      symbol table, as /proc/kallsyms\n"
	"    --cpus N             possible CPUs, default 1\n"
	"    --lowest-fd N        all FDs below N are taken, default 3\n"
	"    --quirk ID, --no-quirk ID   a bug of the library or of the kernel (bemu list quirks)\n"
	"    --design KEY=VALUE   what was proposed, type-id-target=fd-high-half: see bemu-scenario(5)\n"
	"    -v, --verbose        every relocation with every candidate\n"
	"    --trace              every call in order\n"
	"    --dump insns         final instructions, relocated operands named\n"
	"    --json               the same as one object a line, see bemu-json(5)\n"
	"    --baseline FILE      matrix: fail only on cells that differ from this --json output\n"
	"    --junit FILE         matrix: write JUnit XML\n"
	"  bemu gen OBJ -o FILE   light skeleton of an object: C header, FILE.data and FILE.insns\n"
	"    --libbpf RELEASE     whose generator: 1.1, 1.5, 1.7 (default), next\n"
	"    --kconfig FILE, --kallsyms FILE, --cpus N   of the generating machine\n"
	"    --stable-6.1         1.1 as in Linux 6.1.y and its bpftool\n"
	"    --hash               1.7: a loader that checks its blob's hash; next: that the kernel checks\n"
	"    --layout LAYOUT      where FDs are kept: reserved (default), sparse, second-map, aux-map\n"
	"    --range-check off    cut an index that insn->off cannot hold; default: refuse\n"
	"    --unaligned          segments one after the other, as before 0.6\n"
	"  bemu layout OBJ        what the bytes of its blob are, how far each limit is; options of gen, and\n"
	"    --compare            the four layouts side by side\n"
	"    --svg FILE           the map drawn to scale, with an arrow from each kfunc call to its FD\n"
	"    --json               the map as one object, with --compare one a layout\n"
	"  bemu skel FILE         run the loader of a light skeleton (bpftool gen skeleton -L)\n"
	"    --vmlinux, --module, --btf-dir, --kernel, --kallsyms   as above, one kernel\n"
	"    --libbpf RELEASE     whose skel_internal.h: 1.1, 1.5, 1.7; default: by the header\n"
	"    --blob FILE --insns FILE [--fds FILE] [--maps N] [--progs N]   the same from raw files\n"
	"    --max-entries MAP=N, --init MAP=FILE   what a user sets between open and load\n"
	"    --signed             once more with another context: may unsigned bytes decide?\n"
	"    --hash, --quirk, --no-quirk   of an object in the place of FILE, as for gen\n"
	"    --json               descriptors, findings and the verdict, one object a line\n"
	"    -q, --quiet          without the calls\n"
	"  bemu sweep A [B]       run a loader with each of its calls failing; of two, what differs\n"
	"    --vmlinux, --module, --btf-dir, --kernel, --kconfig, --kallsyms   as above, one kernel\n"
	"    --libbpf RELEASE     of the loaders named after it: whose host side and generator\n"
	"    --layout, --hash, --quirk, --no-quirk   of the loaders named after them, as for gen\n"
	"    --lowest-fd N        also with all FDs below N taken; 0 and 3 are always tried\n"
	"    -v, --verbose        clean runs as well\n"
	"  bemu replay FILE...    run scenarios, see bemu-scenario(5)\n"
	"    --trace              every step with its answer, the life of every FD and object\n"
	"    --no-quirks          without the quirks that a scenario names: its findings must not come\n"
	"    --audit-each         a recount of all references after each step, not only at the end\n"
	"    --host               on the running kernel, in processes of their own\n"
	"    --target TARGET      the files are inputs of that fuzz target, decoded into scenarios\n"
	"    --print              the scenario itself, in canonical form\n"
	"    -q, --quiet          only what is not as expected\n"
	"  bemu reduce FILE       the smallest scenario with the same finding\n"
	"    --target TARGET -o FILE   of an input of that fuzz target: the input to FILE, its scenario to stdout\n"
	"    --max-runs N         how often a smaller one is tried, default 5000\n"
	"    -o FILE              where to write it, default stdout\n"
	"  bemu export --c FILE   a scenario as a C program of raw system calls, for a real kernel\n"
	"    --vmlinux FILE       that kernel's BTF; default: the running kernel's\n"
	"    -o FILE              where to write it, default stdout\n"
	"  bemu gen-scenario      a scenario of ordinary calls made by chance, answered by the model\n"
	"    --seed N --steps N   0 and 200 by default\n"
	"  bemu btf FILE          check a BTF\n"
	"    --base FILE          the vmlinux BTF that a module's is split over\n"
	"    --dump raw|c         print it\n"
	"    --check              the kernel's verdict and its log; with --kernel RELEASE\n"
	"  bemu list kernels      kernel releases that --kernel knows\n"
	"  bemu list detectors    findings and when they fire\n"
	"  bemu list quirks       bugs of real loaders that load, gen, skel and sweep can have or lack:\n"
	"                         --quirk ID, --no-quirk ID\n"
	"  bemu help, bemu --version\n"
	"\n"
	"Exit status: 0 yes, 1 no or unproven, 2 usage or unreadable path, 3 the emulator failed.\n";

static bool asks_for_help(const char *arg)
{
	return !strcmp(arg, "help") || !strcmp(arg, "--help") || !strcmp(arg, "-h");
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : NULL;

	if (!cmd)
		return bemu_cli_usage("no command");
	if (asks_for_help(cmd) || (argc == 3 && asks_for_help(argv[2])))
		return fputs(help_text, stdout) < 0 || fflush(stdout) ? BEMU_CLI_FAULT
								      : BEMU_CLI_YES;
	if (!strcmp(cmd, "load"))
		return bemu_cli_load(argc - 1, argv + 1);
	if (!strcmp(cmd, "btf"))
		return bemu_cli_btf(argc - 1, argv + 1);
	if (!strcmp(cmd, "gen-scenario"))
		return bemu_cli_gen_scenario(argc - 1, argv + 1);
	if (!strcmp(cmd, "replay"))
		return bemu_cli_replay(argc - 1, argv + 1);
	if (!strcmp(cmd, "reduce"))
		return bemu_cli_reduce(argc - 1, argv + 1);
	if (!strcmp(cmd, "export"))
		return bemu_cli_export(argc - 1, argv + 1);
	if (!strcmp(cmd, "skel"))
		return bemu_cli_skel(argc - 1, argv + 1);
	if (!strcmp(cmd, "gen"))
		return bemu_cli_gen(argc - 1, argv + 1);
	if (!strcmp(cmd, "layout"))
		return bemu_cli_layout(argc - 1, argv + 1);
	if (!strcmp(cmd, "sweep"))
		return bemu_cli_sweep(argc - 1, argv + 1);
	if (!strcmp(cmd, "list"))
		return bemu_cli_list(argc - 1, argv + 1);
	if (!strcmp(cmd, "--version")) {
		printf("bemu %s\n", BEMU_VERSION_STRING);
		return fflush(stdout) ? BEMU_CLI_FAULT : BEMU_CLI_YES;
	}
	return bemu_cli_usage("%s: not a command", cmd);
}
