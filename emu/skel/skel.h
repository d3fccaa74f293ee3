/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Light skeletons: a loader program with the one map that it works on (the blob), as data, and the
 * host side that loads and runs it through a backend.
 */
#ifndef BEMU_SKEL_SKEL_H
#define BEMU_SKEL_SKEL_H

#include <bemu/backend.h>
#include <bemu/quirks.h>

#include "base/env.h"
#include "skel/mem.h"
#include "uapi/bpf.h"

struct bemu_tamper;

/*
 * struct bpf_loader_ctx of skel_internal.h and what follows it: sz, flags, log_level, log_size and
 * log_buf; a struct bpf_map_desc a map: map_fd, max_entries, initial_value; a prog_fd a program.
 */
enum {
	BEMU_SKEL_CTX_LEN = 24,
	BEMU_SKEL_MAP_LEN = 16,
	BEMU_SKEL_PROG_LEN = 4,
	BEMU_SKEL_MAP_ENTRIES_OFF = 4,
	BEMU_SKEL_MAP_INIT_OFF = 8,
};

/** struct bemu_skel_map - @init: NULL, or @init_len bytes that the value is to begin with */
struct bemu_skel_map {
	const char *name;
	const void *init;
	uint32_t init_len;
};

/**
 * struct bemu_skel - a loader, owned by whoever read it
 * @name:  of the skeleton; "" for raw files
 * @data:  the blob
 * @fd_map_len: bytes of a second map that the loader keeps FDs in; 0: it has none, as all that libbpf
 *         makes
 * @insns: the loader program, in this host's byte order
 * @progs: their names
 * @old_form: a header that gives blob and program as string literals to the options themselves, as
 *            bpftool did before it had named arrays for them (7.2)
 * @is_exclusive: the host side asks that no other program may use the blob's map
 */
struct bemu_skel {
	struct bemu_env *env;
	const char *name;
	const uint8_t *data;
	uint32_t data_len;
	uint32_t fd_map_len;
	const struct bpf_insn *insns;
	uint32_t nr_insns;
	uint32_t nr_maps, cap_maps;
	struct bemu_skel_map *maps;
	uint32_t nr_progs, cap_progs;
	const char **progs;
	bool old_form;
	bool is_exclusive;
};

/**
 * bemu_skel_read_header() - a light skeleton as "bpftool gen skeleton -L" writes it
 * @text: C text, not NUL-terminated
 *
 * Return: 0; -EINVAL with the line in the log; -E2BIG; -ENOMEM.
 */
int bemu_skel_read_header(struct bemu_env *env, const char *text, size_t len,
			  struct bemu_skel **out) BEMU_MUST_CHECK;

/**
 * bemu_skel_read_raw() - a blob and a loader program as bytes
 * @nr_maps, @nr_progs: results that its context has room for
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOMEM.
 */
int bemu_skel_read_raw(struct bemu_env *env, const void *data, size_t data_len, const void *insns,
		       size_t insns_len, uint32_t nr_maps, uint32_t nr_progs,
		       struct bemu_skel **out) BEMU_MUST_CHECK;

void bemu_skel_free(struct bemu_skel *skel);

/** bemu_skel_ctx_len() - bytes of the context that the loader is given */
uint32_t bemu_skel_ctx_len(const struct bemu_skel *skel);
/** bemu_skel_map_off() / bemu_skel_prog_off() - where the context has its FD */
uint32_t bemu_skel_map_off(const struct bemu_skel *skel, uint32_t map_idx);
uint32_t bemu_skel_prog_off(const struct bemu_skel *skel, uint32_t prog_idx);
/** bemu_skel_result_name() - the map or program whose FD is at @off of the context; NULL for none */
const char *bemu_skel_result_name(const struct bemu_skel *skel, uint32_t off);

/**
 * struct bemu_skel_override - what a user of the skeleton sets between open and load
 * @max_entries: 0 leaves it
 * @init:        in the place of what the map is to begin with; borrowed; NULL leaves it
 */
struct bemu_skel_override {
	uint32_t map_idx;
	uint32_t max_entries;
	const void *init;
	uint32_t init_len;
};

/**
 * struct bemu_skel_run_opts - all-zero means defaults
 * @size:      sizeof(struct bemu_skel_run_opts)
 * @libbpf:    enum bemu_libbpf: whose skel_internal.h; the default goes by the form of the header
 * @log_level: of the context, for every program and BTF that is loaded
 * @log_buf:   borrowed; @log_size bytes
 * @overrides: in order, the last one of a map counts
 * @quirks:    against what @libbpf has
 * @tamper:    what this host does to the blob; NULL for one that does as it should
 * @mem:       told of everything that the calls point to, for as long as they do; NULL when the
 *             backend takes native pointers as they are
 */
struct bemu_skel_run_opts {
	size_t size;
	uint32_t libbpf;
	uint32_t log_level;
	void *log_buf;
	uint32_t log_size;
	struct bemu_skel_mem *mem;
	uint32_t nr_overrides;
	const struct bemu_skel_override *overrides;
	struct bemu_quirks quirks;
	const struct bemu_tamper *tamper;
};

/**
 * struct bemu_skel_result - what the host side ends with
 * @err:    0 or a negative errno, as bpf_load_and_run() returns it
 * @what:   what failed, in skel_internal.h's words; "" when nothing did
 * @retval: of the loader program; 0 when it did not run
 * @ctx:    the context afterwards, bemu_skel_ctx_len() bytes; the caller gives it back with
 *          bemu_mem_free() of the skeleton's env
 */
struct bemu_skel_result {
	int err;
	const char *what;
	int32_t retval;
	uint8_t *ctx;
};

/**
 * bemu_skel_run() - load and run the loader, close its map and program
 *
 * Mirrors bpf_load_and_run(), tools/lib/bpf/skel_internal.h of the release that is asked for.
 * Return: 0 with the verdict in @out, or a fault of ours or of the backend; -EINVAL for an override of a
 *   map that is not there.
 */
int bemu_skel_run(const struct bemu_skel *skel, const struct bemu_backend *be,
		  const struct bemu_skel_run_opts *opts,
		  struct bemu_skel_result *out) BEMU_MUST_CHECK;
/** bemu_skel_libbpf() - which release bemu_skel_run() replays for @libbpf and this skeleton */
uint32_t bemu_skel_libbpf(const struct bemu_skel *skel, uint32_t libbpf);
/** bemu_skel_fd() - the FD at @off of a context; 0 when the loader left none */
int bemu_skel_fd(const uint8_t *ctx, uint32_t off);

#endif
