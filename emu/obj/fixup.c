// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * What a compiler could not know when it wrote BTF: sizes of sections, offsets of variables, and which
 * of them are hidden. Taken from the ELF symbols, written into the object's BTF.
 */
#include "obj/private.h"

static uint32_t hash_name(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ (h >> 15);
}

static bool is_var_sym(const Elf64_Sym *sym)
{
	unsigned int bind = ELF64_ST_BIND(sym->st_info);

	return ELF64_ST_TYPE(sym->st_info) == STT_OBJECT &&
	       (bind == STB_GLOBAL || bind == STB_WEAK);
}

/* The slot of the symbol of that name, or the free one where it belongs; NULL: over the budget. */
static uint32_t *var_slot(struct bemu_obj_open *o, const char *name)
{
	uint32_t mask = o->nr_var_slots - 1, i;
	Elf64_Sym sym;

	if (bemu_obj_pay(o, name, 1))
		return NULL;
	for (i = hash_name(name) & mask; o->var_slot[i]; i = (i + 1) & mask) {
		sym = bemu_obj_sym(o, o->var_slot[i] - 1);
		if (!strcmp(bemu_obj_sym_name(o, &sym), name))
			break;
		if (bemu_obj_pay(o, name, 1))
			return NULL;
	}
	return &o->var_slot[i];
}

static int index_vars(struct bemu_obj_open *o)
{
	uint32_t nr = 0, i, *slot;
	const char *name;
	Elf64_Sym sym;

	for (i = 0; i < o->nr_syms; i++) {
		sym = bemu_obj_sym(o, i);
		nr += is_var_sym(&sym);
	}
	for (o->nr_var_slots = 8; o->nr_var_slots / 2 < nr;)
		o->nr_var_slots *= 2;
	o->var_slot = bemu_zalloc_array(o->env, o->nr_var_slots, sizeof(*o->var_slot));
	if (!o->var_slot)
		return -ENOMEM;
	for (i = 0; i < o->nr_syms; i++) {
		sym = bemu_obj_sym(o, i);
		if (!is_var_sym(&sym))
			continue;
		name = bemu_obj_sym_name(o, &sym);
		if (!name) {
			/* the search ends here, also for names that come later */
			o->bad_name_sym = i;
			return 0;
		}
		slot = var_slot(o, name);
		if (!slot)
			return -EDQUOT;
		if (!*slot)
			*slot = i + 1;
	}
	return 0;
}

/* Mirrors find_elf_var_sym(); symbol index + 1, 0 when there is none. */
static int find_var(struct bemu_obj_open *o, const char *name, uint32_t *out)
{
	const uint32_t *slot;
	int err = 0;

	if (!o->var_slot)
		err = index_vars(o);
	if (err)
		return err;
	slot = var_slot(o, name);
	if (!slot)
		return -EDQUOT;
	*out = *slot;
	return 0;
}

/* Mirrors find_elf_sec_sz(): d_size of the first section of that name, cut to 32 bits; 0 when none. */
static int find_size(struct bemu_obj_open *o, const char *name, uint32_t *out)
{
	Elf_Data *data;
	uint32_t i;
	int err = bemu_env_step(o->env, o->nr_secs);

	*out = 0;
	for (i = 1; !err && i < o->nr_secs; i++) {
		if (o->obj->sec_names[i][0] != name[0] || strcmp(o->obj->sec_names[i], name))
			continue;
		data = o->secs[i].scn ? elf_getdata(o->secs[i].scn, NULL) : NULL;
		*out = data ? bemu_wrap_u32(data->d_size) : 0;
		break;
	}
	return err;
}

/* Mirrors compare_vsi_off(): the difference is taken without sign and read with one. */
static int cmp_entries(const void *a_, const void *b_)
{
	const struct btf_var_secinfo *a = a_, *b = b_;

	return bemu_wrap_s32(a->offset - b->offset);
}

static int sort_entries(struct bemu_obj_open *o, struct btf_type *sec)
{
	struct btf_var_secinfo *e = (struct btf_var_secinfo *)(sec + 1);
	uint32_t nr = bemu_btf_vlen(sec), i;

	/* most are in order; where no offset is over 31 bits the comparison is an order */
	for (i = 0; i < nr && e[i].offset <= INT32_MAX; i++)
		if (i && e[i].offset < e[i - 1].offset)
			break;
	return i == nr ? 0 : bemu_obj_sort(o->env, e, nr, sizeof(*e), cmp_entries);
}

static int fixup_entry(struct bemu_obj_open *o, uint32_t sec_id, struct btf_var_secinfo *entry,
		       bool fixup_offsets)
{
	const struct btf_type *t = bemu_obj_type(o, entry->type);
	struct btf_var *var;
	const char *name;
	uint32_t sym_num;
	Elf64_Sym sym;
	int err;

	if (!t)
		return -EINVAL;
	if (bemu_btf_kind(t) != BTF_KIND_VAR)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_DATASEC_ENTRY, sec_id,
				 "DATASEC %u lists type %u of kind %u, not VAR (%u)", sec_id,
				 entry->type, bemu_btf_kind(t), BTF_KIND_VAR);
	var = (struct btf_var *)(bemu_obj_btf_edit(t) + 1);
	if (var->linkage == BTF_VAR_STATIC || var->linkage == BTF_VAR_GLOBAL_EXTERN)
		return 0;
	name = bemu_btf_str(o->obj->btf, t->name_off);
	if (!name)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_DATASEC_SYMBOL, entry->type,
				 "type %u: name offset %u is past the %u bytes of strings",
				 entry->type, t->name_off, bemu_btf_end_str_off(o->obj->btf));
	err = find_var(o, name, &sym_num);
	if (err)
		return err;
	if (!sym_num && o->bad_name_sym != UINT32_MAX)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_DATASEC_SYMBOL, entry->type,
				 "variable %s, type %u of DATASEC %u, has no symbol before %u, "
				 "whose st_name %u is not in the %zu bytes of names",
				 name, entry->type, sec_id, o->bad_name_sym,
				 bemu_obj_sym(o, o->bad_name_sym).st_name, o->sym_strs.len);
	if (!sym_num)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_DATASEC_SYMBOL, entry->type,
				 "variable %s, type %u of DATASEC %u, has no symbol among %zu",
				 name, entry->type, sec_id, o->nr_syms);
	sym = bemu_obj_sym(o, sym_num - 1);
	if (fixup_offsets)
		entry->offset = bemu_wrap_u32(sym.st_value);
	if (bemu_obj_sym_is_hidden(&sym))
		var->linkage = BTF_VAR_STATIC;
	return 0;
}

/* Mirrors btf_fixup_datasec(), tools/lib/bpf/libbpf.c, 1.7. */
static int fixup_datasec(struct bemu_obj_open *o, uint32_t sec_id, struct btf_type *sec)
{
	struct btf_var_secinfo *entry = (struct btf_var_secinfo *)(sec + 1);
	const char *name = bemu_btf_str(o->obj->btf, sec->name_off);
	bool fixup_offsets = false;
	uint32_t size, i;
	int err;

	if (!name)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_DATASEC_SIZE, sec_id,
				 "DATASEC %u: name offset %u is past the %u bytes of strings",
				 sec_id, sec->name_off, bemu_btf_end_str_off(o->obj->btf));
	if (!strcmp(name, ".kconfig") || !strcmp(name, ".ksyms"))
		return sort_entries(o, sec);
	if (!sec->size) {
		err = find_size(o, name, &size);
		if (err)
			return err;
		if (!size)
			return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_DATASEC_SIZE, sec_id,
					 "DATASEC %u, %s, has size %u, and so has its section",
					 sec_id, name, size);
		sec->size = size;
		fixup_offsets = true;
	}
	for (i = 0; i < bemu_btf_vlen(sec); i++) {
		err = fixup_entry(o, sec_id, &entry[i], fixup_offsets);
		if (err)
			return err;
	}
	return sort_entries(o, sec);
}

/* Mirrors bpf_object_fixup_btf(). */
int bemu_obj_fixup_btf(struct bemu_obj_open *o)
{
	const struct bemu_btf *btf = o->obj->btf;
	uint32_t nr = btf ? bemu_btf_nr_types(btf) : 0, id;
	const struct btf_type *t;
	int err;

	for (id = 1; id < nr; id++) {
		t = bemu_btf_type(btf, id);
		if (bemu_btf_kind(t) != BTF_KIND_DATASEC)
			continue;
		err = fixup_datasec(o, id, bemu_obj_btf_edit(t));
		if (err)
			return err;
	}
	return 0;
}

/*
 * Hidden subprograms are verified as static ones: the first global FUNC of that name becomes static.
 * Mirrors what bpf_object__sanitize_and_load_btf() does to obj->btf before it makes a copy of it;
 * nothing looks at it in between.
 */
int bemu_obj_hide_funcs(struct bemu_obj_open *o)
{
	const struct bemu_btf *btf = o->obj->btf;
	struct bemu_btf_essential_iter it;
	const struct bemu_obj_prog *prog;
	const struct btf_type *t;
	uint32_t i, id;
	int err = 0;

	for (i = 0; btf && !err && i < o->obj->nr_progs; i++) {
		prog = &o->obj->progs[i];
		if (!prog->hidden || !prog->is_subprog)
			continue;
		err = bemu_obj_pay(o, prog->name, 1);
		bemu_btf_essential_begin(&it, btf, prog->name, bemu_btf_essential_len(prog->name),
					 BTF_KIND_FUNC);
		while (!err && (id = bemu_btf_essential_next(&it))) {
			err = bemu_obj_pay(o, prog->name, 1);
			t = bemu_btf_type(btf, id);
			if (bemu_btf_vlen(t) != BTF_FUNC_GLOBAL ||
			    strcmp(bemu_btf_name(btf, id), prog->name))
				continue;
			bemu_obj_btf_edit(t)->info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC;
			break;
		}
	}
	return err;
}
