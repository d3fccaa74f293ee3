// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Externs: undefined symbols, what BTF says of them, and how .ksyms and .kconfig are rewritten. */
#include "obj/private.h"

/*
 * What a look at the externs leaves for later:
 * @datasec:  by type id: the first DATASEC that lists it
 * @of_type:  by type id: the first extern in sorted order that is this VAR or FUNC, index + 1
 */
struct externs {
	uint32_t *datasec;
	uint32_t *of_type;
	uint32_t dummy_id;
	uint32_t kconfig_sec_id, ksyms_sec_id;
};

static bool is_kind(const struct btf_type *t, uint32_t kind)
{
	return t && bemu_btf_kind(t) == kind;
}

/* Mirrors find_int_btf_id(): the first INT of 32 bits; 0 when there is none. */
static uint32_t find_int(const struct bemu_btf *btf)
{
	const struct btf_type *t;
	uint32_t id;

	for (id = 1; id < bemu_btf_nr_types(btf); id++) {
		t = bemu_btf_type(btf, id);
		if (is_kind(t, BTF_KIND_INT) && BTF_INT_BITS(bemu_btf_int_data(t)) == 32)
			return id;
	}
	return 0;
}

/* Mirrors add_dummy_ksym_var(): only where .ksyms lists a function. */
static int add_dummy(struct bemu_obj_open *o, struct externs *x)
{
	const struct bemu_btf *btf = o->obj->btf;
	const struct btf_type *sec;
	uint32_t sec_id, i;

	sec_id = btf ? bemu_btf_find(btf, ".ksyms", BTF_KIND_DATASEC, false) : 0;
	if (!sec_id)
		return 0;
	sec = bemu_btf_type(btf, sec_id);
	for (i = 0; i < bemu_btf_vlen(sec); i++)
		if (is_kind(bemu_btf_type(btf, bemu_btf_secinfos(sec)[i].type), BTF_KIND_FUNC))
			return bemu_obj_btf_add_dummy(o, find_int(btf), &x->dummy_id);
	return 0;
}

static int note_datasecs(struct bemu_obj_open *o, struct externs *x)
{
	const struct bemu_btf *btf = o->obj->btf;
	uint32_t nr = bemu_btf_nr_types(btf), id, i, var_id;
	const struct btf_type *t;

	x->datasec = bemu_zalloc_array(o->env, nr, sizeof(*x->datasec));
	x->of_type = bemu_zalloc_array(o->env, nr, sizeof(*x->of_type));
	if (!x->datasec || !x->of_type)
		return -ENOMEM;
	for (id = 1; id < nr; id++) {
		t = bemu_btf_type(btf, id);
		if (bemu_btf_kind(t) != BTF_KIND_DATASEC)
			continue;
		for (i = 0; i < bemu_btf_vlen(t); i++) {
			var_id = bemu_btf_secinfos(t)[i].type;
			if (var_id < nr && !x->datasec[var_id])
				x->datasec[var_id] = id;
		}
	}
	return 0;
}

/* The first VAR or FUNC of that name, 0 when there is none. */
static uint32_t find_var_or_func(const struct bemu_btf *btf, const char *name)
{
	uint32_t var = bemu_btf_find(btf, name, BTF_KIND_VAR, false);
	uint32_t func = bemu_btf_find(btf, name, BTF_KIND_FUNC, false);

	return !var || (func && func < var) ? func : var;
}

/* Mirrors find_extern_btf_id() and find_extern_sec_btf_id(). */
static int find_btf(struct bemu_obj_open *o, struct externs *x, const char *name,
		    struct bemu_obj_extern *ext)
{
	const struct bemu_btf *btf = o->obj->btf;
	const struct btf_type *t;
	uint32_t linkage, want;
	int err;

	if (!btf)
		return bemu_fail(o->env, -ESRCH, BEMU_R_OBJ_EXT_BTF, ext->sym_idx,
				 "extern %s, symbol %u: the object has no BTF", name, ext->sym_idx);
	/* found here, sorted later by less than 2^20 of them, found again from the DATASEC */
	err = bemu_obj_pay(o, name, 24);
	if (!err && !x->datasec)
		err = note_datasecs(o, x);
	if (err)
		return err;
	ext->btf_id = find_var_or_func(btf, name);
	if (!ext->btf_id)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_EXT_BTF, ext->sym_idx,
				 "extern %s, symbol %u: none of %u types is a VAR or FUNC of that "
				 "name",
				 name, ext->sym_idx, bemu_btf_nr_types(btf));
	t = bemu_btf_type(btf, ext->btf_id);
	ext->is_func = bemu_btf_kind(t) == BTF_KIND_FUNC;
	linkage = ext->is_func ? bemu_btf_vlen(t) : bemu_btf_var(t)->linkage;
	want = ext->is_func ? (uint32_t)BTF_FUNC_EXTERN : (uint32_t)BTF_VAR_GLOBAL_EXTERN;
	if (linkage != want)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_EXT_LINKAGE, ext->btf_id,
				 "extern %s: type %u has linkage %u and not %u", name, ext->btf_id,
				 linkage, want);
	ext->name = bemu_btf_name(btf, ext->btf_id);
	/* flavours of externs are understood since 1.3 */
	ext->essential_len = bemu_obj_since(o, BEMU_LIBBPF_1_5) ? bemu_btf_essential_len(ext->name)
								: strlen(ext->name);
	ext->sec_btf_id = x->datasec[ext->btf_id];
	if (!ext->sec_btf_id)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_EXT_SECTION, ext->btf_id,
				 "extern %s: no DATASEC of %u types lists type %u", name,
				 bemu_btf_nr_types(btf), ext->btf_id);
	return 0;
}

/* Mirrors find_kcfg_type() for what is no array. */
static uint32_t scalar_kcfg_type(const struct bemu_btf *btf, const struct btf_type *t,
				 bool *is_signed)
{
	const char *name = bemu_btf_str(btf, t->name_off);
	uint32_t encoding;

	*is_signed = false;
	switch (bemu_btf_kind(t)) {
	case BTF_KIND_INT:
		encoding = BTF_INT_ENCODING(bemu_btf_int_data(t));
		if (encoding & BTF_INT_BOOL)
			return t->size == 1 ? BEMU_KCFG_BOOL : BEMU_KCFG_UNKNOWN;
		*is_signed = encoding & BTF_INT_SIGNED;
		if (t->size == 1)
			return BEMU_KCFG_CHAR;
		return t->size == 2 || t->size == 4 || t->size == 8 ? BEMU_KCFG_INT
								    : BEMU_KCFG_UNKNOWN;
	case BTF_KIND_ENUM:
		if (t->size != 4)
			return BEMU_KCFG_UNKNOWN;
		/* fallthrough */
	case BTF_KIND_ENUM64:
		return name && !strcmp(name, "libbpf_tristate") ? BEMU_KCFG_TRISTATE
								: BEMU_KCFG_UNKNOWN;
	default:
		return BEMU_KCFG_UNKNOWN;
	}
}

static uint32_t kcfg_type(struct bemu_obj_open *o, uint32_t type_id, bool *is_signed)
{
	const struct bemu_btf *btf = o->obj->btf;
	const struct btf_type *t = bemu_obj_skip(o, type_id, NULL);
	bool unused;

	if (!is_kind(t, BTF_KIND_ARRAY))
		return t ? scalar_kcfg_type(btf, t, is_signed) : (uint32_t)BEMU_KCFG_UNKNOWN;
	if (!bemu_btf_array(t)->nelems)
		return BEMU_KCFG_UNKNOWN;
	t = bemu_obj_skip(o, bemu_btf_array(t)->type, NULL);
	return t && scalar_kcfg_type(btf, t, &unused) == BEMU_KCFG_CHAR ? BEMU_KCFG_CHAR_ARR
									: BEMU_KCFG_UNKNOWN;
}

/*
 * One extern of .kconfig. @stop: its size is 0; libbpf returns that 0 as if it were an error, so that
 * all is well and nothing is sorted, laid out or rewritten. (The map of no bytes is refused later.)
 */
static int init_kconfig(struct bemu_obj_open *o, struct bemu_obj_extern *ext,
			const struct btf_type *t, bool *stop)
{
	int64_t size;
	int err;

	if (ext->is_func)
		return bemu_fail(o->env, -ENOTSUP, BEMU_R_OBJ_EXT_SECTION, ext->btf_id,
				 "extern %s: function, type %u, in .kconfig, type %u", ext->name,
				 ext->btf_id, ext->sec_btf_id);
	ext->kind = BEMU_EXT_KCONFIG;
	err = bemu_btf_resolve_size(o->obj->btf, t->type, &size);
	if (err)
		return err;
	if (!size) {
		*stop = true;
		return 0;
	}
	/* Differs: libbpf takes a size over 31 bits for an errno that no caller can tell from success */
	if (size > INT32_MAX)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_EXT_TYPE, ext->btf_id,
				 "extern %s: %lld bytes are more than %d", ext->name,
				 (long long)size, INT32_MAX);
	ext->kcfg_size = (uint32_t)size;
	ext->kcfg_align = bemu_btf_align_of(o->obj->btf, t->type);
	if (!ext->kcfg_align)
		return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_EXT_TYPE, ext->btf_id,
				 "extern %s: type %u of %u bytes has no alignment", ext->name,
				 t->type, ext->kcfg_size);
	ext->kcfg_type = kcfg_type(o, t->type, &ext->kcfg_is_signed);
	if (ext->kcfg_type == BEMU_KCFG_UNKNOWN)
		return bemu_fail(o->env, -ENOTSUP, BEMU_R_OBJ_EXT_TYPE, ext->btf_id,
				 "extern %s: type %u of %u bytes is none that .kconfig knows",
				 ext->name, t->type, ext->kcfg_size);
	return 0;
}

static int init_extern(struct bemu_obj_open *o, struct externs *x, uint32_t sym_idx,
		       const Elf64_Sym *sym, const char *name, bool *stop)
{
	struct bemu_obj_extern *ext;
	const struct btf_type *t;
	const char *sec_name;
	int err;

	err = bemu_grow(o->env, &o->obj->externs, &o->externs_cap, o->obj->nr_externs + 1,
			sizeof(*ext));
	if (err)
		return err;
	ext = &o->obj->externs[o->obj->nr_externs++];
	ext->sym_idx = sym_idx;
	ext->is_weak = ELF64_ST_BIND(sym->st_info) == STB_WEAK;
	err = find_btf(o, x, name, ext);
	if (err)
		return err;
	t = bemu_btf_type(o->obj->btf, ext->btf_id);
	sec_name = bemu_btf_name(o->obj->btf, ext->sec_btf_id);
	if (!strcmp(sec_name, ".kconfig")) {
		x->kconfig_sec_id = ext->sec_btf_id;
		return init_kconfig(o, ext, t, stop);
	}
	if (!strcmp(sec_name, ".ksyms")) {
		x->ksyms_sec_id = ext->sec_btf_id;
		ext->kind = BEMU_EXT_KSYM;
		return bemu_obj_skip(o, t->type, &ext->ksym_type_id) ? 0 : -EINVAL;
	}
	return bemu_fail(o->env, -ENOTSUP, BEMU_R_OBJ_EXT_SECTION, ext->btf_id,
			 "extern %s: type %u is in DATASEC %s, type %u", ext->name, ext->btf_id,
			 sec_name, ext->sec_btf_id);
}

/* Mirrors cmp_externs(). */
static int cmp_externs(const void *a_, const void *b_)
{
	const struct bemu_obj_extern *a = a_, *b = b_;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind == BEMU_EXT_KCONFIG) {
		if (a->kcfg_align != b->kcfg_align)
			return a->kcfg_align > b->kcfg_align ? -1 : 1;
		if (a->kcfg_size != b->kcfg_size)
			return a->kcfg_size < b->kcfg_size ? -1 : 1;
	}
	return strcmp(a->name, b->name);
}

/* Mirrors find_extern_by_name() for the name of an entry of a DATASEC. */
static int extern_of(struct bemu_obj_open *o, const struct externs *x, uint32_t type_id,
		     struct bemu_obj_extern **out)
{
	const char *name = bemu_btf_name(o->obj->btf, type_id);
	uint32_t id;
	int err;

	name = name ? name : "";
	err = bemu_obj_pay(o, name, 2);
	if (err)
		return err;
	id = find_var_or_func(o->obj->btf, name);
	if (!id || !x->of_type[id])
		return bemu_fail(o->env, -ESRCH, BEMU_R_OBJ_EXT_SYMBOL, type_id,
				 "type %u, %s: none of %u externs has that name", type_id, name,
				 o->obj->nr_externs);
	*out = &o->obj->externs[x->of_type[id] - 1];
	return 0;
}

static int wrong_kind(struct bemu_obj_open *o, uint32_t type_id, const char *want)
{
	/* Differs: libbpf writes into it, or into its neighbour, what belongs into a VAR */
	return bemu_fail(o->env, -EINVAL, BEMU_R_OBJ_BTF_WILD, type_id,
			 "type %u is not a %s, of which libbpf takes it to be one", type_id, want);
}

/* A kfunc of .ksyms: its entry becomes the dummy variable, nameless parameters take its name. */
static int rewrite_func(struct bemu_obj_open *o, const struct externs *x, struct btf_type *t,
			uint32_t *entry_type)
{
	uint32_t name_off = bemu_btf_type(o->obj->btf, x->dummy_id)->name_off, i;
	const struct btf_type *proto = bemu_obj_type(o, t->type);
	struct btf_param *params;

	if (!proto)
		return -EINVAL;
	if (!is_kind(proto, BTF_KIND_FUNC_PROTO))
		return wrong_kind(o, t->type, "FUNC_PROTO");
	params = (struct btf_param *)(bemu_obj_btf_edit(proto) + 1);
	for (i = 0; i < bemu_btf_vlen(proto); i++)
		if (params[i].type && !params[i].name_off)
			params[i].name_off = name_off;
	t->info = (t->info & ~0xffffu) | BTF_FUNC_GLOBAL;
	*entry_type = x->dummy_id;
	return 0;
}

/* The DATASEC .ksyms: each entry a variable of four bytes, one behind the other. */
static int rewrite_ksyms(struct bemu_obj_open *o, const struct externs *x)
{
	struct btf_type *sec = bemu_obj_btf_edit(bemu_btf_type(o->obj->btf, x->ksyms_sec_id)), *t;
	struct btf_var_secinfo *entry = (struct btf_var_secinfo *)(sec + 1);
	uint32_t int_id = find_int(o->obj->btf), i;
	struct bemu_obj_extern *ext;
	int err;

	for (i = 0; i < bemu_btf_vlen(sec); i++, entry++) {
		t = bemu_obj_btf_edit(bemu_obj_type(o, entry->type));
		if (!t)
			return -EINVAL;
		err = extern_of(o, x, entry->type, &ext);
		if (err)
			return err;
		if (bemu_btf_kind(t) == BTF_KIND_FUNC) {
			err = rewrite_func(o, x, t, &entry->type);
			if (err)
				return err;
		} else if (bemu_btf_kind(t) == BTF_KIND_VAR) {
			((struct btf_var *)(t + 1))->linkage = BTF_VAR_GLOBAL_ALLOCATED;
			t->type = int_id;
		} else {
			return wrong_kind(o, entry->type, "VAR");
		}
		entry->offset = i * 4;
		entry->size = 4;
	}
	sec->size = i * 4;
	return 0;
}

/* Layout of the map .kconfig in sorted order, and its DATASEC. */
static int rewrite_kconfig(struct bemu_obj_open *o, const struct externs *x)
{
	struct btf_type *sec = bemu_obj_btf_edit(bemu_btf_type(o->obj->btf, x->kconfig_sec_id)), *t;
	struct btf_var_secinfo *entry = (struct btf_var_secinfo *)(sec + 1);
	struct bemu_obj_extern *ext;
	uint32_t off = 0, i;
	int err;

	for (i = 0; i < o->obj->nr_externs; i++) {
		ext = &o->obj->externs[i];
		if (ext->kind != BEMU_EXT_KCONFIG)
			continue;
		ext->kcfg_data_off =
			(off + ext->kcfg_align - 1) / ext->kcfg_align * ext->kcfg_align;
		off = ext->kcfg_data_off + ext->kcfg_size;
	}
	sec->size = off;
	for (i = 0; i < bemu_btf_vlen(sec); i++, entry++) {
		t = bemu_obj_btf_edit(bemu_obj_type(o, entry->type));
		if (!t)
			return -EINVAL;
		err = extern_of(o, x, entry->type, &ext);
		if (err)
			return err;
		if (bemu_btf_kind(t) != BTF_KIND_VAR)
			return wrong_kind(o, entry->type, "VAR");
		((struct btf_var *)(t + 1))->linkage = BTF_VAR_GLOBAL_ALLOCATED;
		entry->offset = ext->kcfg_data_off;
	}
	return 0;
}

/* Sorted externs, found by symbol for relocations and by type for the DATASECs. */
static int index_externs(struct bemu_obj_open *o, struct externs *x)
{
	struct bemu_obj *obj = o->obj;
	uint32_t i;

	o->sym_ext = bemu_zalloc_array(o->env, o->nr_syms, sizeof(*o->sym_ext));
	if (!o->sym_ext)
		return -ENOMEM;
	for (i = obj->nr_externs; i--;) {
		o->sym_ext[obj->externs[i].sym_idx] = i + 1;
		if (obj->externs[i].btf_id)
			x->of_type[obj->externs[i].btf_id] = i + 1;
	}
	return 0;
}

static int collect(struct bemu_obj_open *o, struct externs *x)
{
	struct bemu_obj *obj = o->obj;
	bool stop = false;
	const char *name;
	Elf64_Sym sym;
	uint32_t i;
	int err;

	for (i = 0; i < o->nr_syms && !stop; i++) {
		sym = bemu_obj_sym(o, i);
		if (!bemu_obj_sym_is_extern(&sym))
			continue;
		name = bemu_obj_sym_name(o, &sym);
		if (!name || !name[0])
			continue;
		err = init_extern(o, x, i, &sym, name, &stop);
		if (err)
			return err;
	}
	if (!obj->nr_externs)
		return 0;
	if (stop)
		return index_externs(o, x);
	err = bemu_obj_sort(o->env, obj->externs, obj->nr_externs, sizeof(*obj->externs),
			    cmp_externs);
	err = err ? err : index_externs(o, x);
	if (!err && x->ksyms_sec_id)
		err = rewrite_ksyms(o, x);
	if (!err && x->kconfig_sec_id)
		err = rewrite_kconfig(o, x);
	return err;
}

/* Mirrors bpf_object__collect_externs(), tools/lib/bpf/libbpf.c, 1.7. */
int bemu_obj_collect_externs(struct bemu_obj_open *o)
{
	const Elf64_Shdr *hdr = o->secs[o->symtab_idx].hdr;
	struct externs x = { 0 };
	int err;

	if (hdr->sh_entsize != sizeof(Elf64_Sym))
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SYMTAB, o->symtab_idx,
				 "symbols of %llu bytes, not %zu, in section %u",
				 (unsigned long long)hdr->sh_entsize, sizeof(Elf64_Sym),
				 o->symtab_idx);
	err = add_dummy(o, &x);
	err = err ? err : collect(o, &x);
	bemu_mem_free(o->env, x.datasec);
	bemu_mem_free(o->env, x.of_type);
	return err;
}
