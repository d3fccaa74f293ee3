/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Candidates of the kernel's own relocations, and its memory of them. Mirrors bpf_core_find_cands(),
 * kernel/bpf/btf.c, v6.18.
 *
 * Two tables, of vmlinux and of modules, have 31 slots each, chosen by a hash of the essential name. A slot
 * answers for its name whatever the kind: after a search for UNION x, which nobody has,
 * STRUCT x has no candidates either until another name takes the slot.
 *
 * A slot keeps what was looked for and not what was found, which can be found again: types do not change,
 * and the table of modules is emptied when one comes or goes.
 */
#include <string.h>

#include "relo/core.h"
#include "sys/prog.h"

enum { TABLE_VMLINUX, TABLE_MODULES };

static uint32_t rol(uint32_t v, unsigned int by)
{
	return v << by | v >> (32 - by);
}

static uint32_t word_at(const uint8_t *p, size_t len)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < len && i < 4; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

/* Bob Jenkins' lookup3 with length 0 as its start. Mirrors jhash(), include/linux/jhash.h. */
static uint32_t hash(const char *name, size_t len)
{
	const uint8_t *p = (const uint8_t *)name;
	uint32_t a, b, c;

	a = b = c = 0xdeadbeef + (uint32_t)len;
	for (; len > 12; len -= 12, p += 12) {
		a += word_at(p, 4);
		b += word_at(p + 4, 4);
		c += word_at(p + 8, 4);
		a = (a - c) ^ rol(c, 4);
		c += b;
		b = (b - a) ^ rol(a, 6);
		a += c;
		c = (c - b) ^ rol(b, 8);
		b += a;
		a = (a - c) ^ rol(c, 16);
		c += b;
		b = (b - a) ^ rol(a, 19);
		a += c;
		c = (c - b) ^ rol(b, 4);
		b += a;
	}
	if (!len)
		return c;
	a += word_at(p, len);
	b += len > 4 ? word_at(p + 4, len - 4) : 0;
	c += len > 8 ? word_at(p + 8, len - 8) : 0;
	c = (c ^ b) - rol(b, 14);
	a = (a ^ c) - rol(c, 11);
	b = (b ^ a) - rol(a, 25);
	c = (c ^ b) - rol(b, 16);
	a = (a ^ c) - rol(c, 4);
	b = (b ^ a) - rol(a, 14);
	return (c ^ b) - rol(b, 24);
}

/* A type of a name and kind, to search by. */
struct wanted {
	const char *name;
	size_t len;
	uint32_t kind;
};

static int add_own(struct bemu_verif *v, const struct wanted *w, const struct bemu_kbtf *kbtf,
		   struct bemu_core_cands *out)
{
	struct bemu_btf_essential_iter it;
	uint32_t id;

	bemu_btf_essential_begin(&it, kbtf->btf, w->name, w->len, w->kind);
	while ((id = bemu_btf_essential_next(&it))) {
		if (bemu_env_step(v->ctx->env, 1))
			return -EDQUOT;
		if (bemu_btf_kind(bemu_btf_type(kbtf->btf, id)) != w->kind)
			continue;
		if (out->nr == out->cap && bemu_grow(v->ctx->env, &out->arr, &out->cap,
						     (size_t)out->nr + 1, sizeof(*out->arr)))
			return -ENOMEM;
		out->arr[out->nr++] =
			(struct bemu_core_cand){ kbtf->btf, kbtf->name, id, kbtf->obj.id };
	}
	return 0;
}

static int find(struct bemu_verif *v, uint32_t table, const struct wanted *w,
		struct bemu_core_cands *out)
{
	const struct bemu_module *mod;
	int err = 0;

	if (table == TABLE_VMLINUX)
		return add_own(v, w, v->ctx->model->vmlinux, out);
	for (mod = v->ctx->model->modules; mod && !err; mod = mod->next)
		err = mod->btf ? add_own(v, w, mod->btf, out) : 0;
	return err;
}

/* What the table answers, from memory or after a search. @w gets the kind that is remembered. */
static int look_up(struct bemu_verif *v, uint32_t table, struct wanted *w,
		   struct bemu_core_cands *out)
{
	struct bemu_cand_table *t = &v->ctx->model->cands[table];
	uint32_t no = hash(w->name, w->len) % BEMU_K_CAND_SLOTS;
	struct bemu_cand_slot *slot = &t->slots[no];

	if (t->used >> no & 1 && slot->len == w->len && !memcmp(slot->name, w->name, w->len)) {
		w->kind = slot->kind;
	} else if (w->len <= sizeof(slot->name)) {
		t->used |= 1u << no;
		slot->kind = w->kind;
		slot->len = (uint32_t)w->len;
		memcpy(slot->name, w->name, w->len);
	}
	return find(v, table, w, out);
}

int bemu_verif_find_cands(struct bemu_verif *v, uint32_t type_id, struct bemu_core_cands *out)
{
	const struct bemu_btf *local = v->prog->btf->btf;
	struct wanted w = { .name = bemu_btf_name(local, type_id), .kind = 0 }, in_modules;
	uint32_t i;
	int err;

	if (!type_id || !w.name || !*w.name || !v->ctx->model->vmlinux) {
		bemu_klog(v->log, "target candidate search failed for %u\n", type_id);
		return -EINVAL;
	}
	w.len = bemu_btf_essential_len(w.name);
	w.kind = bemu_btf_kind(bemu_btf_type(local, type_id));
	in_modules = w;
	err = look_up(v, TABLE_VMLINUX, &w, out);
	if (!err && !out->nr) {
		w = in_modules;
		err = look_up(v, TABLE_MODULES, &w, out);
	}
	for (i = 0; i < out->nr && !err; i++)
		bemu_klog(v->log, "CO-RE relocating %s %.*s: found target candidate [%u]\n",
			  bemu_btf_kind_name(w.kind), (int)w.len, w.name, out->arr[i].type_id);
	return err;
}

static int print_table(struct bemu_verif *v, uint32_t table)
{
	const struct bemu_cand_table *t = &v->ctx->model->cands[table];
	struct bemu_core_cands cands = { 0 };
	uint32_t no, i;
	int err = 0;

	for (no = 0; no < BEMU_K_CAND_SLOTS && !err; no++) {
		const struct bemu_cand_slot *slot = &t->slots[no];
		struct wanted w = { slot->name, slot->len, slot->kind };

		if (!(t->used >> no & 1))
			continue;
		bemu_klog(v->log, "[%u]%.*s(", no, (int)slot->len, slot->name);
		cands.nr = 0;
		err = find(v, table, &w, &cands);
		for (i = 0; i < cands.nr; i++)
			bemu_klog(v->log, i + 1 < cands.nr ? "%u " : "%u", cands.arr[i].type_id);
		bemu_klog(v->log, "), ");
	}
	bemu_core_cands_fini(v->ctx->env, &cands);
	return err;
}

/* Mirrors print_cand_cache(). */
int bemu_verif_print_cands(struct bemu_verif *v)
{
	int err;

	bemu_klog(v->log, "vmlinux_cand_cache:");
	err = print_table(v, TABLE_VMLINUX);
	bemu_klog(v->log, "\nmodule_cand_cache:");
	if (!err)
		err = print_table(v, TABLE_MODULES);
	bemu_klog(v->log, "\n");
	return err;
}
