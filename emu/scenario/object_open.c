// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * An object that a text spells out, as libbpf has it when its file has been read. All programs lie in one
 * section; the strings that records need are put behind those of the types.
 */
#include <errno.h>
#include <string.h>

#include "relo/core.h"
#include "scenario/lex.h"
#include "scenario/object.h"

enum { SEC_IDX = 1, NR_SECS = 2, EXT_HDR_LEN = 32, REC_LEN = 16, PATH_LEN = 96 };

static const char sec_name[] = "tc";

struct opened {
	struct bemu_obj obj;
	const char *sec_names[NR_SECS];
	struct bemu_obj_map inner[BEMU_SCN_OBJ_MAPS];
	uint32_t slots[BEMU_SCN_OBJ_MAPS];
	char zeroes[BEMU_SCN_OBJ_DATA];
	char paths[BEMU_SCN_OBJ_MAPS][PATH_LEN];
};

/* ---- types ---- */

/* The object's own types, and a prototype for each function of the kernel. */
static int make_types(struct bemu_scn_run *run, const struct bemu_scn_object *obj, void **raw,
		      size_t *len)
{
	struct bemu_scn_str block = { .line = obj->types.line, .col = obj->types.col };
	struct bemu_scn text = { .env = run->env };
	struct bemu_buf buf;
	uint32_t i;
	int err;

	bemu_buf_init(&buf, run->env);
	bemu_buf_add(&buf, run->scn->text + obj->types.off, obj->types.len);
	for (i = 0; i < obj->nr_kfuncs; i++)
		bemu_buf_printf(&buf, "\nint %s%s;", obj->kfuncs[i].name,
				obj->kfuncs[i].is_var ? "" : "(void)");
	text.text = buf.data;
	text.len = buf.len;
	block.len = (uint32_t)buf.len;
	err = buf.err ? buf.err
		      : bemu_scn_types(run->env, &text, run->where, &block, NULL, raw, len);
	bemu_buf_fini(&buf);
	return err;
}

/* Appends @str to the strings, which come last; its offset among them, 0 when they do not. */
static uint32_t add_string(struct bemu_scn_run *run, void **raw, size_t *len, const char *str)
{
	size_t add = strlen(str) + 1;
	struct btf_header hdr;
	uint32_t off;
	char *longer;

	if (*len < sizeof(hdr))
		return 0;
	memcpy(&hdr, *raw, sizeof(hdr));
	if ((size_t)hdr.hdr_len + hdr.str_off + hdr.str_len != *len)
		return 0;
	longer = bemu_alloc(run->env, *len + add);
	if (!longer)
		return 0;
	off = hdr.str_len;
	hdr.str_len += (uint32_t)add;
	memcpy(longer, *raw, *len);
	memcpy(longer + *len, str, add);
	memcpy(longer, &hdr, sizeof(hdr));
	bemu_mem_free(run->env, *raw);
	*raw = longer;
	*len += add;
	return off;
}

/* ---- CO-RE records ---- */

static int find_prog(struct bemu_scn_run *run, const struct bemu_scn_object *obj, const char *name,
		     uint32_t *insn_off)
{
	uint32_t i;

	*insn_off = 0;
	for (i = 0; i < obj->nr_progs; i++) {
		if (!strcmp(obj->progs[i].name, name))
			return 0;
		*insn_off += obj->progs[i].insns.nr;
	}
	return bemu_scn_mistake(run, NULL, "the object has no program %s", name);
}

/* The same id as before strings were added. */
static int find_type(struct bemu_scn_run *run, const struct bemu_btf *btf, const char *name,
		     uint32_t *out)
{
	int64_t number;

	*out = bemu_btf_find_any(btf, name);
	if (!*out && !bemu_scn_number(name, strlen(name), &number) && number >= 0 &&
	    number <= UINT32_MAX)
		*out = (uint32_t)number;
	else if (!*out)
		return bemu_scn_mistake(run, NULL, "the object has no type %s", name);
	return 0;
}

/* .BTF.ext of one block; @access: offsets of the strings */
static int make_ext(struct bemu_scn_run *run, const struct bemu_scn_object *obj,
		    const struct bemu_btf *btf, uint32_t sec_name_off, const uint32_t *access,
		    struct bemu_btf_ext **out)
{
	uint32_t words[(EXT_HDR_LEN + 12 + REC_LEN * BEMU_SCN_OBJ_CORES) / 4] = {
		(uint32_t)BTF_VERSION << 16 | BTF_MAGIC, EXT_HDR_LEN
	};
	uint32_t *at = words + EXT_HDR_LEN / 4, i, first;
	int err = 0;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	words[0] = (uint32_t)BTF_MAGIC << 16 | (uint32_t)BTF_VERSION << 8;
#endif
	words[7] = 12 + REC_LEN * obj->nr_cores; /* core_relo_len */
	*at++ = REC_LEN;
	*at++ = sec_name_off;
	*at++ = obj->nr_cores;
	for (i = 0; !err && i < obj->nr_cores; i++) {
		const struct bemu_scn_obj_core *core = &obj->cores[i];

		err = find_prog(run, obj, core->prog, &first);
		if (!err)
			err = find_type(run, btf, core->type, &at[1]);
		at[0] = (first + core->insn_idx) * (uint32_t)sizeof(struct bpf_insn);
		at[2] = access[i];
		at[3] = core->kind;
		at += REC_LEN / 4;
	}
	return err ? err
		   : bemu_btf_ext_parse(run->env, words, (size_t)(at - words) * sizeof(*at), out);
}

static int open_types(struct bemu_scn_run *run, const struct bemu_scn_object *obj, int *verdict,
		      struct bemu_obj *out)
{
	uint32_t access[BEMU_SCN_OBJ_CORES], sec = 0, i;
	void *raw = NULL;
	size_t len = obj->btf_len;
	int err = 0;

	if (obj->btf)
		raw = bemu_memdup(run->env, obj->btf, len);
	else if (obj->types.len || obj->nr_kfuncs || obj->nr_cores)
		err = make_types(run, obj, &raw, &len);
	else
		return 0;
	if (!err && !raw)
		err = -ENOMEM;
	for (i = 0; !err && i < obj->nr_cores; i++)
		access[i] = add_string(run, &raw, &len, obj->cores[i].access);
	if (!err && obj->nr_cores)
		sec = add_string(run, &raw, &len, sec_name);
	if (!err && run->env->fault)
		err = run->env->fault;
	if (!err)
		*verdict = bemu_btf_parse(run->env, raw, len, NULL, 0, &out->btf);
	if (!err && !*verdict && obj->btf_ext)
		*verdict = bemu_btf_ext_parse_as(run->env, run->libbpf, obj->btf_ext,
						 obj->btf_ext_len, &out->ext);
	else if (!err && !*verdict && obj->nr_cores)
		err = make_ext(run, obj, out->btf, sec, access, &out->ext);
	bemu_mem_free(run->env, raw);
	return run->env->fault ? run->env->fault : err;
}

/* ---- maps, symbols, programs ---- */

static struct bemu_obj_map as_map(const struct bemu_scn_obj_shape *shape, const char *name)
{
	return (struct bemu_obj_map){ .name = name,
				      .real_name = name,
				      .type = shape->type,
				      .key_size = shape->key_size,
				      .value_size = shape->value_size,
				      .max_entries = shape->max_entries,
				      .autocreate = true };
}

static int open_maps(struct bemu_scn_run *run, const struct bemu_scn_object *obj,
		     struct opened *own)
{
	uint32_t i, k;

	for (i = 0; i < obj->nr_maps; i++) {
		const struct bemu_scn_obj_map *from = &obj->maps[i];
		struct bemu_obj_map *map = &own->obj.maps[i];

		*map = as_map(&from->shape, from->name);
		if (from->has_inner) {
			own->inner[i] = as_map(&from->inner, from->name);
			map->inner = &own->inner[i];
		}
		if (*from->key_type && own->obj.btf) {
			map->btf_key_type_id = bemu_btf_find_any(own->obj.btf, from->key_type);
			map->btf_value_type_id = bemu_btf_find_any(own->obj.btf, from->value_type);
		}
		if (from->is_data) {
			map->kind = BEMU_MAP_DATA;
			map->map_flags = BPF_F_MMAPABLE;
			map->data = own->zeroes;
			map->btf_value_type_id = own->obj.btf
							 ? bemu_btf_find(own->obj.btf, from->name,
									 BTF_KIND_DATASEC, false)
							 : 0;
		}
		if (from->pinned) {
			map->pinned = true;
			memcpy(own->paths[i], "/sys/fs/bpf/", 12);
			memcpy(own->paths[i] + 12, from->name, strlen(from->name));
			map->pin_path = own->paths[i];
		}
		if (!*from->slot)
			continue;
		for (k = 0; k < obj->nr_maps && strcmp(obj->maps[k].name, from->slot); k++)
			;
		if (k == obj->nr_maps)
			return bemu_scn_mistake(run, NULL, "the object has no map %s", from->slot);
		own->slots[i] = k;
		map->slots = &own->slots[i];
		map->nr_slots = 1;
	}
	return 0;
}

static void open_externs(const struct bemu_scn_object *obj, struct bemu_obj *out)
{
	uint32_t i, id;

	for (i = 0; i < obj->nr_kfuncs; i++) {
		const char *name = obj->kfuncs[i].name;

		id = out->btf ? bemu_btf_find(out->btf, name,
					      obj->kfuncs[i].is_var ? BTF_KIND_VAR : BTF_KIND_FUNC,
					      false)
			      : 0;
		out->externs[i] = (struct bemu_obj_extern){
			.name = name,
			.essential_len = bemu_btf_essential_len(name),
			.kind = BEMU_EXT_KSYM,
			.btf_id = id,
			.is_weak = obj->kfuncs[i].is_weak,
			.is_func = !obj->kfuncs[i].is_var,
			.ksym_type_id = id ? bemu_btf_type(out->btf, id)->type : 0,
		};
	}
}

/* Maps are named by index, functions by nothing yet: an object's words with its relocations beside them. */
static int open_prog(struct bemu_scn_run *run, const struct bemu_scn_obj_prog *from,
		     struct bemu_obj_prog *prog)
{
	uint32_t i, k;

	prog->insns =
		bemu_memdup(run->env, from->insns.insns, from->insns.nr * sizeof(*prog->insns));
	prog->relocs = bemu_zalloc_array(run->env, from->insns.nr + 1u, sizeof(*prog->relocs));
	if (!prog->insns || !prog->relocs)
		return -ENOMEM;
	for (i = 0; i < from->insns.nr; i++) {
		struct bemu_obj_reloc *reloc = &prog->relocs[prog->nr_relocs];
		struct bpf_insn *insn = &prog->insns[i];

		reloc->insn_idx = i;
		for (k = 0; k < from->nr_calls && from->calls[k].insn_idx != i; k++)
			;
		if (k < from->nr_calls) {
			reloc->kind = from->calls[k].is_ld64 ? BEMU_RELOC_EXTERN_LD64
							     : BEMU_RELOC_EXTERN_CALL;
			reloc->ext_idx = from->calls[k].kfunc;
			insn->src_reg = 0;
			insn->imm = from->calls[k].is_ld64 ? 0 : -1;
			prog->nr_relocs++;
		} else if (bemu_insn_is_ld64(insn) && insn->src_reg == BPF_PSEUDO_MAP_IDX) {
			reloc->kind = BEMU_RELOC_LD64;
			reloc->map_idx = (uint32_t)insn->imm;
			insn->src_reg = 0;
			insn->imm = 0;
			prog->nr_relocs++;
		}
		i += bemu_insn_is_ld64(insn);
	}
	return 0;
}

static int open_progs(struct bemu_scn_run *run, const struct bemu_scn_object *obj,
		      struct bemu_obj *out)
{
	uint32_t i, insn_off = 0;
	int err = 0;

	for (i = 0; !err && i < obj->nr_progs; i++) {
		const struct bemu_scn_obj_prog *from = &obj->progs[i];
		struct bemu_obj_prog *prog = &out->progs[i];

		*prog = (struct bemu_obj_prog){ .name = from->name,
						.sec_name = sec_name,
						.sec_idx = SEC_IDX,
						.sec_insn_off = insn_off,
						.nr_insns = from->insns.nr,
						.sym_global = true,
						.autoload = true,
						.sec_def_found = true,
						.type = from->type };
		insn_off += from->insns.nr;
		err = *from->target ? bemu_scn_mistake(run, NULL,
						       "fentry is for an object that is generated")
				    : open_prog(run, from, prog);
	}
	return err;
}

int bemu_scn_object_open(struct bemu_scn_run *run, const struct bemu_scn_object *obj, int *verdict,
			 struct bemu_obj **out)
{
	struct opened *own = bemu_zalloc(run->env, sizeof(*own));
	struct bemu_obj *o;
	int err;

	if (!own)
		return -ENOMEM;
	o = &own->obj;
	*o = (struct bemu_obj){ .env = run->env,
				.libbpf = run->libbpf,
				.name = "object",
				.license = "GPL",
				.nr_progs = obj->nr_progs,
				.nr_maps = obj->nr_maps,
				.nr_externs = obj->nr_kfuncs,
				.nr_secs = NR_SECS,
				.sec_names = own->sec_names,
				.kconfig_map_idx = UINT32_MAX,
				.arena_map_idx = UINT32_MAX };
	own->sec_names[0] = "";
	own->sec_names[SEC_IDX] = sec_name;
	o->progs = bemu_zalloc_array(run->env, obj->nr_progs + 1u, sizeof(*o->progs));
	o->maps = bemu_zalloc_array(run->env, obj->nr_maps + 1u, sizeof(*o->maps));
	o->externs = bemu_zalloc_array(run->env, obj->nr_kfuncs + 1u, sizeof(*o->externs));
	err = o->progs && o->maps && o->externs ? 0 : -ENOMEM;
	*verdict = 0;
	if (!err)
		err = open_types(run, obj, verdict, o);
	if (!err && !*verdict)
		err = open_maps(run, obj, own);
	if (!err && !*verdict) {
		open_externs(obj, o);
		err = open_progs(run, obj, o);
	}
	if (err || *verdict)
		bemu_scn_object_close(run, o);
	else
		*out = o;
	return err;
}

void bemu_scn_object_close(struct bemu_scn_run *run, struct bemu_obj *obj)
{
	uint32_t i;

	if (!obj)
		return;
	bemu_btf_put(obj->btf);
	bemu_btf_ext_free(obj->ext);
	for (i = 0; obj->progs && i < obj->nr_progs; i++) {
		bemu_mem_free(run->env, obj->progs[i].insns);
		bemu_mem_free(run->env, obj->progs[i].relocs);
	}
	bemu_mem_free(run->env, obj->progs);
	bemu_mem_free(run->env, obj->maps);
	bemu_mem_free(run->env, obj->externs);
	bemu_mem_free(run->env, obj); /* the first member of what was allocated */
}
