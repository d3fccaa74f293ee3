// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: the real libbpf, its system calls answered by the model, opens and loads an object with the same
 * answers as our replay of that release, and the same each time. A crash says on whose side it was: in
 * a call that the model answered, or in libbpf itself.
 *
 * Input: an object file. The manner is honest; BEMU_KNOB_FAIL_CALL makes it hostile: the n-th bpf(2) answers the
 * errno of the knobs, whatever it is, for the library; our replay is not compared then.
 */
#include "fuzz.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bemu/watch.h>

#include "libbpf/shim.h"
#include "libbpf/world.h"
#include "world.h"

enum { OPEN_FORMAT = -4001 }; /* -LIBBPF_ERRNO__FORMAT */

/** struct manner - a watcher that answers one call in the model's place */
struct manner {
	struct bemu_watch watch;
	uint32_t fail_in, err;
};

static const char *at_fault = "nobody";

static void say_fault(int sig)
{
	static const char model[] = "libbpf_fuzzer: at fault: bemu, in a call that it answered\n";
	static const char ours[] =
		"libbpf_fuzzer: at fault: bemu's own loader, or the comparison\n";
	static const char lib[] = "libbpf_fuzzer: at fault: libbpf, outside of any call\n";
	ssize_t n;

	if (vk_in_backend())
		n = write(2, model, sizeof(model) - 1);
	else if (*at_fault == 'l')
		n = write(2, lib, sizeof(lib) - 1);
	else
		n = write(2, ours, sizeof(ours) - 1);
	(void)n;
	signal(sig, SIG_DFL);
	raise(sig);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char possible[] = "0-3\n"; /* LB_NR_CPUS of them */
	uint32_t kernel, copy;

	(void)argc;
	(void)argv;
	fuzz_worlds_warm(FUZZ_WORLD_MINI);
	for (kernel = 0; kernel <= BEMU_KERNEL_6_18; kernel++)
		for (copy = 0; copy < 2; copy++)
			FUZZ_CHECK(!bemu_file_add(fuzz_world(kernel, FUZZ_WORLD_MINI, copy),
						  "/sys/devices/system/cpu/possible", possible,
						  sizeof(possible) - 1));
	if (fuzz_is_replay) { /* an engine has handlers of its own */
		signal(SIGSEGV, say_fault);
		signal(SIGABRT, say_fault);
		signal(SIGFPE, say_fault);
	}
	return 0;
}

static int on_begin(void *ctx, const struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

static int on_end(void *ctx, struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

static bool on_answer(void *ctx, const struct bemu_seen *seen, int64_t *ret)
{
	struct manner *m = ctx;

	if (seen->kind != BEMU_SEEN_BPF || !m->fail_in || --m->fail_in)
		return false;
	*ret = -(int64_t)m->err;
	return true;
}

static bool same(const struct lb_run *a, const struct lb_run *b)
{
	return a->open_err == b->open_err && a->load_err == b->load_err &&
	       a->nr_maps == b->nr_maps && a->nr_progs == b->nr_progs &&
	       !memcmp(a->map_fds, b->map_fds, a->nr_maps * sizeof(a->map_fds[0])) &&
	       !memcmp(a->prog_fds, b->prog_fds, a->nr_progs * sizeof(a->prog_fds[0]));
}

static void real(const struct fuzz_input *in, struct lb_run *run, struct bemu *em,
		 const struct lb_file *object)
{
	struct manner m = { .watch = { .size = sizeof(m.watch),
				       .begin = on_begin,
				       .end = on_end,
				       .answer = on_answer,
				       .ctx = &m },
			    .fail_in = in->knobs.nth,
			    .err = in->knobs.err % 134 + 1u };

	lb_run_init(run, em);
	if (in->knobs.flags & BEMU_KNOB_FAIL_CALL)
		bemu_task_watch(em->model.tasks, &m.watch); /* the one that was just made */
	at_fault = "libbpf";
	lb_run_real(run, object, true);
	if (em->model.tasks)
		bemu_task_watch(em->model.tasks, NULL);
	at_fault = "bemu";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lb_run a, b;
	static char name[] = "fuzz";
	struct lb_file object = { .name = name };
	struct bemu *first, *second;
	struct fuzz_input in;
	int err;

	fuzz_input_init(&in, data, size);
	object.data = in.data;
	object.len = in.size;
	fuzz_outcome = FUZZ_REJECT;
	first = fuzz_world(fuzz_kernel(&in), FUZZ_WORLD_MINI, 0);
	second = fuzz_world(fuzz_kernel(&in), FUZZ_WORLD_MINI, 1);
	real(&in, &a, first, &object);
	if (!a.open_err && !a.load_err)
		fuzz_outcome = FUZZ_ACCEPT;
	if (fuzz_twice(&in)) {
		real(&in, &b, second, &object);
		FUZZ_CHECK_MSG(same(&a, &b), "open %d, load %d; again: %d, %d", a.open_err,
			       a.load_err, b.open_err, b.load_err);
		lb_run_fini(&b);
		bemu_reset(second);
	}
	if (!(in.knobs.flags & BEMU_KNOB_FAIL_CALL)) {
		lb_run_init(&b, second);
		err = lb_run_ours(&b, &object, BEMU_LIBBPF_1_1, true, second);
		FUZZ_CHECK_MSG(err || same(&a, &b),
			       "libbpf: open %d, load %d; our replay: %d, %d\n%s\n%s", a.open_err,
			       a.load_err, b.open_err, b.load_err, bemu_buf_str(&a.warnings),
			       bemu_buf_str(&b.warnings));
		lb_run_fini(&b);
		bemu_reset(second);
	}
	lb_run_fini(&a);
	bemu_reset(first);
	fuzz_input_fini(&in);
	return 0;
}
