/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Inputs of a run: a kernel read from a folder, a world made of it, and what a run leaves behind. */
#ifndef BEMU_UNIT_LIBBPF_WORLD_H
#define BEMU_UNIT_LIBBPF_WORLD_H

#include "load/record.h"

enum { LB_MAX_MODULES = 64, LB_NR_CPUS = 4 };

struct lb_file {
	char *name; /* base name, without ".btf" for a BTF */
	void *data;
	size_t len;
};

/** struct lb_kernel - vmlinux.btf and one NAME.btf a module, by name, as bemu(1) reads a --btf-dir */
struct lb_kernel {
	struct lb_file vmlinux;
	struct lb_file kconfig, kallsyms;
	uint32_t nr_modules;
	struct lb_file modules[LB_MAX_MODULES];
};

/** lb_file_read() - ends the process with a message when it cannot be read */
void lb_file_read(const char *path, struct lb_file *out);
void lb_file_free(struct lb_file *file);
void lb_kernel_read(const char *dir, struct lb_kernel *out);
/** lb_kernel_texts() - DIR/kconfig.txt and DIR/kallsyms.txt, for a kernel that has such files */
void lb_kernel_texts(const char *dir, struct lb_kernel *kernel);
void lb_kernel_free(struct lb_kernel *kernel);

/** lb_profile() - BEMU_KERNEL_* of "6.18", "6.1", ...; ends the process when unknown */
uint32_t lb_profile(const char *name);

/** lb_world_new() - a sealed world of a kernel */
struct bemu *lb_world_new(const struct lb_kernel *kernel, uint32_t profile);
/** lb_world_add() - @object as a file in it, by its base name */
void lb_world_add(struct bemu *em, const struct lb_file *object);

enum { LB_MAX_HANDLES = 256 };

/** struct lb_run - one open, load and close over a recorder */
struct lb_run {
	struct bemu_env *env;
	struct bemu_recorder *rec;
	struct bemu_backend be;
	int open_err, load_err;
	uint32_t nr_open, nr_load; /* calls recorded at the end of these phases */
	uint32_t nr_maps, nr_progs;
	/* in: generate a light skeleton in place of the load; out: the generator's, 0 when it failed */
	bool generate, gen_hash;
	struct bemu_buf gen_insns, gen_data;
	int map_fds[LB_MAX_HANDLES], prog_fds[LB_MAX_HANDLES]; /* after the load; -1 for none */
	struct bemu_buf messages; /* all that libbpf printed */
	struct bemu_buf warnings; /* of it the warnings; of ours the last lines of the log */
};

/** lb_without_ctx_tags() - from now on kernels refuse the program that asks for "arg:ctx", as before v6.8 */
void lb_without_ctx_tags(void);

/** lb_run_init() - a recorder over a new task of @em */
void lb_run_init(struct lb_run *run, struct bemu *em);
void lb_run_fini(struct lb_run *run);

/** lb_run_real() - the real libbpf; @from_memory: bpf_object__open_mem() with the base name as object name */
void lb_run_real(struct lb_run *run, const struct lb_file *object, bool from_memory);

/** lb_run_ours() - our reader and loader; BEMU_LIBBPF_*. 0 or a fault: nothing was found out. */
int lb_run_ours(struct lb_run *run, const struct lb_file *object, uint32_t libbpf, bool from_memory,
		const struct bemu *em) BEMU_MUST_CHECK;

/** lb_errno() - "-EINVAL", "-LIBBPF_ERRNO__RELOC", "0" */
const char *lb_errno(int err);

#endif
