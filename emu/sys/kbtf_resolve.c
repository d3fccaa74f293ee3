/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Second phase: what types refer to. Mirrors btf_check_all_types(), btf_resolve() and the resolve
 * operations, kernel/bpf/btf.c, v6.18.
 *
 * A walk in depth over an explicit stack. What it does not walk into depends on where it came from:
 * a pointer need not know its structure, a structure need not know what its pointers point to. So
 *
 *	struct a { struct a *next; };	ends at the pointer
 *	struct a { struct a next; };	meets itself
 *
 * That is the mode: set by the first pointer, structure or array of a walk, and kept to its end. A type
 * on the stack that is met again is a loop; so is, and the error is the same, one that another mode
 * left half done.
 */
#include "model/quirk.h"
#include "sys/kbtf.h"

enum {
	SOURCE_ONLY = BEMU_KIND_BIT(VAR) | BEMU_KIND_BIT(DECL_TAG) | BEMU_KIND_BIT(DATASEC),
	NO_SIZE = BEMU_KIND_VOID | BEMU_KIND_BIT(FWD) | BEMU_KIND_BIT(FUNC) |
		  BEMU_KIND_BIT(FUNC_PROTO) | BEMU_KIND_BIT(DECL_TAG) | BEMU_KIND_MISSING,
	/* what a modifier or a pointer may lead to although it has no size */
	TARGET = BEMU_KIND_VOID | BEMU_KIND_BIT(FWD) | BEMU_KIND_BIT(FUNC_PROTO),
	NEEDS_RESOLVE = BEMU_KIND_MODIFIER | BEMU_KIND_COMPOSITE | BEMU_KIND_BIT(PTR) |
			BEMU_KIND_BIT(ARRAY) | SOURCE_ONLY,
	TAG_TARGET = BEMU_KIND_COMPOSITE | BEMU_KIND_BIT(FUNC) | BEMU_KIND_BIT(VAR) |
		     BEMU_KIND_BIT(TYPEDEF),
};

struct vertex {
	uint32_t id;
	uint32_t next; /* member or entry to go on with */
};

/*
 * struct walk - one top-level resolve
 * @descend: mode: kinds that are walked into
 * @settled: a pointer, structure or array has set the mode
 */
struct walk {
	struct bemu_kbtf_check *c;
	uint32_t descend;
	bool settled;
	uint32_t depth;
	struct vertex stack[BEMU_K_MAX_RESOLVE_DEPTH];
};

bool bemu_kbtf_int_is_regular(const struct btf_type *t)
{
	uint32_t data = bemu_btf_int_data(t), bits = BTF_INT_BITS(data);

	return !BTF_INT_OFFSET(data) &&
	       (bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == 128);
}

static inline bool is_resolved(const struct bemu_kbtf_check *c, uint32_t id)
{
	return c->state[id] == BEMU_KBTF_RESOLVED;
}

/* Mirrors env_stack_push(). */
static int push(struct walk *w, uint32_t id)
{
	uint32_t kind = bemu_kbtf_kind(w->c, id);

	if (w->depth == BEMU_K_MAX_RESOLVE_DEPTH)
		return -E2BIG;
	if (w->c->state[id] != BEMU_KBTF_NOT_VISITED)
		return -EEXIST;
	w->c->state[id] = BEMU_KBTF_VISITED;
	w->stack[w->depth++] = (struct vertex){ .id = id };
	if (!w->settled && kind & BEMU_KIND_BIT(PTR)) {
		w->settled = true;
		w->descend = BEMU_KIND_MODIFIER | BEMU_KIND_BIT(PTR);
	} else if (!w->settled && kind & (BEMU_KIND_COMPOSITE | BEMU_KIND_BIT(ARRAY))) {
		w->settled = true;
		w->descend = BEMU_KIND_MODIFIER | BEMU_KIND_COMPOSITE | BEMU_KIND_BIT(ARRAY);
	}
	return 0;
}

static int pop(struct walk *w, uint32_t res_id, uint32_t res_size)
{
	uint32_t id = w->stack[--w->depth].id;

	w->c->res_id[id] = res_id;
	w->c->res_size[id] = res_size;
	w->c->state[id] = BEMU_KBTF_RESOLVED;
	return 0;
}

/* Whether @id, of kind @kind, has to be resolved before what refers to it. */
static bool is_open(const struct walk *w, uint32_t id, uint32_t kind)
{
	return kind & w->descend && !is_resolved(w->c, id);
}

/*
 * A modifier that was resolved for a structure may have stopped at a pointer. Mirrors the part of
 * btf_ptr_resolve() and btf_var_resolve() that goes on from there.
 */
static bool pointer_left_open(const struct walk *w, uint32_t next, uint32_t *ptr)
{
	const struct bemu_kbtf_check *c = w->c;

	if (!(bemu_kbtf_kind(c, next) & BEMU_KIND_MODIFIER))
		return false;
	*ptr = c->res_id[next];
	return bemu_kbtf_kind(c, *ptr) & BEMU_KIND_BIT(PTR) && is_open(w, *ptr, BEMU_KIND_BIT(PTR));
}

/* Modifiers, pointers, variables. */
static int resolve_ref(struct walk *w, uint32_t kind, const struct btf_type *t)
{
	struct bemu_kbtf_check *c = w->c;
	uint32_t next = t->type, next_kind = bemu_kbtf_kind(c, next), ptr;

	if (next_kind & (BEMU_KIND_MISSING | SOURCE_ONLY))
		return bemu_kbtf_say_type(c, t, "Invalid type_id");
	if (is_open(w, next, next_kind))
		return push(w, next);
	if (!(kind & BEMU_KIND_MODIFIER) && pointer_left_open(w, next, &ptr))
		return push(w, ptr);
	if (!bemu_kbtf_size(c, &next, NULL)) {
		if (is_resolved(c, next))
			next = c->res_id[next];
		if (kind & BEMU_KIND_BIT(VAR) || !(bemu_kbtf_kind(c, next) & TARGET))
			return bemu_kbtf_say_type(c, t, "Invalid type_id");
	}
	return pop(w, next, 0);
}

static int resolve_array(struct walk *w, const struct btf_type *t)
{
	const struct btf_array *array = bemu_btf_array(t);
	uint32_t id = array->index_type, size;
	struct bemu_kbtf_check *c = w->c;
	uint32_t kind = bemu_kbtf_kind(c, id);

	if (kind & (NO_SIZE | SOURCE_ONLY))
		return bemu_kbtf_say_type(c, t, "Invalid index");
	if (is_open(w, id, kind))
		return push(w, id);
	if (!bemu_kbtf_size(c, &id, NULL) || !(bemu_kbtf_kind(c, id) & BEMU_KIND_BIT(INT)) ||
	    !bemu_kbtf_int_is_regular(bemu_kbtf_type(c, id)))
		return bemu_kbtf_say_type(c, t, "Invalid index");
	id = array->type;
	kind = bemu_kbtf_kind(c, id);
	if (kind & (NO_SIZE | SOURCE_ONLY))
		return bemu_kbtf_say_type(c, t, "Invalid elem");
	if (is_open(w, id, kind))
		return push(w, id);
	if (!bemu_kbtf_size(c, &id, &size))
		return bemu_kbtf_say_type(c, t, "Invalid elem");
	if (bemu_kbtf_kind(c, id) & BEMU_KIND_BIT(INT) &&
	    !bemu_kbtf_int_is_regular(bemu_kbtf_type(c, id)))
		return bemu_kbtf_say_type(c, t, "Invalid array of int");
	if (array->nelems && size > UINT32_MAX / array->nelems)
		return bemu_kbtf_say_type(c, t, "Array size overflows U32_MAX");
	return pop(w, id, size * array->nelems);
}

static int resolve_struct(struct walk *w, struct vertex *v, const struct btf_type *t)
{
	const struct btf_member *members = bemu_btf_members(t);
	uint32_t vlen = bemu_btf_vlen(t), i = v->next, kind;
	struct bemu_kbtf_check *c = w->c;
	int err;

	/* the type of the member before was still open then */
	if (i) {
		err = bemu_kbtf_check_member(c, t, &members[i - 1]);
		if (err)
			return err;
	}
	for (; i < vlen; i++) {
		kind = bemu_kbtf_kind(c, members[i].type);
		if (kind & (NO_SIZE | SOURCE_ONLY))
			return bemu_kbtf_say_member(c, t, &members[i], "Invalid member");
		if (is_open(w, members[i].type, kind)) {
			v->next = i + 1;
			return push(w, members[i].type);
		}
		err = bemu_kbtf_check_member(c, t, &members[i]);
		if (err)
			return err;
	}
	return pop(w, 0, 0);
}

/* Mirrors btf_func_check(). */
static int check_func(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_type *proto;
	const struct btf_param *args;
	uint32_t i;

	if (!(bemu_kbtf_kind(c, t->type) & BEMU_KIND_BIT(FUNC_PROTO)))
		return bemu_kbtf_say_type(c, t, "Invalid type_id");
	proto = bemu_kbtf_type(c, t->type);
	args = bemu_btf_params(proto);
	for (i = 0; i < bemu_btf_vlen(proto); i++)
		if (!args[i].name_off && args[i].type)
			return bemu_kbtf_say_type(c, t, "Invalid arg#%u", i + 1);
	return 0;
}

static int resolve_func(struct walk *w, const struct btf_type *t)
{
	int err = check_func(w->c, t);

	return err ? err : pop(w, t->type, 0);
}

/* Of a function that was checked; of one that was not, it may be anything. */
static const struct btf_type *proto_of(struct bemu_kbtf_check *c, const struct btf_type *func)
{
	if (!(bemu_kbtf_kind(c, func->type) & BEMU_KIND_MISSING))
		return bemu_kbtf_type(c, func->type);
	bemu_oops(c->model, BEMU_OOPS_BTF, "a tag is checked by type [%u] of %u", func->type,
		  c->nr - 1);
	return bemu_kbtf_void;
}

static int resolve_decl_tag(struct walk *w, const struct btf_type *t)
{
	int32_t idx = bemu_btf_decl_tag(t)->component_idx;
	struct bemu_kbtf_check *c = w->c;
	uint32_t kind = bemu_kbtf_kind(c, t->type);
	const struct btf_type *next;

	if (!(kind & TAG_TARGET))
		return bemu_kbtf_say_type(c, t, "Invalid type_id");
	if (is_open(w, t->type, kind) &&
	    !(kind & BEMU_KIND_BIT(FUNC) &&
	      bemu_model_quirk(c->model, BEMU_QUIRK_K_DECLTAG_FUNC_EARLY)))
		return push(w, t->type);
	if (idx != -1) {
		if (kind & (BEMU_KIND_BIT(VAR) | BEMU_KIND_BIT(TYPEDEF)))
			return bemu_kbtf_say_type(c, t, "Invalid component_idx");
		next = bemu_kbtf_type(c, t->type);
		if (kind & BEMU_KIND_BIT(FUNC))
			next = proto_of(c, next);
		if ((uint32_t)idx >= bemu_btf_vlen(next))
			return bemu_kbtf_say_type(c, t, "Invalid component_idx");
	}
	return pop(w, t->type, 0);
}

static int resolve_datasec(struct walk *w, struct vertex *v, const struct btf_type *t)
{
	const struct btf_var_secinfo *entries = bemu_btf_secinfos(t);
	uint32_t vlen = bemu_btf_vlen(t), i, kind, id, size;
	struct bemu_kbtf_check *c = w->c;

	if (!bemu_model_quirk(c->model, BEMU_QUIRK_K_RESOLVE_MODE_STICKY)) {
		w->settled = false;
		w->descend = w->c->needs;
	}
	/* goes on behind the entry whose variable was open: that one's size is never compared */
	for (i = v->next; i < vlen; i++) {
		kind = bemu_kbtf_kind(c, entries[i].type);
		if (!(kind & BEMU_KIND_BIT(VAR)))
			return bemu_kbtf_say_entry(c, t, &entries[i], "Not a VAR kind member");
		if (is_open(w, entries[i].type, kind)) {
			v->next = i + 1;
			return push(w, entries[i].type);
		}
		id = bemu_kbtf_type(c, entries[i].type)->type;
		if (!bemu_kbtf_size(c, &id, &size))
			return bemu_kbtf_say_entry(c, t, &entries[i], "Invalid type");
		if (entries[i].size < size)
			return bemu_kbtf_say_entry(c, t, &entries[i], "Invalid size");
	}
	return pop(w, 0, 0);
}

static int resolve_one(struct walk *w, struct vertex *v)
{
	const struct btf_type *t = bemu_kbtf_type(w->c, v->id);
	uint32_t kind = bemu_kbtf_kind(w->c, v->id);

	switch (bemu_btf_kind(t)) {
	case BTF_KIND_ARRAY:
		return resolve_array(w, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return resolve_struct(w, v, t);
	case BTF_KIND_FUNC:
		return resolve_func(w, t);
	case BTF_KIND_DECL_TAG:
		return resolve_decl_tag(w, t);
	case BTF_KIND_DATASEC:
		return resolve_datasec(w, v, t);
	default:
		return resolve_ref(w, kind, t);
	}
}

/* Mirrors btf_resolve_valid(). */
static bool resolve_valid(const struct bemu_kbtf_check *c, uint32_t id)
{
	uint32_t kind = bemu_kbtf_kind(c, id), elem, size;
	const struct btf_array *array;

	if (!is_resolved(c, id))
		return false;
	if (kind & (BEMU_KIND_COMPOSITE | BEMU_KIND_BIT(DATASEC)))
		return !c->res_id[id] && !c->res_size[id];
	if (kind & (BEMU_KIND_BIT(DECL_TAG) | BEMU_KIND_BIT(FUNC)))
		return c->res_id[id] && !c->res_size[id];
	if (kind & BEMU_KIND_BIT(ARRAY)) {
		array = bemu_btf_array(bemu_kbtf_type(c, id));
		elem = array->type;
		return bemu_kbtf_size(c, &elem, &size) &&
		       !(bemu_kbtf_kind(c, elem) & BEMU_KIND_MODIFIER) &&
		       array->nelems * size == c->res_size[id];
	}
	return !(bemu_kbtf_kind(c, c->res_id[id]) & (BEMU_KIND_MISSING | BEMU_KIND_MODIFIER |
						     BEMU_KIND_BIT(VAR) | BEMU_KIND_BIT(DATASEC)));
}

static uint32_t kinds_to_resolve(const struct bemu_kbtf_check *c)
{
	/* v5.17, d7e7b42f4f95: functions have a state; before, they were looked at on their own */
	return NEEDS_RESOLVE |
	       (c->model->prof->kernel > BEMU_KERNEL_5_15 ? BEMU_KIND_BIT(FUNC) : 0);
}

static int resolve(struct bemu_kbtf_check *c, uint32_t top)
{
	struct walk w;
	const struct btf_type *t = bemu_kbtf_type(c, top);
	uint32_t saved = c->log_type_id;
	int err;

	w.c = c;
	w.descend = c->needs;
	w.settled = false;
	w.depth = 0;
	err = push(&w, top);
	while (!err && w.depth) {
		c->log_type_id = w.stack[w.depth - 1].id;
		err = resolve_one(&w, &w.stack[w.depth - 1]);
	}
	c->log_type_id = top;
	if (err == -E2BIG) {
		(void)bemu_kbtf_say_type(c, t, "Exceeded max resolving depth:%u",
					 (unsigned int)BEMU_K_MAX_RESOLVE_DEPTH);
	} else if (err == -EEXIST) {
		(void)bemu_kbtf_say_type(c, t, "Loop detected");
	} else if (!err && !resolve_valid(c, top)) {
		err = bemu_kbtf_say_type(c, t, "Invalid resolve state");
	}
	c->log_type_id = saved;
	return err;
}

/*
 * Pointers to what a pointer does not walk into: nearly all of them, so they are spared the walk, which
 * would do this and no more.
 */
static inline bool resolve_pointer(struct bemu_kbtf_check *c, uint32_t id)
{
	uint32_t next;

	if (c->kind[id] != BTF_KIND_PTR)
		return false;
	next = bemu_kbtf_type(c, id)->type;
	if (!(bemu_kbtf_kind(c, next) &
	      (TARGET | BEMU_KIND_BIT(ARRAY) | (BEMU_KIND_SIZED & ~BEMU_KIND_BIT(DATASEC)))))
		return false;
	c->res_id[id] = next;
	c->state[id] = BEMU_KBTF_RESOLVED;
	return true;
}

/* Resolves where that is still to be done; not for ids that are missing. */
static inline int resolve_if_needed(struct bemu_kbtf_check *c, uint32_t id)
{
	if (!(bemu_kbtf_kind(c, id) & c->needs) || is_resolved(c, id) || resolve_pointer(c, id))
		return 0;
	return resolve(c, id);
}

/* Mirrors btf_func_proto_check(). */
static int check_proto(struct bemu_kbtf_check *c, const struct btf_type *t)
{
	const struct btf_param *args = bemu_btf_params(t);
	uint32_t nr = bemu_btf_vlen(t), refused = BEMU_KIND_MISSING, unsized = 0, id, i;
	int err;

	/* what only describes others is no type of a value; v5.15 did not look */
	if (c->model->prof->kernel > BEMU_KERNEL_5_15)
		refused |= SOURCE_ONLY;
	if (bemu_model_quirk(c->model, BEMU_QUIRK_K_DECLTAG_IN_PROTO)) {
		refused &= ~BEMU_KIND_BIT(DECL_TAG);
		unsized = BEMU_KIND_BIT(DECL_TAG);
	}
	if (t->type) {
		id = t->type;
		if (bemu_kbtf_kind(c, id) & refused)
			return bemu_kbtf_say_type(c, t, "Invalid return type");
		err = resolve_if_needed(c, id);
		if (err)
			return err;
		if (!bemu_kbtf_size(c, &id, NULL) && !(bemu_kbtf_kind(c, id) & unsized))
			return bemu_kbtf_say_type(c, t, "Invalid return type");
	}
	if (nr && !args[nr - 1].type) {
		if (args[nr - 1].name_off)
			return bemu_kbtf_say_type(c, t, "Invalid arg#%u", nr);
		nr--;
	}
	for (i = 0; i < nr; i++) {
		id = args[i].type;
		if (bemu_kbtf_kind(c, id) & refused)
			return bemu_kbtf_say_type(c, t, "Invalid arg#%u", i + 1);
		if (args[i].name_off && (!bemu_kbtf_name_off_ok(c, args[i].name_off) ||
					 !bemu_kbtf_identifier_ok(c, args[i].name_off)))
			return bemu_kbtf_say_type(c, t, "Invalid arg#%u", i + 1);
		err = resolve_if_needed(c, id);
		if (err)
			return err;
		if (!bemu_kbtf_size(c, &id, NULL) && !(bemu_kbtf_kind(c, id) & unsized))
			return bemu_kbtf_say_type(c, t, "Invalid arg#%u", i + 1);
	}
	return 0;
}

int bemu_kbtf_check_types(struct bemu_kbtf_check *c)
{
	bool funcs_apart = c->model->prof->kernel <= BEMU_KERNEL_5_15;
	uint32_t id;
	int err = 0;

	c->resolving = true;
	c->needs = kinds_to_resolve(c);
	for (id = 1; !err && id < c->nr; id++) {
		c->log_type_id = id;
		err = resolve_if_needed(c, id);
		if (!err && c->kind[id] == BTF_KIND_FUNC_PROTO)
			err = check_proto(c, bemu_kbtf_type(c, id));
		if (!err && funcs_apart && c->kind[id] == BTF_KIND_FUNC)
			err = check_func(c, bemu_kbtf_type(c, id));
	}
	return err;
}

int bemu_kbtf_check_tags(struct bemu_kbtf_check *c)
{
	uint32_t id, cur, left, kind, good = c->first ? c->first - 1 : 0;
	const struct btf_type *t;
	bool in_tags;

	for (id = good + 1; id < c->nr; id++) {
		t = bemu_kbtf_type(c, id);
		if (!bemu_btf_is_mod_kind(bemu_btf_kind(t)) && bemu_btf_kind(t) != BTF_KIND_TYPEDEF)
			continue;
		in_tags = bemu_btf_kind(t) == BTF_KIND_TYPE_TAG;
		for (cur = id, left = 32;; left--) {
			kind = 1u << bemu_btf_kind(t);
			if (!(kind & BEMU_KIND_MODIFIER))
				break;
			if (!left) {
				(void)bemu_kbtf_say(c, "Max chain length or cycle detected");
				return -ELOOP;
			}
			if (!(kind & BEMU_KIND_BIT(TYPE_TAG)))
				in_tags = false;
			else if (!in_tags)
				return bemu_kbtf_say(c, "Type tags don't precede modifiers");
			if (cur <= good)
				break;
			cur = t->type;
			t = bemu_kbtf_type(c, cur);
			if (!t)
				return -EINVAL;
		}
		good = id;
	}
	return 0;
}
