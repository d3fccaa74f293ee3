// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Property: whatever maps, data, programs and kfunc calls are added in whatever order, under every layout the
 * generator stops with an error or makes a blob whose regions cover it without gap or overlap, whose
 * places for FDs are where the layout's formula puts them, and whose calls each select the place that is
 * filled for them. With the old missing check (a knob) a call goes astray exactly where its index does
 * not fit 16 signed bits. Made twice, a blob and its loader are the same bytes.
 *
 * In a hunt the loader of one layout (bits 3 and 4) is run, too, in a world that has most of the
 * functions it looks up; what is large takes long there, and needs bit 3 of its unit.
 *
 * Input: records of eight bytes: what to add, and its size. Extra knobs: bit 0, no check; bit 1, unaligned;
 * bit 2, a loader that checks its blob; in the second byte, which segment of the blob finds no memory.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hunt.h"
#include "loader.h"
#include "skel/gen.h"
#include "world.h"

enum {
	STEP_LEN = 8,
	MAX_STEPS = 32,
	MAX_VALUE = 1 << 18,
	MAX_DATA = 1 << 20,
	MAX_KFUNCS = 600, /* of a program */
	MAX_CALLS = 900, /* of all */
	FEW = 16,
	RESERVED_MAPS = 64,
	RESERVED_KFUNCS = 256,
	NAME_LEN = 8,
};

/** struct step - as it stands in the input */
struct step {
	uint8_t op, unit;
	uint16_t len;
	uint16_t nr;
	uint16_t first;
};

struct layout_input {
	const struct fuzz_input *in;
	struct step steps[MAX_STEPS];
	uint32_t nr;
	uint32_t nr_maps, nr_progs;
};

static uint8_t value[MAX_VALUE];
static char names[2 * MAX_KFUNCS][NAME_LEN];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct fuzz_input none = { 0 };
	uint32_t i;

	(void)argc;
	(void)argv;
	fuzz_warm(fuzz_env(&none));
	for (i = 0; i < 2 * MAX_KFUNCS; i++)
		(void)snprintf(names[i], NAME_LEN, "k%04u", i % 10000);
	return 0;
}

static bool is_map(const struct step *s)
{
	return s->op % 3 != 2;
}

static void read_steps(struct layout_input *li, const struct fuzz_input *in)
{
	uint32_t i, nr = (uint32_t)(in->size / STEP_LEN);

	memset(li, 0, sizeof(*li));
	li->in = in;
	for (i = 0; i < nr && i < MAX_STEPS; i++) {
		memcpy(&li->steps[i], in->data + (size_t)i * STEP_LEN, STEP_LEN);
		if (is_map(&li->steps[i]))
			li->nr_maps++;
		else
			li->nr_progs++;
	}
	li->nr = i;
}

static uint32_t add_map(const struct bemu_load_gen *rec, const struct step *s, uint32_t idx,
			uint32_t data)
{
	uint32_t len = 1 + (uint32_t)s->len * (1 + s->unit % 8);
	struct bemu_attr_map_create attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	if (fuzz_hunting() && !(s->unit & 8))
		len = 1 + len % FEW;
	if (len > MAX_VALUE || data + len > MAX_DATA)
		len = 8;
	if (s->op % 3)
		attr.value_size = len;
	rec->create_map(rec->ctx, &attr, idx);
	if (s->op % 3 == 0)
		return data;
	rec->fill_map(rec->ctx, idx, value, len);
	return data + len;
}

static const char *name_of(uint32_t i)
{
	return fuzz_hunting() && i % 8 == 0 ? "mini_sum" : names[i];
}

/* Calls @nr kfuncs from the @first on, and the first of them once more. */
static uint32_t add_prog(const struct bemu_load_gen *rec, const struct step *s, uint32_t calls)
{
	static struct bpf_insn insns[MAX_KFUNCS + 3];
	uint32_t most = fuzz_hunting() && !(s->unit & 8) ? FEW : MAX_KFUNCS, i;
	uint32_t want = s->nr % most;
	uint32_t nr = calls + want > MAX_CALLS ? 1 : want;
	struct bemu_attr_prog_load attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS,
					    .insns = (uintptr_t)insns,
					    .insn_cnt = nr + 3,
					    .license = (uintptr_t) "GPL" };
	struct bemu_load_gen_symbol sym = { .is_weak = s->unit & 1, .is_func = true };

	for (i = 0; i < nr + 1; i++) {
		insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
		if (!nr)
			break;
		insns[i].code = BPF_JMP | BPF_CALL;
		insns[i].src_reg = BPF_PSEUDO_KFUNC_CALL;
		sym.name = name_of(s->first % MAX_KFUNCS + i % nr);
		sym.insn_idx = i;
		rec->add_symbol(rec->ctx, &sym);
	}
	insns[nr + 1] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	insns[nr + 2] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	rec->load_prog(rec->ctx, &attr);
	return calls + nr;
}

static int generate(const struct layout_input *li, struct bemu_env *env, uint32_t layout,
		    struct bemu_gen **out)
{
	const struct bemu_gen_opts opts = { .size = sizeof(opts),
					    .layout = layout,
					    .libbpf = fuzz_libbpf(li->in),
					    .gen_hash = li->in->knobs.extra >> 2 & 1,
					    .no_memory_at = li->in->knobs.extra >> 8 & 63,
					    .quirks = fuzz_quirks(),
					    .any_off = li->in->knobs.extra & 1,
					    .unaligned = li->in->knobs.extra & 2 };
	struct bemu_obj obj = { .nr_maps = li->nr_maps, .nr_progs = li->nr_progs };
	const struct bemu_load_gen *rec;
	uint32_t i, map_idx = 0, data = 0, calls = 0;
	int err;

	err = bemu_gen_new(env, &opts, out);
	if (err)
		return err;
	rec = bemu_gen_recorder(*out);
	rec->begin(rec->ctx, &obj);
	for (i = 0; i < li->nr; i++) {
		if (is_map(&li->steps[i]))
			data = add_map(rec, &li->steps[i], map_idx++, data);
		else
			calls = add_prog(rec, &li->steps[i], calls);
	}
	return rec->finish(rec->ctx);
}

static void check_regions(const struct bemu_blob *blob, uint32_t data_len)
{
	uint32_t i, at = 0;

	FUZZ_CHECK(blob->data_len == data_len);
	for (i = 0; i < blob->nr_regions; i++) {
		FUZZ_CHECK_MSG(blob->regions[i].off == at, "region %u at %u in place of %u", i,
			       blob->regions[i].off, at);
		at += blob->regions[i].len;
	}
	FUZZ_CHECK_MSG(at == data_len, "regions end at %u of %u", at, data_len);
	for (i = 0; i < blob->nr_writes; i++)
		FUZZ_CHECK(blob->writes[i].off <= data_len &&
			   blob->writes[i].len <= data_len - blob->writes[i].off);
}

/* Where the layout's own formula puts a place, from what came before it. */
static void check_slots(const struct bemu_blob *blob)
{
	uint32_t end = blob->fd_map_len ? blob->fd_map_len : blob->data_len, i, nr = 0, maps = 0;
	uint32_t prog = BEMU_BLOB_NONE;

	for (i = 0; i < blob->nr_slots; i++) {
		const struct bemu_blob_slot *slot = &blob->slots[i];

		FUZZ_CHECK(slot->off < end && end - slot->off >= 4);
		FUZZ_CHECK(slot->off >= blob->base && slot->idx == (slot->off - blob->base) / 4);
		if (blob->layout != BEMU_LAYOUT_RESERVED)
			continue;
		if (slot->map != BEMU_BLOB_NONE) {
			FUZZ_CHECK(slot->idx == maps++ && maps <= RESERVED_MAPS);
			continue;
		}
		if (slot->prog != prog)
			nr = 0;
		prog = slot->prog;
		if (nr < RESERVED_KFUNCS)
			FUZZ_CHECK_MSG(slot->idx == RESERVED_MAPS + nr,
				       "kfunc %u of program %u has place %u", nr, prog, slot->idx);
		nr++;
	}
}

static void check_calls(const struct bemu_blob *blob, bool no_check)
{
	uint64_t sel = 0;
	uint32_t i, hit;

	for (i = 0; i < blob->nr_calls; i++) {
		const struct bemu_blob_call *call = &blob->calls[i];
		const struct bemu_blob_slot *slot;
		bool fits, exact;

		FUZZ_CHECK(call->slot < blob->nr_slots);
		slot = &blob->slots[call->slot];
		fits = slot->idx <= INT16_MAX;
		exact = (slot->off - blob->base) % 4 == 0;
		FUZZ_CHECK(fits || no_check);
		hit = bemu_blob_hit(blob, call, &sel);
		if (fits && exact && slot->idx)
			FUZZ_CHECK_MSG(hit == BEMU_BLOB_HIT && call->off == (int16_t)slot->idx,
				       "call %u: place %u, off %d, hit %u", i, slot->idx, call->off,
				       hit);
		else if (!fits)
			FUZZ_CHECK_MSG(hit != BEMU_BLOB_HIT, "call %u: place %u, off %d", i,
				       slot->idx, call->off);
	}
}

static bool in_module(uint32_t i)
{
	return i % 8 && i % 64 != 4;
}

/* A module with most of the functions, all of one prototype: every eighth is the kernel's, and a few are missing. */
static void *functions(const struct btf_header *vmlinux, uint32_t nr_types, size_t *len)
{
	struct btf_header hdr = { .magic = BTF_MAGIC,
				  .version = BTF_VERSION,
				  .hdr_len = sizeof(hdr) };
	struct btf_type type = { .info = BTF_KIND_FUNC_PROTO << 24 };
	uint8_t *raw = calloc(1, sizeof(hdr) + (MAX_KFUNCS + 1) * (sizeof(type) + NAME_LEN));
	uint32_t i, nr = 1;

	FUZZ_CHECK(raw);
	memcpy(raw + sizeof(hdr), &type, sizeof(type));
	type.info = BTF_KIND_FUNC << 24;
	type.type = nr_types;
	for (i = 0; i < MAX_KFUNCS; i++) {
		if (!in_module(i))
			continue;
		type.name_off = vmlinux->str_len + (uint32_t)(nr - 1) * NAME_LEN;
		memcpy(raw + sizeof(hdr) + nr++ * sizeof(type), &type, sizeof(type));
	}
	hdr.type_len = hdr.str_off = nr * (uint32_t)sizeof(type);
	for (i = 0; i < MAX_KFUNCS; i++)
		if (in_module(i)) {
			memcpy(raw + sizeof(hdr) + hdr.str_off + hdr.str_len, names[i], NAME_LEN);
			hdr.str_len += NAME_LEN;
		}
	memcpy(raw, &hdr, sizeof(hdr));
	*len = sizeof(hdr) + hdr.type_len + hdr.str_len;
	return raw;
}

static struct bemu *world(void)
{
	static struct bemu *em;
	struct bemu_opts opts = { .size = sizeof(opts), .alloc = fuzz_allocator() };
	struct bemu_btf *btf;
	const void *vmlinux;
	size_t len, mod_len;
	void *mod;

	if (em)
		return em;
	vmlinux = fuzz_world_vmlinux(&len);
	FUZZ_CHECK(!bemu_btf_parse(fuzz_steady_env(), vmlinux, len, NULL, BEMU_BTF_PARSE_BORROW,
				   &btf));
	mod = functions(vmlinux, bemu_btf_nr_types(btf), &mod_len);
	bemu_btf_put(btf);
	FUZZ_CHECK(!bemu_new(&opts, &em));
	FUZZ_CHECK(!bemu_set_vmlinux(em, vmlinux, len, BEMU_BTF_BORROW));
	FUZZ_CHECK(!bemu_add_module(em, "functions", mod, mod_len, BEMU_BTF_BORROW));
	FUZZ_CHECK(!bemu_seal(em));
	return em;
}

static void run_loader(const struct layout_input *li, struct bemu_env *env,
		       const struct bemu_gen_result *made)
{
	struct bemu_quirks quirks = fuzz_kernel_quirks();
	struct bemu_skel *skel = NULL;
	struct fuzz_running r;

	bemu_set_quirks(world(), &quirks);
	if (bemu_skel_read_raw(env, made->data, made->data_len, made->insns,
			       made->nr_insns * sizeof(*made->insns), li->nr_maps, li->nr_progs,
			       &skel))
		return;
	skel->fd_map_len = made->fd_map_len;
	fuzz_run_loader(&r, li->in, skel, world(), true);
	bemu_mem_free(env, r.res.ctx);
	bemu_skel_free(skel);
}

static void one_layout(const struct layout_input *li, uint32_t layout)
{
	struct bemu_env *env = fuzz_env(li->in);
	struct bemu_gen *gen = NULL, *again = NULL;
	struct bemu_gen_result a, b;
	struct bemu_blob blob;
	int err;

	err = generate(li, env, layout, &gen);
	if (err)
		FUZZ_CHECK(err == -E2BIG || err == -EINVAL || err == -EOPNOTSUPP ||
			   err == -ENOMEM || err == -EDQUOT || err == -ERANGE || err == -EDOM);
	if (!err) {
		fuzz_outcome = FUZZ_ACCEPT;
		bemu_gen_get(gen, &a);
		bemu_gen_blob(gen, &blob);
		if (!fuzz_hunting()) {
			check_regions(&blob, a.data_len);
			check_slots(&blob);
			check_calls(&blob, li->in->knobs.extra & 1);
		} else if (layout != BEMU_LAYOUT_AUX_MAP) {
			run_loader(li, env, &a);
		}
		if (fuzz_twice(li->in) && !generate(li, env, layout, &again)) {
			bemu_gen_get(again, &b);
			FUZZ_CHECK(a.data_len == b.data_len && a.nr_insns == b.nr_insns);
			FUZZ_CHECK(!a.data_len || !memcmp(a.data, b.data, a.data_len));
			FUZZ_CHECK(!memcmp(a.insns, b.insns, a.nr_insns * sizeof(*a.insns)));
		}
	}
	fuzz_judge_bounds(env);
	bemu_gen_free(again);
	bemu_gen_free(gen);
	fuzz_env_done(env);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layout_input li;
	struct fuzz_input in;
	uint32_t layout;

	fuzz_input_init(&in, data, size);
	fuzz_outcome = FUZZ_REJECT;
	read_steps(&li, &in);
	for (layout = 0; layout < BEMU_NR_LAYOUTS; layout++)
		if (!fuzz_hunting() || layout == (in.knobs.extra >> 3 & 3))
			one_layout(&li, layout);
	fuzz_input_fini(&in);
	return 0;
}
