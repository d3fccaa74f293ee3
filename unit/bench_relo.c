// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Times of relocations against one raw kernel BTF, ours beside the functions inside a static libbpf:
 * 1,000 over as many types, each with its search for candidates; 10,000 over 10 types. The object is
 * the kernel's own BTF and a few strings over it. Usage: bench_relo RAW_BTF
 */
#include <string.h>

#include "bench.h"
#include "btf/encode.h"
#include "libbpf_relo.h"
#include "relo/core.h"

enum { NR_ROOTS = 1000, NR_FEW = 10, NR_MANY = 10000, MAX_MEMBER = 64 };

struct bench {
	struct bemu_env *env;
	struct bemu_btf *kernel, *object;
	struct btf *lib_kernel, *lib_object;
	uint32_t access_off[MAX_MEMBER], lib_access_off[MAX_MEMBER];
	uint32_t roots[NR_ROOTS], nr_roots;
	struct bemu_core_cands cands[NR_FEW];
	struct bpf_core_cand_list lib_cands[NR_FEW];
	struct bemu_core_relo relos[NR_MANY], lib_relos[NR_MANY];
	uint64_t sum;
};

static void die(const struct bench *b, const char *what)
{
	const struct bemu_log_record *rec = bemu_log_last(&b->env->log);

	bench_die(what, rec ? rec->text : "?");
}

static void relocate(struct bench *b, const struct bemu_core_relo *relo,
		     struct bemu_core_cands *cands)
{
	struct bpf_insn insn = { .code = BPF_ALU64 | BPF_MOV | BPF_K };
	struct bemu_core_res res;

	if (bemu_core_calc(b->env, BEMU_LIBBPF_RULES, b->object, relo, cands, "p", &res, NULL))
		die(b, "calc");
	insn.imm = (int32_t)res.orig_val;
	if (bemu_core_patch(b->env, BEMU_LIBBPF_RULES, "p", &insn, 1, 0, relo, &res))
		die(b, "patch");
	b->sum += (uint32_t)insn.imm;
}

static void lib_relocate(struct bench *b, const struct bemu_core_relo *relo,
			 struct bpf_core_cand_list *cands)
{
	struct bpf_insn insn = { .code = BPF_ALU64 | BPF_MOV | BPF_K };
	static struct bpf_core_spec scratch[3];
	struct bpf_core_relo_res res;
	struct bpf_core_relo lib;

	memcpy(&lib, relo, sizeof(lib));
	if (bpf_core_calc_relo_insn("p", &lib, 0, b->lib_object, cands, scratch, &res))
		bench_die("libbpf", "calc");
	insn.imm = (int32_t)res.orig_val;
	if (bpf_core_patch_insn("p", &insn, 0, &lib, 0, &res))
		bench_die("libbpf", "patch");
	b->sum += (uint32_t)insn.imm;
}

static void lib_find(struct bench *b, uint32_t root, struct bpf_core_cand_list *out)
{
	struct bpf_core_cand local = { b->lib_object, root };
	const char *name = bemu_btf_name(b->object, root);

	if (bpf_core_add_cands(&local, bpf_core_essential_name_len(name), b->lib_kernel, "vmlinux",
			       1, out))
		bench_die("libbpf", "candidates");
}

static struct bemu_core_relo relo_of(const uint32_t *access_off, uint32_t root, uint32_t member)
{
	return (struct bemu_core_relo){ .type_id = root, .access_str_off = access_off[member] };
}

static uint32_t vlen_of(const struct bench *b, uint32_t root)
{
	uint32_t vlen = bemu_btf_vlen(bemu_btf_type(b->kernel, root));

	return vlen < MAX_MEMBER ? vlen : MAX_MEMBER;
}

static void many_types(void *ctx)
{
	struct bench *b = ctx;
	uint32_t i;

	bemu_env_budget(b->env);
	for (i = 0; i < b->nr_roots; i++) {
		struct bemu_core_relo relo =
			relo_of(b->access_off, b->roots[i], i % vlen_of(b, b->roots[i]));
		struct bemu_core_cands cands = { 0 };

		if (bemu_core_add_cands(b->env, b->object, b->roots[i], b->kernel, "vmlinux", 1,
					&cands))
			die(b, "candidates");
		relocate(b, &relo, &cands);
		bemu_core_cands_fini(b->env, &cands);
	}
}

static void lib_some_types(void *ctx)
{
	struct bench *b = ctx;
	uint32_t i;

	for (i = 0; i < NR_FEW; i++) {
		struct bemu_core_relo relo =
			relo_of(b->lib_access_off, b->roots[i], i % vlen_of(b, b->roots[i]));
		struct bpf_core_cand_list cands = { 0 };

		lib_find(b, b->roots[i], &cands);
		lib_relocate(b, &relo, &cands);
		free(cands.cands);
	}
}

static void few_types(void *ctx)
{
	struct bench *b = ctx;
	uint32_t i;

	bemu_env_budget(b->env);
	for (i = 0; i < NR_MANY; i++)
		relocate(b, &b->relos[i], &b->cands[i % NR_FEW]);
}

static void lib_few_types(void *ctx)
{
	struct bench *b = ctx;
	uint32_t i;

	for (i = 0; i < NR_MANY; i++)
		lib_relocate(b, &b->lib_relos[i], &b->lib_cands[i % NR_FEW]);
}

/* Named structs of one candidate, from all over the BTF, without bitfields. */
static void choose_roots(struct bench *b)
{
	uint32_t nr = bemu_btf_nr_types(b->kernel), i;

	for (i = 0; b->nr_roots < NR_ROOTS && i < nr; i++) {
		uint32_t id = 1 + (uint32_t)(((uint64_t)i * 2654435761u) % (nr - 1));
		const struct btf_type *t = bemu_btf_type(b->kernel, id);
		struct bemu_core_cands cands = { 0 };

		if (bemu_btf_kind(t) != BTF_KIND_STRUCT || !t->name_off || bemu_btf_kflag(t) ||
		    bemu_btf_vlen(t) < 4)
			continue;
		if (bemu_core_add_cands(b->env, b->kernel, id, b->kernel, "vmlinux", 1, &cands))
			die(b, "candidates");
		if (cands.nr == 1)
			b->roots[b->nr_roots++] = id;
		bemu_core_cands_fini(b->env, &cands);
	}
}

static void make_object(struct bench *b)
{
	struct bemu_btf_enc *enc;
	void *raw;
	char text[16];
	size_t len;
	uint32_t i;

	b->lib_object = btf__new_empty_split(b->lib_kernel);
	if (libbpf_get_error(b->lib_object))
		bench_die("libbpf", "object");
	if (bemu_btf_enc_new(b->env, b->kernel, &enc))
		die(b, "object");
	for (i = 0; i < MAX_MEMBER; i++) {
		snprintf(text, sizeof(text), "0:%u", i);
		b->access_off[i] = bemu_btf_enc_str(enc, text);
		b->lib_access_off[i] = (uint32_t)btf__add_str(b->lib_object, text);
	}
	if (!bemu_btf_enc_int(enc, "object", 4, 0) || bemu_btf_enc_finish(enc, false, &raw, &len) ||
	    bemu_btf_parse(b->env, raw, len, b->kernel, 0, &b->object))
		die(b, "object");
	bemu_mem_free(b->env, raw);
	bemu_btf_enc_free(enc);
}

static int quiet(enum libbpf_print_level level BEMU_UNUSED, const char *fmt BEMU_UNUSED,
		 va_list args BEMU_UNUSED)
{
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	uint32_t i;
	size_t len;
	void *raw;

	if (argc < 2)
		bench_die("usage", "bench_relo RAW_BTF [once]");
	libbpf_set_print(quiet);
	raw = bench_read_file(argv[1], &len);
	if (bemu_env_new(NULL, NULL, &b.env) ||
	    bemu_btf_parse(b.env, raw, len, NULL, BEMU_BTF_PARSE_BORROW, &b.kernel))
		die(&b, "kernel");
	b.lib_kernel = btf__new(raw, (uint32_t)len);
	if (libbpf_get_error(b.lib_kernel))
		bench_die("libbpf", "kernel");
	make_object(&b);
	choose_roots(&b);
	for (i = 0; i < NR_FEW; i++) {
		if (bemu_core_add_cands(b.env, b.object, b.roots[i], b.kernel, "vmlinux", 1,
					&b.cands[i]))
			die(&b, "candidates");
		lib_find(&b, b.roots[i], &b.lib_cands[i]);
	}
	for (i = 0; i < NR_MANY; i++) {
		uint32_t root = b.roots[i % NR_FEW];

		b.relos[i] = relo_of(b.access_off, root, (i / NR_FEW) % vlen_of(&b, root));
		b.lib_relos[i] = relo_of(b.lib_access_off, root, (i / NR_FEW) % vlen_of(&b, root));
	}
	if (argc > 2) { /* for callgrind --toggle-collect */
		many_types(&b);
		few_types(&b);
		return 0;
	}
	bench_row("relo-1000-types", "us", bench_time(many_types, &b, 0.3) / b.nr_roots * 1e6,
		  bench_time(lib_some_types, &b, 0.3) / NR_FEW * 1e6);
	bench_row("relo-10-types", "ns", bench_time(few_types, &b, 0.3) / NR_MANY * 1e9,
		  bench_time(lib_few_types, &b, 0.3) / NR_MANY * 1e9);
	return b.nr_roots == NR_ROOTS && b.sum ? 0 : 1;
}
