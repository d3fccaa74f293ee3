// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Goes over the sections twice: for the symbol table, then for everything else, in index order. */
#include "obj/private.h"

#include <inttypes.h>

enum { SHT_LLVM_ADDRSIG_OLD = 0x6FFF4C03 };

static bool has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* "." NAME or "." NAME "." anything */
static bool is_data_name(const char *name, const char *base)
{
	size_t len = strlen(base);

	return !strncmp(name, base, len) && (name[len] == '\0' || name[len] == '.');
}

/* Mirrors ignore_elf_section(), tools/lib/bpf/libbpf.c. */
static bool is_ignored(const Elf64_Shdr *hdr, const char *name)
{
	if (hdr->sh_type == SHT_STRTAB || hdr->sh_type == SHT_LLVM_ADDRSIG_OLD)
		return true;
	if (name[0] != '.')
		return false;
	if (hdr->sh_type == SHT_PROGBITS && !hdr->sh_size && !strcmp(name, ".text"))
		return true;
	if (has_prefix(name, ".rel")) {
		name += strlen(".rel");
		if (!strcmp(name, ".BTF") || !strcmp(name, ".BTF.ext"))
			return true;
	}
	return has_prefix(name, ".debug_");
}

static int bad_section(struct bemu_obj_open *o, size_t idx, const char *what)
{
	const char *text = elf_errmsg(-1);

	return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SECTION, idx,
			 "section %zu of %u: its %s cannot be read%s%s", idx, o->nr_secs, what,
			 text ? ": " : "", text ? text : "");
}

/* libelf answers the same for any damage, so that the header's own numbers say more; they decide nothing. */
static int bad_data(struct bemu_obj_open *o, uint32_t idx)
{
	const Elf64_Shdr *hdr = o->secs[idx].hdr;

	if (hdr->sh_type == SHT_NOBITS ||
	    (hdr->sh_offset <= o->image_len && hdr->sh_size <= o->image_len - hdr->sh_offset))
		return bad_section(o, idx, "data");
	return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SECTION, idx,
			 "section %u of %u: sh_offset %" PRIu64 " + sh_size %" PRIu64
			 " is past the %zu bytes of the file",
			 idx, o->nr_secs, hdr->sh_offset, hdr->sh_size, o->image_len);
}

static int read_data(struct bemu_obj_open *o, uint32_t idx)
{
	struct bemu_obj_sec *sec = &o->secs[idx];
	Elf_Data *data = elf_getdata(sec->scn, NULL);

	if (!data)
		return bad_data(o, idx);
	sec->data = data->d_buf;
	sec->size = data->d_size;
	return 0;
}

/* First pass of bpf_object__elf_collect(): headers, and the symbol table that all else needs. */
static int find_symtab(struct bemu_obj_open *o)
{
	struct bemu_obj_sec *sec;
	Elf_Scn *scn = NULL;
	size_t idx;
	int err;

	while ((scn = elf_nextscn(o->elf, scn))) {
		idx = elf_ndxscn(scn);
		if (idx >= o->nr_secs)
			return bad_section(o, idx, "number");
		sec = &o->secs[idx];
		sec->scn = scn;
		sec->hdr = gelf_getshdr(scn, &sec->hdr_copy);
		if (!sec->hdr)
			return bad_section(o, idx, "header");
		if (sec->hdr->sh_type != SHT_SYMTAB)
			continue;
		if (o->symtab_idx)
			return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SYMTAB, idx,
					 "section %zu is a symbol table, and so is section %u", idx,
					 o->symtab_idx);
		err = read_data(o, (uint32_t)idx);
		if (err)
			return err;
		o->symtab_idx = (uint32_t)idx;
		o->strtab_idx = sec->hdr->sh_link;
		o->syms = sec->data;
		o->nr_syms = sec->data ? sec->size / sizeof(Elf64_Sym) : 0;
	}
	if (!o->symtab_idx)
		return bemu_fail(o->env, -ENOENT, BEMU_R_OBJ_SYMTAB, 0,
				 "none of %u sections is a symbol table", o->nr_secs);
	if (o->nr_syms >= UINT32_MAX)
		return bad_section(o, o->symtab_idx, "size");
	return bemu_obj_sym_strs(o);
}

/* Chains the FUNC symbols of each section, so that a section need not look at all symbols. */
static int chain_funcs(struct bemu_obj_open *o)
{
	struct bemu_obj_sec *sec;
	Elf64_Sym sym;
	size_t i;
	int err = bemu_env_step(o->env, o->nr_syms);

	if (err)
		return err;
	o->next_func = bemu_alloc(o->env, o->nr_syms * sizeof(*o->next_func));
	if (!o->next_func)
		return -ENOMEM;
	for (i = o->nr_syms; i--;) {
		sym = bemu_obj_sym(o, i);
		if (ELF64_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx >= o->nr_secs)
			continue;
		sec = &o->secs[sym.st_shndx];
		o->next_func[i] = sec->first_func;
		sec->first_func = (uint32_t)i + 1;
		o->nr_funcs++;
	}
	return 0;
}

/* Mirrors bpf_object__init_license() and bpf_object__init_kversion(). */
static int read_license(struct bemu_obj_open *o, uint32_t idx)
{
	const struct bemu_obj_sec *sec = &o->secs[idx];
	char *to = o->obj->license;
	size_t max = sizeof(o->obj->license) - 1, len;

	if (!sec->data)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_LICENSE, idx,
				 "section %u, license, has no data; it is %zu bytes long", idx,
				 sec->size);
	for (len = 0; len < max && len < sec->size && sec->data[len]; len++)
		to[len] = (char)sec->data[len];
	to[len] = '\0';
	return 0;
}

static int read_version(struct bemu_obj_open *o, uint32_t idx)
{
	const struct bemu_obj_sec *sec = &o->secs[idx];

	if (!sec->data || sec->size != sizeof(o->obj->kern_version))
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_VERSION, idx,
				 "section %u, version, has %zu bytes and not %zu", idx, sec->size,
				 sizeof(o->obj->kern_version));
	/* not swapped for an object of the other byte order, as in libbpf */
	memcpy(&o->obj->kern_version, sec->data, sizeof(o->obj->kern_version));
	return 0;
}

static int need_progbits(struct bemu_obj_open *o, uint32_t idx)
{
	uint32_t type = o->secs[idx].hdr->sh_type;

	if (type == SHT_PROGBITS)
		return 0;
	return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SEC_TYPE, idx,
			 "section %u, %s, is of type %u and not %d", idx, bemu_obj_sec_name(o, idx),
			 type, SHT_PROGBITS);
}

static bool is_struct_ops_name(const struct bemu_obj_open *o, const char *name)
{
	if (!strcmp(name, ".struct_ops"))
		return true;
	/* .link since 1.2, '?' since 1.4 */
	return bemu_obj_since(o, BEMU_LIBBPF_1_5) &&
	       (!strcmp(name, ".struct_ops.link") || !strcmp(name, "?.struct_ops") ||
		!strcmp(name, "?.struct_ops.link"));
}

static int keep_jumptables(struct bemu_obj_open *o, uint32_t idx)
{
	const struct bemu_obj_sec *sec = &o->secs[idx];

	o->obj->jumptables = bemu_obj_keep(o, bemu_memdup(o->env, sec->data, sec->size));
	if (!o->obj->jumptables)
		return -ENOMEM;
	o->obj->jumptables_len = sec->size;
	o->jumptables_sec_idx = idx;
	return 0;
}

static int visit_progbits(struct bemu_obj_open *o, uint32_t idx, const char *name)
{
	struct bemu_obj_sec *sec = &o->secs[idx];

	if (sec->hdr->sh_flags & SHF_EXECINSTR) {
		if (!strcmp(name, ".text"))
			o->obj->text_sec_idx = idx;
		return bemu_obj_add_progs(o, idx);
	}
	if (is_data_name(name, ".data")) {
		sec->kind = BEMU_SEC_DATA;
	} else if (is_data_name(name, ".rodata")) {
		sec->kind = BEMU_SEC_RODATA;
	} else if (is_struct_ops_name(o, name)) {
		sec->kind = BEMU_SEC_STRUCT_OPS;
		o->st_ops_sec_idx = idx;
		o->has_struct_ops = true;
	} else if (bemu_obj_since(o, BEMU_LIBBPF_1_5) && !strcmp(name, ".addr_space.1")) {
		o->arena_sec_idx = idx;
	} else if (bemu_obj_since(o, BEMU_LIBBPF_1_7) && !strcmp(name, ".jumptables")) {
		return keep_jumptables(o, idx);
	}
	return 0;
}

static int visit_rel(struct bemu_obj_open *o, uint32_t idx, const char *name)
{
	struct bemu_obj_sec *sec = &o->secs[idx];
	uint32_t target = sec->hdr->sh_info;
	bool wanted;

	if (sec->hdr->sh_entsize != sizeof(Elf64_Rel) || target >= o->nr_secs)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_REL_SECTION, idx,
				 "section %u, %s: entries of %llu bytes, not %zu, or for section "
				 "%u of %u",
				 idx, name, (unsigned long long)sec->hdr->sh_entsize,
				 sizeof(Elf64_Rel), target, o->nr_secs);
	wanted = o->secs[target].hdr && (o->secs[target].hdr->sh_flags & SHF_EXECINSTR);
	if (!wanted && has_prefix(name, ".rel")) {
		name += strlen(".rel");
		wanted = !strcmp(name, ".maps") || is_struct_ops_name(o, name);
	}
	if (wanted)
		sec->kind = BEMU_SEC_RELO;
	return 0;
}

/* Sections that are known by name alone, whatever else they are. */
static bool visit_by_name(struct bemu_obj_open *o, uint32_t idx, const char *name, int *err)
{
	const struct bemu_obj_sec *sec = &o->secs[idx];

	*err = 0;
	if (!strcmp(name, "license")) {
		*err = read_license(o, idx);
	} else if (!strcmp(name, "version")) {
		*err = read_version(o, idx);
	} else if (!strcmp(name, "maps")) {
		*err = bemu_fail(
			o->env, -ENOTSUP, BEMU_R_OBJ_LEGACY_MAPS, idx,
			"section %u, maps: definitions that libbpf reads no more since 1.0", idx);
	} else if (!strcmp(name, ".maps")) {
		o->maps_sec_idx = idx;
	} else if (!strcmp(name, ".BTF")) {
		o->has_btf_sec = true;
		o->btf_data = sec->data;
		o->btf_size = sec->size;
		*err = need_progbits(o, idx);
	} else if (!strcmp(name, ".BTF.ext")) {
		o->has_btf_ext_sec = true;
		o->btf_ext_data = sec->data;
		o->btf_ext_size = sec->size;
		*err = need_progbits(o, idx);
	} else {
		return false;
	}
	return true;
}

/* One section of the second pass of bpf_object__elf_collect(). */
static int visit(struct bemu_obj_open *o, uint32_t idx)
{
	struct bemu_obj_sec *sec = &o->secs[idx];
	const char *name = bemu_obj_str_at(&o->sec_strs, sec->hdr->sh_name);
	int err;

	if (!name)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SECTION, idx,
				 "section %u of %u: sh_name %u is not in the %zu bytes of section "
				 "names",
				 idx, o->nr_secs, sec->hdr->sh_name, o->sec_strs.len);
	o->obj->sec_names[idx] = name;
	if (is_ignored(sec->hdr, name))
		return 0;
	if (idx != o->symtab_idx) {
		err = read_data(o, idx);
		if (err)
			return err;
	}
	if (visit_by_name(o, idx, name, &err))
		return err;
	if (sec->hdr->sh_type == SHT_PROGBITS && sec->size)
		return visit_progbits(o, idx, name);
	if (sec->hdr->sh_type == SHT_REL)
		return visit_rel(o, idx, name);
	if (sec->hdr->sh_type == SHT_NOBITS && is_data_name(name, ".bss"))
		sec->kind = BEMU_SEC_BSS;
	return 0;
}

/* Mirrors bpf_object__elf_collect(), tools/lib/bpf/libbpf.c, 1.7. */
int bemu_obj_walk_sections(struct bemu_obj_open *o)
{
	uint32_t idx, last = 0;
	size_t nr;
	int err;

	if (elf_getshdrnum(o->elf, &nr) || nr > UINT32_MAX)
		return bad_section(o, 0, "number");
	o->secs = bemu_zalloc_array(o->env, nr ? nr : 1, sizeof(*o->secs));
	o->obj->sec_names =
		bemu_obj_keep(o, bemu_zalloc_array(o->env, nr ? nr : 1, sizeof(char *)));
	if (!o->secs || !o->obj->sec_names)
		return -ENOMEM;
	o->nr_secs = (uint32_t)nr;
	o->obj->nr_secs = o->nr_secs;
	for (idx = 0; idx < o->nr_secs; idx++) {
		o->obj->sec_names[idx] = "";
		o->secs[idx].map_idx = UINT32_MAX;
	}
	err = find_symtab(o);
	err = err ? err : chain_funcs(o);
	for (idx = 1; !err && idx < o->nr_secs; idx++) {
		if (!o->secs[idx].scn)
			continue;
		last = idx;
		err = visit(o, idx);
	}
	if (err)
		return err;
	if (!o->strtab_idx || o->strtab_idx > last)
		return bemu_fail(o->env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SYM_STRINGS,
				 o->strtab_idx,
				 "symbol names are said to be in section %u; the last one is %u",
				 o->strtab_idx, last);
	return 0;
}
