// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * diff_relo FIRST LAST: for each seed a random object and kernel, and random relocations of all kinds,
 * by emu/relo and by the functions inside a static libbpf. Candidates, specs, results, errors,
 * patched words and messages must be the same. What libbpf does not survive (see bemu_core_calc()) is not generated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf/encode.h"
#include "libbpf_relo.h"
#include "relo/core.h"

enum { NR_TYPES = 28, NR_PARTS = 5, NR_ACCESS = 40, NR_RELOS = 100 };

static uint64_t rng;

static uint32_t pick(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)((rng >> 16) % n);
}

/* A random type, as plain data: the kernel is a copy of the object with some of it rolled again. */
struct part {
	uint32_t name, type, bits, off;
	int64_t val;
};

struct type {
	uint32_t kind, name, size, ref, nr, encoding, elems;
	bool flag;
	struct part parts[NR_PARTS];
};

static const char *const names[] = { "a",	  "b",	    "a___x", "a___y", "b___x",
				     "a___b___c", "a____b", "a___b", "c",     "" };
static const char *const members[] = { "m", "n", "o", "p", "m___x", "", "" };
static const char *const enumerators[] = { "A", "B", "A___x", "B___y", "C", "A___B___C" };
static const uint32_t sizes[] = { 1, 2, 4, 4, 4, 8, 8, 16 };

static const uint32_t kinds[] = {
	BTF_KIND_INT,	 BTF_KIND_INT,	  BTF_KIND_INT,	       BTF_KIND_PTR,	 BTF_KIND_PTR,
	BTF_KIND_ARRAY,	 BTF_KIND_ARRAY,  BTF_KIND_STRUCT,     BTF_KIND_STRUCT,	 BTF_KIND_STRUCT,
	BTF_KIND_STRUCT, BTF_KIND_STRUCT, BTF_KIND_STRUCT,     BTF_KIND_UNION,	 BTF_KIND_UNION,
	BTF_KIND_ENUM,	 BTF_KIND_ENUM,	  BTF_KIND_FWD,	       BTF_KIND_TYPEDEF, BTF_KIND_CONST,
	BTF_KIND_ENUM64, BTF_KIND_FLOAT,  BTF_KIND_FUNC_PROTO,
};

static void roll_part(struct part *p, uint32_t kind, uint32_t id)
{
	p->name = pick(64);
	p->val = (int64_t)pick(12) - 4 + (pick(6) ? 0 : (int64_t)pick(1u << 31) * 3);
	p->off = pick(4) ? pick(12) * 32 : pick(400);
	p->bits = pick(3) ? 0 : 1 + pick(40);
	/* anonymous members only of earlier types, so that nothing contains itself */
	p->type = 1 + pick(kind == BTF_KIND_FUNC_PROTO || pick(4) ? id : NR_TYPES);
	if (p->type >= id && kind != BTF_KIND_FUNC_PROTO)
		p->name = pick(4); /* "m" to "p" */
}

static void roll_type(struct type *t, uint32_t id)
{
	uint32_t i;

	t->kind = id <= 2 ? (uint32_t)BTF_KIND_INT : kinds[pick(BEMU_ARRAY_SIZE(kinds))];
	t->name = pick(BEMU_ARRAY_SIZE(names));
	t->size = sizes[pick(BEMU_ARRAY_SIZE(sizes))];
	t->encoding = pick(2) ? 0 : 1u << pick(3);
	t->elems = pick(5);
	t->flag = pick(2);
	t->nr = pick(NR_PARTS + 1);
	/* chains of typedefs and arrays end; pointers may run in circles */
	t->ref = t->kind == BTF_KIND_PTR ? pick(NR_TYPES + 1) : pick(id);
	if (t->kind == BTF_KIND_ARRAY && !t->ref)
		t->ref = 1;
	for (i = 0; i < NR_PARTS; i++)
		roll_part(&t->parts[i], t->kind, id);
}

static void mutate(struct type *types)
{
	uint32_t id;

	for (id = 1; id <= NR_TYPES; id++) {
		struct type *t = &types[id];

		if (!pick(12)) {
			roll_type(t, id);
		} else if (!pick(3)) {
			t->size = sizes[pick(BEMU_ARRAY_SIZE(sizes))];
			t->parts[0].off = pick(400);
			t->parts[1].bits = pick(2) ? 0 : 1 + pick(40);
			t->elems = pick(2) ? t->elems : pick(5);
			t->parts[pick(NR_PARTS)].name = pick(4);
			t->nr = pick(2) ? t->nr : pick(NR_PARTS + 1);
		} else if (!pick(3)) {
			uint32_t i = pick(NR_PARTS), j = pick(NR_PARTS);
			struct part tmp = t->parts[i];

			t->parts[i] = t->parts[j];
			t->parts[j] = tmp;
		}
	}
}

static bool sized(const struct type *types, uint32_t id)
{
	uint32_t kind;

	while (id && types[id].kind == BTF_KIND_TYPEDEF)
		id = types[id].ref;
	while (id && types[id].kind == BTF_KIND_CONST)
		id = types[id].ref;
	kind = types[id].kind;
	return id && (kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64 ||
		      kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION);
}

static void encode(struct bemu_btf_enc *enc, const struct type *types, uint32_t id)
{
	const struct type *t = &types[id];
	const char *name = *names[t->name] ? names[t->name] : NULL;
	uint32_t i;

	switch (t->kind) {
	case BTF_KIND_INT:
		bemu_btf_enc_int(enc, name ? name : "i", t->size, t->encoding);
		return;
	case BTF_KIND_FLOAT:
		bemu_btf_enc_float(enc, name ? name : "f", t->size);
		return;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
		bemu_btf_enc_ref(enc, t->kind, NULL, t->ref);
		return;
	case BTF_KIND_TYPEDEF:
		bemu_btf_enc_ref(enc, t->kind, name ? name : "t", t->ref);
		return;
	case BTF_KIND_ARRAY:
		bemu_btf_enc_array(enc, t->ref, 1, t->elems);
		return;
	case BTF_KIND_FWD:
		bemu_btf_enc_fwd(enc, name ? name : "w", t->flag);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		bemu_btf_enc_enum(enc, t->kind, name, t->size > 8 ? 8 : t->size, t->flag);
		/* libbpf prints the first enumerator of an enum that has none */
		for (i = 0; i < (t->nr ? t->nr : 1); i++)
			bemu_btf_enc_enumerator(
				enc, enumerators[t->parts[i].name % BEMU_ARRAY_SIZE(enumerators)],
				t->kind == BTF_KIND_ENUM64 ? t->parts[i].val
				: t->flag		   ? (int32_t)t->parts[i].val
							   : (int64_t)(uint32_t)t->parts[i].val);
		return;
	case BTF_KIND_FUNC_PROTO:
		bemu_btf_enc_func_proto(enc, t->ref);
		for (i = 0; i < t->nr; i++)
			bemu_btf_enc_param(enc, "x", t->parts[i].type);
		return;
	default:
		bemu_btf_enc_composite(enc, t->kind, name, t->size * 4);
		for (i = 0; i < t->nr; i++) {
			const struct part *p = &t->parts[i];

			bemu_btf_enc_member(enc, members[p->name % BEMU_ARRAY_SIZE(members)],
					    p->type, p->off,
					    t->flag && sized(types, p->type) ? p->bits : 0);
		}
	}
}

struct side {
	struct bemu_btf *ours;
	struct btf *theirs;
};

static char accesses[NR_ACCESS][64];
static uint32_t access_offs[NR_ACCESS], access_roots[NR_ACCESS];

/* A path through the object's types, most of the time one that is there. */
static void roll_access(const struct type *types, uint32_t i)
{
	uint32_t id = 1 + pick(NR_TYPES), steps = pick(6), idx;
	char *s = accesses[i];
	size_t len = (size_t)snprintf(s, sizeof(accesses[i]), "%u", pick(8) ? 0 : pick(3));

	access_roots[i] = id;
	while (steps--) {
		const struct type *t = &types[id];

		while (t->kind == BTF_KIND_TYPEDEF || t->kind == BTF_KIND_CONST)
			t = &types[t->ref];
		idx = pick(5);
		if ((t->kind == BTF_KIND_STRUCT || t->kind == BTF_KIND_UNION) && t->nr) {
			idx = pick(12) ? idx % t->nr : idx;
			id = t->parts[idx % NR_PARTS].type;
		} else if (t->kind == BTF_KIND_ARRAY) {
			idx = t->elems && pick(12) ? idx % t->elems : idx;
			id = t->ref;
		} else if (pick(20)) {
			return;
		}
		len += (size_t)snprintf(s + len, sizeof(accesses[i]) - len, ":%u", idx);
	}
}

static void roll_accesses(const struct type *types)
{
	uint32_t i;

	for (i = 0; i < NR_ACCESS; i++)
		roll_access(types, i);
	snprintf(accesses[0], sizeof(accesses[0]), "0");
	snprintf(accesses[1], sizeof(accesses[1]), "1");
	snprintf(accesses[2], sizeof(accesses[2]), " 0:+%u x", pick(3));
}

static int make(struct bemu_env *env, const struct type *types, struct side *out)
{
	struct bemu_btf_enc *enc;
	void *raw = NULL;
	size_t len;
	uint32_t i;
	int err;

	err = bemu_btf_enc_new(env, NULL, &enc);
	if (err)
		return err;
	for (i = 1; i <= NR_TYPES; i++)
		encode(enc, types, i);
	for (i = 0; i < NR_ACCESS; i++)
		access_offs[i] = bemu_btf_enc_str(enc, accesses[i]);
	err = bemu_btf_enc_finish(enc, false, &raw, &len);
	bemu_btf_enc_free(enc);
	if (!err)
		err = bemu_btf_parse(env, raw, len, NULL, 0, &out->ours);
	if (!err) {
		out->theirs = btf__new(raw, (__u32)len);
		err = libbpf_get_error(out->theirs) ? -1 : 0;
	}
	bemu_mem_free(env, raw);
	return err;
}

static void roll_insn(struct bpf_insn *insns, uint64_t val, uint32_t size)
{
	static const uint8_t codes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	memset(insns, 0, 2 * sizeof(*insns));
	switch (pick(8)) {
	case 0:
		insns[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
		insns[0].imm = (int32_t)val;
		break;
	case 1:
		insns[0].code = BPF_ALU | BPF_ADD | BPF_K;
		insns[0].imm = (int32_t)val + (pick(8) ? 0 : 1);
		break;
	case 2:
		insns[0].code = BPF_LD | BPF_IMM | BPF_DW;
		insns[0].imm = (int32_t)val;
		insns[1].imm = (int32_t)(val >> 32);
		insns[1].off = (int16_t)(pick(20) == 0);
		break;
	case 3:
		insns[0].code = (uint8_t)pick(256);
		break;
	default:
		insns[0].code = (uint8_t)((pick(2)   ? BPF_LDX
					   : pick(2) ? BPF_STX
						     : BPF_ST) |
					  (pick(6) ? BPF_MEM : 0x80) |
					  (size == 1   ? BPF_B
					   : size == 2 ? BPF_H
					   : size == 4 ? BPF_W
					   : size == 8 ? BPF_DW
						       : codes[pick(4)]));
		insns[0].off = (int16_t)val;
	}
	if (!pick(16))
		insns[0].src_reg = 1;
}

static unsigned long nr_relos, nr_ok, nr_matched, nr_err, nr_poison, nr_patched;

#define SAME(what, ours, theirs)                                                          \
	do {                                                                              \
		if ((long long)(ours) != (long long)(theirs)) {                           \
			printf("%s: ours %lld, libbpf's %lld\n", what, (long long)(ours), \
			       (long long)(theirs));                                      \
			return false;                                                     \
		}                                                                         \
	} while (0)

static char said[1 << 16];
static size_t said_len;

/* What libbpf prints, without its prefix, one message a line. */
static int listen(enum libbpf_print_level level BEMU_UNUSED, const char *fmt, va_list args)
{
	static const char prefix[] = "libbpf: ";
	size_t skip = strncmp(fmt, prefix, sizeof(prefix) - 1) ? 0 : sizeof(prefix) - 1;
	int n = vsnprintf(said + said_len, sizeof(said) - said_len, fmt + skip, args);

	if (n < 0 || (size_t)n >= sizeof(said) - said_len - 2)
		return 0;
	said_len += (size_t)n;
	while (said_len && (said[said_len - 1] == ' ' || said[said_len - 1] == '\n'))
		said_len--;
	said[said_len++] = '\n';
	said[said_len] = '\0';
	return 0;
}

static bool same_lines(struct bemu_buf *lines)
{
	bool same = !strcmp(bemu_buf_str(lines), said);

	if (!same)
		printf("messages: ours\n%s libbpf's\n%s", bemu_buf_str(lines), said);
	bemu_buf_clear(lines);
	said_len = 0;
	said[0] = '\0';
	return same;
}

static bool same_cands(const struct bemu_core_cands *ours, const struct bpf_core_cand_list *theirs)
{
	uint32_t i;

	SAME("candidates", ours->nr, theirs->len);
	for (i = 0; i < ours->nr; i++)
		SAME("candidate", ours->arr[i].type_id, theirs->cands[i].id);
	return true;
}

static bool same_spec(struct bemu_env *env, const struct side *obj, const struct bemu_core_relo *r)
{
	struct bpf_core_relo relo;
	static struct bpf_core_spec theirs;
	static struct bemu_core_spec ours;
	char text[256], their_text[256];
	int err, their_err;

	memcpy(&relo, r, sizeof(relo));
	err = bemu_core_spec_parse(env, BEMU_LIBBPF_RULES, obj->ours, r, &ours);
	their_err = bpf_core_parse_spec("p", obj->theirs, &relo, &theirs);
	SAME("error of the parser", err, their_err);
	if (err)
		return true;
	bemu_core_spec_format(BEMU_LIBBPF_RULES, &ours, text, sizeof(text));
	bpf_core_format_spec(their_text, sizeof(their_text), &theirs);
	if (strcmp(text, their_text)) {
		printf("spec: ours %s, libbpf's %s\n", text, their_text);
		return false;
	}
	return true;
}

static bool same_patch(struct bemu_env *env, const struct bemu_core_relo *r,
		       const struct bemu_core_res *res, const struct bpf_core_relo_res *their_res,
		       struct bemu_buf *lines)
{
	struct bpf_insn insns[2], their_insns[2];
	struct bpf_core_relo relo;
	int err, their_err;

	memcpy(&relo, r, sizeof(relo));
	roll_insn(insns, res->orig_val, res->orig_sz);
	memcpy(their_insns, insns, sizeof(insns));
	err = bemu_core_patch_lines(env, "p", insns, 2, 0, 0, res, lines);
	their_err = bpf_core_patch_insn("p", their_insns, 0, &relo, 0, their_res);
	SAME("error of the patch", err, their_err);
	if (!same_lines(lines))
		return false;
	if (err)
		return true;
	nr_patched++;
	if (memcmp(insns, their_insns, sizeof(insns))) {
		printf("patched words differ: code %02x %02x, off %d %d, imm %d %d\n",
		       insns[0].code, their_insns[0].code, insns[0].off, their_insns[0].off,
		       insns[0].imm, their_insns[0].imm);
		return false;
	}
	return true;
}

static bool same_relo(struct bemu_env *env, const struct side *obj, const struct side *kernel,
		      const struct bemu_core_relo *r)
{
	static struct bpf_core_spec scratch[3];
	struct bpf_core_cand_list their_cands = { 0 };
	struct bemu_core_cands cands = { 0 };
	struct bpf_core_relo_res their_res = { 0 };
	struct bemu_core_record rec = { 0 };
	struct bpf_core_cand local = { obj->theirs, r->type_id };
	struct bpf_core_relo relo;
	struct bemu_core_res res;
	const char *name = bemu_btf_name(obj->ours, r->type_id);
	struct bemu_buf lines;
	int err, their_err;
	/* libbpf prints an enumerator of a candidate that is a typedef of something else */
	bool same, heard = pick(2) && !(r->kind >= BEMU_CORE_ENUMVAL_EXISTS &&
					bemu_btf_kind(bemu_btf_type(obj->ours, r->type_id)) ==
						BTF_KIND_TYPEDEF);

	memcpy(&relo, r, sizeof(relo));
	if (!same_spec(env, obj, r))
		return false;
	if (*name) {
		err = bemu_core_add_cands(env, obj->ours, r->type_id, kernel->ours, "vmlinux", 1,
					  &cands);
		SAME("error of candidates", err, 0);
		bpf_core_add_cands(&local, bpf_core_essential_name_len(name), kernel->theirs,
				   "vmlinux", 1, &their_cands);
		if (!same_cands(&cands, &their_cands))
			return false;
	}
	bemu_buf_init(&lines, env);
	rec.lines = &lines;
	said_len = 0;
	said[0] = '\0';
	err = bemu_core_calc(env, BEMU_LIBBPF_RULES, obj->ours, r, &cands, "p", &res,
			     heard ? &rec : NULL);
	their_err = bpf_core_calc_relo_insn("p", &relo, 0, obj->theirs, &their_cands, scratch,
					    &their_res);
	SAME("error", err, their_err);
	if (!heard)
		said[said_len = 0] = '\0';
	if (!same_lines(&lines))
		return false;
	nr_relos++;
	nr_err += err != 0;
	same = true;
	if (!err) {
		nr_ok++;
		nr_matched += rec.nr_matched != 0;
		nr_poison += res.poison;
		same = same_cands(&cands, &their_cands);
		SAME("poison", res.poison, their_res.poison);
		SAME("old value", res.orig_val, their_res.orig_val);
		SAME("new value", res.new_val, their_res.new_val);
		SAME("validate", res.validate, their_res.validate);
		SAME("width", res.fail_memsz_adjust, their_res.fail_memsz_adjust);
		SAME("old size", res.orig_sz, their_res.orig_sz);
		SAME("new size", res.new_sz, their_res.new_sz);
		SAME("old type", res.orig_type_id, their_res.orig_type_id);
		SAME("new type", res.new_type_id, their_res.new_type_id);
		same = same && same_patch(env, r, &res, &their_res, &lines);
	}
	bemu_buf_fini(&lines);
	bemu_core_record_fini(env, &rec);
	bemu_core_cands_fini(env, &cands);
	free(their_cands.cands);
	return same;
}

static bool one_seed(uint64_t seed)
{
	static struct type types[NR_TYPES + 1], kernel_types[NR_TYPES + 1];
	struct side obj = { 0 }, kernel = { 0 };
	struct bemu_core_relo relo;
	struct bemu_env *env;
	bool same = true;
	uint32_t i;

	rng = seed * 0x9e3779b97f4a7c15ull + 1;
	for (i = 0; i < 8; i++)
		pick(2);
	for (i = 1; i <= NR_TYPES; i++)
		roll_type(&types[i], i);
	if (bemu_env_new(NULL, NULL, &env))
		return false;
	memcpy(kernel_types, types, sizeof(types));
	mutate(types);
	roll_accesses(types);
	if (make(env, kernel_types, &kernel)) {
		printf("seed %llu: no kernel: %s\n", (unsigned long long)seed,
		       bemu_log_last(&env->log) ? bemu_log_last(&env->log)->text : "libbpf");
		return false;
	}
	if (make(env, types, &obj)) {
		printf("seed %llu: no object\n", (unsigned long long)seed);
		return false;
	}
	for (i = 0; same && i < NR_RELOS; i++) {
		uint32_t a;

		a = pick(NR_ACCESS);
		relo.insn_off = 0;
		relo.type_id = pick(6) ? access_roots[a] : 1 + pick(NR_TYPES);
		relo.kind = pick(3) ? pick(6) : pick(14);
		if (types[relo.type_id].kind == BTF_KIND_ENUM ||
		    types[relo.type_id].kind == BTF_KIND_ENUM64)
			relo.kind = 6 + pick(7);
		if (relo.kind >= 6 && pick(8))
			a = pick(4) ? 0 : 1;
		relo.access_str_off = access_offs[a];
		same = same_relo(env, &obj, &kernel, &relo);
		if (!same)
			printf("seed %llu: relocation %u: %s of type %u, \"%s\"\n",
			       (unsigned long long)seed, i, bemu_core_kind_name(relo.kind),
			       relo.type_id, accesses[a]);
	}
	btf__free(obj.theirs);
	btf__free(kernel.theirs);
	bemu_env_free(env);
	return same;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 0) : seed;
	int bad = 0;

	libbpf_set_print(listen);
	for (; seed <= last; seed++)
		if (!one_seed(seed) && ++bad == 10)
			break;
	printf("%lu relocations: %lu computed, of these %lu poisoned, at least %lu by a match, %lu "
	       "patched; %lu refused\n",
	       nr_relos, nr_ok, nr_poison, nr_matched, nr_patched, nr_err);
	/* a comparison that compares nothing is a failure, too */
	return bad || nr_matched < nr_relos / 50 || nr_patched < nr_relos / 50;
}
