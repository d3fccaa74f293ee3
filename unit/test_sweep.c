// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: a damaged object or BTF gives an error or a result; never a crash, a leak, a run of more
 * than a second, or an output that was written although the call failed.
 *
 * Usage: test_sweep obj|btf PART/PARTS VMLINUX_BTF FILE...     every PARTS-th file, from PART (0 is the first)
 * Files are cut at every byte, larger ones at every 16th; then bytes of headers and of what lies at the
 * end are changed, one at a time: of an ELF header in three ways, elsewhere in one, which way goes round
 * with the byte and the file; at the end of an object every third byte, which third goes round too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bemu/backend.h>

#include "base/env.h"
#include "btf/btf.h"
#include "load/load.h"
#include "obj/obj.h"

enum {
	SMALL = 4096,
	STEP = 16,
	HEADER_BYTES = 256,
	ELF_HEADER_BYTES = 64,
	TAIL_BYTES = 2048,
	TAIL_STEP = 3
};

struct sweep {
	const char *path;
	bool is_obj;
	unsigned long files, runs, accepted;
	struct bemu *em;
	struct bemu_allocator alloc;
	const void *vmlinux;
	size_t vmlinux_len;
};

static void *read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;
	long size;

	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)) {
		data = malloc((size_t)size + 1);
		if (data && fread(data, 1, (size_t)size, f) != (size_t)size) {
			free(data);
			data = NULL;
		}
		*len = (size_t)size;
	}
	fclose(f);
	return data;
}

static void die(const struct sweep *sw, const char *what, size_t at)
{
	fprintf(stderr, "%s: %s, at %zu\n", sw->path, what, at);
	exit(1);
}

static void load_into_world(struct sweep *sw, struct bemu_env *env, const struct bemu_obj *obj,
			    size_t at)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts lopts = { .size = sizeof(lopts) };
	struct bemu_load *ld = NULL;
	struct bemu_task *task;
	struct bemu_backend be;
	int verdict = 0;

	if (bemu_task_new(sw->em, &topts, &task))
		die(sw, "no task", at);
	bemu_backend_sys(task, &be);
	if (bemu_load_new(env, obj, &be, &lopts, &ld, &verdict) == 0) {
		if (!verdict && bemu_load_run(ld, &verdict) == 0 && !verdict)
			sw->accepted++;
		if (bemu_load_close(ld))
			die(sw, "close failed", at);
	}
	bemu_load_free(ld);
	bemu_reset(sw->em);
}

/*
 * libbpf's buffers for a kernel's log have 16 MB each. A sanitizer needs milliseconds for the shadow of
 * one, so the last one is kept and handed out again; everything else is malloc's.
 */
enum { BIG = 1 << 20 };

struct big_block {
	void *ptr;
	size_t size;
	bool used;
};

static void *sweep_alloc(void *ctx, size_t size)
{
	struct big_block *big = ctx;

	if (size < BIG || big->used)
		return malloc(size);
	if (big->size < size) {
		free(big->ptr);
		big->ptr = malloc(size);
		big->size = big->ptr ? size : 0;
	}
	big->used = big->ptr != NULL;
	return big->ptr;
}

static void sweep_free(void *ctx, void *ptr, size_t size)
{
	struct big_block *big = ctx;

	(void)size;
	if (ptr && ptr == big->ptr)
		big->used = false;
	else
		free(ptr);
}

static void run_one(struct sweep *sw, const uint8_t *data, size_t len, size_t at)
{
	uint8_t *exact = malloc(len ? len : 1); /* a larger buffer would hide a read past the end */
	clock_t start = clock();
	struct bemu_env *env = NULL;
	int err;

	if (!exact || bemu_env_new(&sw->alloc, NULL, &env))
		die(sw, "no memory", at);
	memcpy(exact, data, len);
	if (sw->is_obj) {
		struct bemu_obj *obj = (struct bemu_obj *)-1;

		err = bemu_obj_parse(env, exact, len, NULL, &obj);
		if (err && obj != (struct bemu_obj *)-1)
			die(sw, "output written on failure", at);
		if (!err) {
			load_into_world(sw, env, obj, at);
			bemu_obj_free(obj);
		}
	} else {
		struct bemu_btf *btf = (struct bemu_btf *)-1;

		err = bemu_btf_parse(env, exact, len, NULL, 0, &btf);
		if (err && btf != (struct bemu_btf *)-1)
			die(sw, "output written on failure", at);
		if (!err) {
			sw->accepted++;
			bemu_btf_put(btf);
		}
	}
	if (err && !bemu_log_last(&env->log))
		die(sw, "refused without a reason", at);
	if (bemu_env_live(env))
		die(sw, "leak", at);
	bemu_env_free(env);
	free(exact);
	if (clock() - start > CLOCKS_PER_SEC)
		die(sw, "more than a second", at);
	sw->runs++;
}

static const uint8_t masks[] = { 0xff, 0x01, 0x80 };

static void run_changed(struct sweep *sw, uint8_t *data, size_t len, size_t at, uint8_t mask)
{
	data[at] ^= mask;
	run_one(sw, data, len, at);
	data[at] ^= mask;
}

static void sweep_file(struct sweep *sw, uint8_t *data, size_t len, size_t file_idx)
{
	size_t step = len <= SMALL ? 1 : STEP;
	size_t at, m;

	run_one(sw, data, len, len);
	for (at = 0; at < len; at += step)
		run_one(sw, data, at, at);
	for (at = 0; at < len; at++) {
		/* ELF: file header, and section headers at the end; BTF: header and first records */
		if (at >= HEADER_BYTES && (!sw->is_obj || at + TAIL_BYTES < len))
			continue;
		if (at >= HEADER_BYTES && (at + file_idx) % TAIL_STEP)
			continue;
		if (at >= ELF_HEADER_BYTES) {
			run_changed(sw, data, len, at,
				    masks[(at + file_idx) % BEMU_ARRAY_SIZE(masks)]);
			continue;
		}
		for (m = 0; m < BEMU_ARRAY_SIZE(masks); m++)
			run_changed(sw, data, len, at, masks[m]);
	}
}

int main(int argc, char **argv)
{
	struct big_block big = { 0 };
	struct sweep sw = { .alloc = { sweep_alloc, sweep_free, &big } };
	int i, part, parts;

	if (argc < 5 || (strcmp(argv[1], "obj") && strcmp(argv[1], "btf")) ||
	    sscanf(argv[2], "%d/%d", &part, &parts) != 2 || part < 0 || parts <= part) {
		fprintf(stderr, "usage: %s obj|btf PART/PARTS VMLINUX_BTF FILE...\n", argv[0]);
		return 2;
	}
	sw.is_obj = !strcmp(argv[1], "obj");
	sw.vmlinux = read_all(argv[3], &sw.vmlinux_len);
	if (!sw.vmlinux || bemu_new(NULL, &sw.em) ||
	    bemu_set_vmlinux(sw.em, sw.vmlinux, sw.vmlinux_len, BEMU_BTF_BORROW) ||
	    bemu_seal(sw.em)) {
		fprintf(stderr, "%s: cannot be the world's vmlinux BTF\n", argv[3]);
		return 1;
	}
	for (i = 4 + part; i < argc; i += parts) {
		size_t len = 0;
		uint8_t *data = read_all(argv[i], &len);

		sw.path = argv[i];
		if (!data)
			die(&sw, "cannot be read", 0);
		sweep_file(&sw, data, len, (size_t)i);
		sw.files++;
		free(data);
	}
	bemu_free(sw.em);
	free(big.ptr);
	free((void *)(uintptr_t)sw.vmlinux);
	printf("%lu damaged inputs from %lu files, %lu of them accepted\n", sw.runs, sw.files,
	       sw.accepted);
	return sw.runs ? 0 : 1;
}
