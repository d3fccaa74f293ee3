/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Arguments tagged "arg:ctx", for kernels before v6.8 that do not know the tag: there a global function's
 * context argument is found by the name of its type. For each function with such an argument the object's
 * BTF gets a second FUNC over a second FUNC_PROTO, whose argument is a pointer to an empty struct of the
 * right name, and the program's func_info is pointed at it.
 * Mirrors bpf_program_fixup_func_info(), tools/lib/bpf/libbpf.c, 1.4.
 */
#include <string.h>

#include "load/private.h"

static const char tag_name[] = "arg:ctx";

/* struct bpf_func_info: what each record begins with. */
struct func_rec {
	uint32_t insn_off;
	uint32_t type_id;
};

/* A function that got a clone. */
struct clone {
	uint32_t type_id; /* 0: none yet */
	uint32_t proto_off; /* its FUNC_PROTO in the added types */
};

/* What one main program adds to the object's BTF. */
struct edit {
	struct bemu_load *ld;
	const struct bemu_btf *btf;
	uint32_t main_idx;
	const char *ctx_name;
	struct bemu_buf types, strs;
	uint32_t next_id;
	uint32_t ptr_id; /* pointer to the context struct, 0: not yet */
	uint32_t *orig_ids; /* by func_info record */
	struct clone *clones; /* by func_info record */
};

/* Mirrors global_ctx_map[]. */
static const char *context_name(uint32_t prog_type)
{
	switch (prog_type) {
	case BPF_PROG_TYPE_CGROUP_DEVICE:
		return "bpf_cgroup_dev_ctx";
	case BPF_PROG_TYPE_CGROUP_SOCK:
		return "bpf_sock";
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return "bpf_sock_addr";
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
		return "bpf_sockopt";
	case BPF_PROG_TYPE_CGROUP_SYSCTL:
		return "bpf_sysctl";
	case BPF_PROG_TYPE_KPROBE:
		return "bpf_user_pt_regs_t";
	case BEMU_BPF_PROG_TYPE_NETFILTER:
		return "bpf_nf_ctx";
	case BPF_PROG_TYPE_PERF_EVENT:
		return "bpf_perf_event_data";
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return "bpf_raw_tracepoint_args";
	case BPF_PROG_TYPE_SK_LOOKUP:
		return "bpf_sk_lookup";
	case BPF_PROG_TYPE_SK_MSG:
		return "sk_msg_md";
	case BPF_PROG_TYPE_SK_REUSEPORT:
		return "sk_reuseport_md";
	case BPF_PROG_TYPE_SOCK_OPS:
		return "bpf_sock_ops";
	case BPF_PROG_TYPE_XDP:
		return "xdp_md";
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return "__sk_buff";
	default:
		return NULL;
	}
}

static bool is_struct_named(const struct bemu_btf *btf, const struct btf_type *t, const char *name)
{
	const char *s = bemu_btf_str(btf, t->name_off);

	return bemu_btf_kind(t) == BTF_KIND_STRUCT && s && !strcmp(s, name);
}

/*
 * Mirrors need_func_arg_type_fixup() on x86-64, where bpf_user_pt_regs_t is struct pt_regs. Its test for that
 * typedef looks at the pointer and never fires, so such arguments are changed too.
 */
static bool needs_fixup(const struct edit *e, uint32_t type_id)
{
	uint32_t prog_type = e->ld->obj->progs[e->main_idx].type;
	const struct btf_type *t = bemu_btf_skip_mods(e->btf, type_id, true, NULL);

	if (!t || bemu_btf_kind(t) != BTF_KIND_PTR)
		return false;
	t = bemu_btf_skip_mods(e->btf, t->type, true, NULL);
	if (!t)
		return false;
	if (bemu_btf_kind(t) == BTF_KIND_UNKN)
		return true;
	if (is_struct_named(e->btf, t, e->ctx_name))
		return false;
	switch (prog_type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_PERF_EVENT:
		return is_struct_named(e->btf, t, "pt_regs");
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return bemu_btf_kind(t) == BTF_KIND_INT && t->size == sizeof(uint64_t);
	default:
		return false;
	}
}

/* Offset of a string, an existing one when there is; mirrors btf__add_str(). */
static uint32_t add_str(struct edit *e, const char *s)
{
	uint32_t end = bemu_btf_end_str_off(e->btf), off, len = (uint32_t)strlen(s) + 1;
	const char *found;

	for (off = 0; off < end; off += (uint32_t)strlen(found) + 1) {
		found = bemu_btf_str(e->btf, off);
		if (!found)
			break;
		if (!strcmp(found, s))
			return off;
	}
	for (off = 0; off < e->strs.len; off += (uint32_t)strlen(e->strs.data + off) + 1)
		if (!strcmp(e->strs.data + off, s))
			return end + off;
	bemu_buf_add(&e->strs, s, len);
	return end + off;
}

static uint32_t add_type(struct edit *e, uint32_t name_off, uint32_t kind, uint32_t vlen,
			 uint32_t type)
{
	struct btf_type t = { .name_off = name_off, .info = kind << 24 | vlen, .type = type };

	bemu_buf_add(&e->types, &t, sizeof(t));
	return e->next_id++;
}

/* Mirrors clone_func_btf_info(). */
static void clone_func(struct edit *e, const struct btf_type *func, struct clone *clone)
{
	const struct btf_type *proto = bemu_btf_type(e->btf, func->type);
	uint32_t vlen = bemu_btf_vlen(proto), proto_id;

	clone->proto_off = (uint32_t)e->types.len;
	proto_id = add_type(e, 0, BTF_KIND_FUNC_PROTO, vlen, proto->type);
	bemu_buf_add(&e->types, bemu_btf_params(proto), vlen * sizeof(struct btf_param));
	/* the name goes through the entry program's, which stays when it is new */
	(void)add_str(e, e->ld->obj->progs[e->main_idx].name);
	clone->type_id = add_type(e, func->name_off, BTF_KIND_FUNC, bemu_btf_vlen(func), proto_id);
}

static struct func_rec *record(const struct edit *e, uint32_t idx)
{
	const struct bemu_load_text *text = &e->ld->texts[e->main_idx];

	return (struct func_rec *)(void *)((char *)text->func_info +
					   (size_t)idx * text->func_info_rec_size);
}

/* One tag: which argument of which function of this program it means, if any. */
static void apply_tag(struct edit *e, const struct btf_type *tag)
{
	const struct btf_type *func = bemu_btf_type(e->btf, tag->type), *proto;
	uint32_t nr = e->ld->texts[e->main_idx].nr_func_info, idx, param_off;
	struct btf_decl_tag where = { .component_idx = bemu_btf_decl_tag(tag)->component_idx };
	struct clone *clone;

	if (!func || bemu_btf_kind(func) != BTF_KIND_FUNC || bemu_btf_vlen(func) != BTF_FUNC_GLOBAL)
		return;
	proto = bemu_btf_type(e->btf, func->type);
	if (!proto || bemu_btf_kind(proto) != BTF_KIND_FUNC_PROTO)
		return;
	for (idx = 0; idx < nr && e->orig_ids[idx] != tag->type; idx++)
		;
	if (idx == nr || where.component_idx < 0 ||
	    (uint32_t)where.component_idx >= bemu_btf_vlen(proto) ||
	    !needs_fixup(e, bemu_btf_params(proto)[where.component_idx].type))
		return;
	clone = &e->clones[idx];
	if (!clone->type_id)
		clone_func(e, func, clone);
	if (!e->ptr_id)
		e->ptr_id = add_type(e, 0, BTF_KIND_PTR, 0,
				     add_type(e, add_str(e, e->ctx_name), BTF_KIND_STRUCT, 0, 0));
	(void)add_type(e, add_str(e, tag_name), BTF_KIND_DECL_TAG, 0, clone->type_id);
	bemu_buf_add(&e->types, &where, sizeof(where));
	if (e->types.err || e->strs.err)
		return;
	param_off = clone->proto_off + (uint32_t)sizeof(struct btf_type) +
		    (uint32_t)where.component_idx * (uint32_t)sizeof(struct btf_param) +
		    (uint32_t)offsetof(struct btf_param, type);
	memcpy(e->types.data + param_off, &e->ptr_id, sizeof(e->ptr_id));
	record(e, idx)->type_id = clone->type_id;
}

/* The object's BTF with what was added takes the place of the one before. */
static int publish(struct edit *e)
{
	struct bemu_load *ld = e->ld;
	struct btf_header hdr;
	struct bemu_buf out;
	struct bemu_btf *btf = NULL;
	const char *raw, *data;
	size_t len;
	int err;

	raw = bemu_btf_raw(e->btf, &len);
	memcpy(&hdr, raw, sizeof(hdr));
	data = raw + hdr.hdr_len;
	bemu_buf_init(&out, ld->env);
	bemu_buf_add(&out, raw, hdr.hdr_len);
	bemu_buf_add(&out, data + hdr.type_off, hdr.type_len);
	bemu_buf_add(&out, e->types.data, e->types.len);
	bemu_buf_add(&out, data + hdr.str_off, hdr.str_len);
	bemu_buf_add(&out, e->strs.data, e->strs.len);
	err = out.err;
	if (!err) {
		hdr.type_off = 0;
		hdr.type_len += (uint32_t)e->types.len;
		hdr.str_off = hdr.type_len;
		hdr.str_len += (uint32_t)e->strs.len;
		memcpy(out.data, &hdr, sizeof(hdr));
		err = bemu_btf_parse(ld->env, out.data, out.len, NULL, 0, &btf);
	}
	bemu_buf_fini(&out);
	if (err)
		return err;
	bemu_btf_put(ld->obj_btf_own);
	ld->obj_btf_own = btf;
	ld->obj_btf = btf;
	return 0;
}

static int apply_tags(struct edit *e)
{
	uint32_t nr = bemu_btf_nr_types(e->btf), recs = e->ld->texts[e->main_idx].nr_func_info;
	uint32_t id, i;
	int err = bemu_env_step(e->ld->env, nr);

	if (err)
		return err;
	for (i = 0; i < recs; i++)
		e->orig_ids[i] = record(e, i)->type_id;
	for (id = 1; id < nr; id++) {
		const struct btf_type *t = bemu_btf_type(e->btf, id);
		const char *name;

		if (bemu_btf_kind(t) != BTF_KIND_DECL_TAG)
			continue;
		name = bemu_btf_str(e->btf, t->name_off);
		if (!name || strcmp(name, tag_name))
			continue;
		err = bemu_env_step(e->ld->env, recs + bemu_btf_end_str_off(e->btf) / 16u);
		if (err)
			return err;
		apply_tag(e, t);
		if (e->types.err || e->strs.err)
			return -ENOMEM;
	}
	return e->types.len ? publish(e) : 0;
}

int bemu_load_context_tags(struct bemu_load *ld, uint32_t main_idx)
{
	const struct bemu_load_text *text = &ld->texts[main_idx];
	struct edit e = { .ld = ld, .btf = ld->obj_btf, .main_idx = main_idx };
	int ret;

	if (!ld->obj->ext || !text->func_info)
		return 0;
	ret = bemu_load_feature(ld, BEMU_FEAT_ARG_CTX_TAG);
	if (ret)
		return ret < 0 ? ret : 0;
	e.ctx_name = context_name(ld->obj->progs[main_idx].type);
	if (!e.ctx_name)
		return 0;
	e.next_id = bemu_btf_nr_types(e.btf);
	bemu_buf_init(&e.types, ld->env);
	bemu_buf_init(&e.strs, ld->env);
	e.orig_ids = bemu_zalloc_array(ld->env, text->nr_func_info, sizeof(*e.orig_ids));
	e.clones = bemu_zalloc_array(ld->env, text->nr_func_info, sizeof(*e.clones));
	ret = e.orig_ids && e.clones ? apply_tags(&e) : -ENOMEM;
	bemu_mem_free(ld->env, e.orig_ids);
	bemu_mem_free(ld->env, e.clones);
	bemu_buf_fini(&e.types);
	bemu_buf_fini(&e.strs);
	return ret;
}
