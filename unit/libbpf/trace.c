/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Shows what the real libbpf does with one object over an emulated kernel: every call of its open, load
 * and close, with the instructions of each PROG_LOAD.
 *
 *   libbpf_trace_1_1 [-v] [-m] [-t DIR] [-k KERNEL] OBJECT KERNEL_DIR
 *     -v  libbpf's messages too
 *     -m  open from memory
 *     -t  folder with kconfig.txt and kallsyms.txt of the kernel
 *     -k  6.18 (default), 6.12, 6.6, 6.1, 5.15
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "shim.h"
#include "world.h"

static struct lb_run run;
static bool verbose;

static void show_insns(const struct bemu_call_payload *pl)
{
	uint32_t i, j;

	for (i = 0; i + 8 <= pl->len; i += 8) {
		const uint8_t *raw = (const uint8_t *)pl->data + i;
		struct bpf_insn insn;

		memcpy(&insn, raw, sizeof(insn));
		printf("    %4u: ", i / 8);
		for (j = 0; j < 8; j++)
			printf("%02x", raw[j]);
		printf("  code=%02x dst=%u src=%u off=%d imm=%d\n", insn.code, insn.dst_reg,
		       insn.src_reg, insn.off, insn.imm);
	}
}

static void show_calls(uint32_t from, uint32_t to)
{
	struct bemu_buf line;
	uint32_t i, j;

	bemu_buf_init(&line, run.env);
	for (i = from; i < to; i++) {
		const struct bemu_call *call = bemu_recorder_get(run.rec, i);

		bemu_buf_clear(&line);
		bemu_call_format(&line, call);
		printf("%s\n", bemu_buf_str(&line));
		for (j = 0; j < call->nr_payloads; j++)
			if (!strcmp(call->payloads[j].field, "insns"))
				show_insns(&call->payloads[j]);
	}
	bemu_buf_fini(&line);
}

static void show_fds(const char *what, const int *fds, uint32_t nr)
{
	uint32_t i;

	printf("-- %s:", what);
	for (i = 0; i < nr; i++)
		printf(" %d", fds[i]);
	printf("\n");
}

static void show(void)
{
	uint32_t nr = bemu_recorder_count(run.rec);

	printf("== open\n");
	show_calls(0, run.nr_open);
	printf("-- open = %d (%s)\n", run.open_err, lb_errno(run.open_err));
	if (!run.open_err) {
		printf("== load\n");
		show_calls(run.nr_open, run.nr_load);
		printf("-- load = %d (%s)\n", run.load_err, lb_errno(run.load_err));
		show_fds("map fds", run.map_fds, run.nr_maps);
		show_fds("program fds", run.prog_fds, run.nr_progs);
		printf("== close\n");
		show_calls(run.nr_load, nr);
	}
	if (verbose)
		printf("== messages\n%s", bemu_buf_str(&run.messages));
	fflush(stdout);
}

/* libbpf may crash on a hostile object; what it did before is still worth seeing. */
static void on_crash(int sig)
{
	printf("== until the crash\n");
	show_calls(0, bemu_recorder_count(run.rec));
	if (verbose)
		printf("== messages\n%s", bemu_buf_str(&run.messages));
	printf("-- %s crashed (signal %d)\n", vk_in_backend() ? "the model" : "libbpf", sig);
	fflush(stdout);
	_exit(70);
}

static void catch_crashes(void)
{
	static char stack[1 << 16];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGABRT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm(5);
}

int main(int argc, char **argv)
{
	const char *profile = "6.18", *texts = NULL;
	bool from_memory = false;
	struct lb_kernel kernel;
	struct lb_file object;
	struct bemu *em;
	int opt;

	while ((opt = getopt(argc, argv, "vmt:k:")) != -1) {
		switch (opt) {
		case 'v':
			verbose = true;
			break;
		case 'm':
			from_memory = true;
			break;
		case 't':
			texts = optarg;
			break;
		case 'k':
			profile = optarg;
			break;
		default:
			argc = 0;
			break;
		}
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: %s [-v] [-m] [-t DIR] [-k KERNEL] OBJECT KERNEL_DIR\n",
			argv[0]);
		return 2;
	}
	lb_file_read(argv[optind], &object);
	lb_kernel_read(argv[optind + 1], &kernel);
	if (texts)
		lb_kernel_texts(texts, &kernel);
	em = lb_world_new(&kernel, lb_profile(profile));
	lb_world_add(em, &object);
	lb_run_init(&run, em);
	catch_crashes();
	lb_run_real(&run, &object, from_memory);
	show();
	lb_run_fini(&run);
	bemu_free(em);
	lb_kernel_free(&kernel);
	lb_file_free(&object);
	return 0;
}
