/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "diff.h"

#include <string.h>

enum { CONTEXT = 4, MAX_NOTES = 400 };

/* Where addresses lie in an attribute: two runs have different ones. */
static const uint16_t *pointers_of(const struct bemu_call *call)
{
	enum { END = UINT16_MAX, UPROBE_MULTI = 48 };
#define AT(type, f) (uint16_t) offsetof(struct type, f)
#define ATTR(f)	    (uint16_t) offsetof(union bpf_attr, f)
	static const uint16_t none[] = { END };
	static const uint16_t map_create[] = { AT(bemu_attr_map_create, excl_prog_hash), END };
	static const uint16_t prog_load[] = {
		AT(bemu_attr_prog_load, insns),
		AT(bemu_attr_prog_load, license),
		AT(bemu_attr_prog_load, log_buf),
		AT(bemu_attr_prog_load, func_info),
		AT(bemu_attr_prog_load, line_info),
		AT(bemu_attr_prog_load, fd_array),
		AT(bemu_attr_prog_load, core_relos),
		AT(bemu_attr_prog_load, signature),
		END,
	};
	static const uint16_t btf_load[] = { AT(bemu_attr_btf_load, btf),
					     AT(bemu_attr_btf_load, btf_log_buf), END };
	static const uint16_t elem[] = { ATTR(key), ATTR(value), END };
	static const uint16_t obj[] = { ATTR(pathname), END };
	static const uint16_t info[] = { ATTR(info.info), END };
	static const uint16_t uprobe_multi[] = { 16, 24, 32, 40, END }; /* of v6.6 */
	static const uint16_t raw_tp[] = { ATTR(raw_tracepoint.name), END };
	uint32_t attach_type;

	switch (call->cmd) {
	case BPF_MAP_CREATE:
		return map_create;
	case BPF_PROG_LOAD:
		return prog_load;
	case BPF_BTF_LOAD:
		return btf_load;
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
		return elem;
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		return obj;
	case BPF_OBJ_GET_INFO_BY_FD:
		return info;
	case BPF_RAW_TRACEPOINT_OPEN:
		return raw_tp;
	case BPF_LINK_CREATE:
		memcpy(&attach_type, call->attr_in + ATTR(link_create.attach_type),
		       sizeof(attach_type));
		return attach_type == UPROBE_MULTI ? uprobe_multi : none;
	default:
		return none;
	}
#undef AT
#undef ATTR
}

static void plain_attr(const struct bemu_call *call, uint8_t *out)
{
	const uint16_t *off = pointers_of(call);
	static const uint8_t zero[8];

	memcpy(out, call->attr_in, BEMU_CALL_ATTR_LEN);
	for (; *off + sizeof(zero) <= BEMU_CALL_ATTR_LEN; off++) {
		bool set = memcmp(out + *off, zero, sizeof(zero)) != 0;

		memset(out + *off, 0, sizeof(zero));
		out[*off] = set;
	}
}

static void dump(struct bemu_buf *text, const char *who, const void *data, uint32_t len,
		 uint32_t from, uint32_t to)
{
	const uint8_t *raw = data;
	uint32_t i;

	bemu_buf_printf(text, "      %s", who);
	for (i = from; i < to && i < len; i++)
		bemu_buf_printf(text, " %02x", raw[i]);
	bemu_buf_printf(text, "%s\n", from >= len ? " (ends before)" : "");
}

/* Says where two runs of bytes differ, in words of @unit bytes; false when they are the same. */
static bool bytes_differ(struct bemu_buf *text, const char *what, const char *unit_name,
			 uint32_t unit, const void *a, uint32_t a_len, const void *b,
			 uint32_t b_len)
{
	uint32_t len = a_len < b_len ? a_len : b_len, i, from;

	for (i = 0; i < len; i++)
		if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
			break;
	if (i == len && a_len == b_len)
		return false;
	from = i - i % unit;
	bemu_buf_printf(text, "    %s: %s %u differs (%u and %u bytes)\n", what, unit_name,
			from / unit, a_len, b_len);
	dump(text, "libbpf", a, a_len, from, from + (unit < 16 ? 2 * unit : unit));
	dump(text, "ours  ", b, b_len, from, from + (unit < 16 ? 2 * unit : unit));
	return true;
}

static const char *kind_name(const struct bemu_call *call)
{
	const char *cmd = call->kind == BEMU_CALL_BPF ? bemu_call_cmd_name(call->cmd) : NULL;

	return cmd ? cmd : bemu_call_kind_name(call->kind);
}

/* Questions that neither make nor end anything, of which libbpf and we may ask more or less. */
static bool is_question(const struct bemu_call *call)
{
	return call->kind == BEMU_CALL_ACCESS || call->kind == BEMU_CALL_STATFS ||
	       call->kind == BEMU_CALL_UNAME;
}

/* The number of CPUs is an option of ours; libbpf reads it from a file that it closes at once. */
static bool is_cpu_file(const struct bemu_call *call)
{
	return call->kind == BEMU_CALL_OPEN && call->ret >= 0 &&
	       !strcmp(call->path, "/sys/devices/system/cpu/possible");
}

/** struct walk - the calls of a run that count, in order */
struct walk {
	const struct lb_run *run;
	uint32_t idx; /* of the next call to look at */
	uint32_t nr_open, nr_load; /* calls that count in these phases */
};

static const struct bemu_call *next_call(struct walk *w)
{
	uint32_t nr = bemu_recorder_count(w->run->rec);
	const struct bemu_call *call;

	for (; w->idx < nr; w->idx++) {
		call = bemu_recorder_get(w->run->rec, w->idx);
		if (is_question(call))
			continue;
		if (is_cpu_file(call)) {
			w->idx++; /* its close */
			continue;
		}
		w->nr_open += w->idx < w->run->nr_open;
		w->nr_load += w->idx < w->run->nr_load;
		w->idx++;
		return call;
	}
	return NULL;
}

/* One bpf(2) call against another of the same command. */
static bool bpf_differs(const struct bemu_call *a, const struct bemu_call *b, struct bemu_buf *key,
			struct bemu_buf *text)
{
	uint8_t attr_a[BEMU_CALL_ATTR_LEN], attr_b[BEMU_CALL_ATTR_LEN];
	uint32_t i;

	if (a->attr_len != b->attr_len) {
		bemu_buf_printf(key, "%s: attribute of %u bytes, ours %u", kind_name(a),
				a->attr_len, b->attr_len);
		return true;
	}
	plain_attr(a, attr_a);
	plain_attr(b, attr_b);
	if (bytes_differ(text, "attribute", "u32 at word", 4, attr_a, sizeof(attr_a), attr_b,
			 sizeof(attr_b))) {
		for (i = 0; attr_a[i] == attr_b[i]; i++)
			;
		bemu_buf_printf(key, "%s: attribute at %u", kind_name(a), i - i % 4);
		return true;
	}
	for (i = 0; i < a->nr_payloads || i < b->nr_payloads; i++) {
		const struct bemu_call_payload *pa = &a->payloads[i], *pb = &b->payloads[i];
		bool insns;

		if (i >= a->nr_payloads || i >= b->nr_payloads || strcmp(pa->field, pb->field)) {
			bemu_buf_printf(key, "%s: other pointers are set", kind_name(a));
			return true;
		}
		insns = !strcmp(pa->field, "insns");
		if (bytes_differ(text, pa->field, insns ? "insn" : "byte", insns ? 8 : 1, pa->data,
				 pa->len, pb->data, pb->len)) {
			bemu_buf_printf(key, "%s: %s", kind_name(a), pa->field);
			return true;
		}
	}
	return false;
}

static bool call_differs(const struct bemu_call *a, const struct bemu_call *b, struct bemu_buf *key,
			 struct bemu_buf *text)
{
	if (a->kind != b->kind || (a->kind == BEMU_CALL_BPF && a->cmd != b->cmd)) {
		bemu_buf_printf(key, "%s where ours has %s", kind_name(a), kind_name(b));
		return true;
	}
	if (a->kind == BEMU_CALL_BPF) {
		if (bpf_differs(a, b, key, text))
			return true;
	} else if (memcmp(a->args, b->args, sizeof(a->args)) ||
		   strcmp(a->path ? a->path : "", b->path ? b->path : "")) {
		bemu_buf_printf(key, "%s: arguments", kind_name(a));
		return true;
	}
	if (a->ret != b->ret) {
		bemu_buf_printf(key, "%s: result", kind_name(a));
		return true;
	}
	return false;
}

static void show_call(struct bemu_buf *text, const char *who, const struct bemu_call *call)
{
	bemu_buf_printf(text, "  %s ", who);
	if (call)
		bemu_call_format(text, call);
	else
		bemu_buf_printf(text, "(no more calls)");
	bemu_buf_printf(text, "\n");
}

/* The end of what a side had to say. */
static void show_notes(struct bemu_buf *text, const char *who, const struct bemu_buf *notes)
{
	const char *str = bemu_buf_str(notes), *end;
	size_t len = notes->len;

	if (len > MAX_NOTES) {
		str += len - MAX_NOTES;
		end = strchr(str, '\n');
		str = end && end[1] ? end + 1 : str;
	}
	while (*str) {
		end = strchr(str, '\n');
		len = end ? (size_t)(end - str) : strlen(str);
		bemu_buf_printf(text, "  %s %.*s\n", who, (int)len, str);
		str += len + (end ? 1 : 0);
	}
}

static bool calls_differ(struct walk *real, struct walk *ours, struct bemu_buf *key,
			 struct bemu_buf *text)
{
	const struct bemu_call *before[CONTEXT] = { NULL }, *a, *b;
	struct bemu_buf detail;
	bool differ = false;
	size_t i;

	bemu_buf_init(&detail, text->env);
	while (!differ) {
		a = next_call(real);
		b = next_call(ours);
		if (!a && !b)
			break;
		if (!a || !b) {
			bemu_buf_printf(key,
					a ? "%s that ours does not make" : "ours makes a %s more",
					kind_name(a ? a : b));
			differ = true;
		} else {
			differ = call_differs(a, b, key, &detail);
		}
		if (differ)
			break;
		memmove(before, before + 1, sizeof(before) - sizeof(before[0]));
		before[CONTEXT - 1] = a;
	}
	if (differ) {
		for (i = 0; i < CONTEXT; i++)
			if (before[i])
				show_call(text, "both  ", before[i]);
		show_call(text, "libbpf", a);
		show_call(text, "ours  ", b);
		bemu_buf_printf(text, "%s", bemu_buf_str(&detail));
		show_call(text, "libbpf, next:", next_call(real));
		show_call(text, "ours, next:  ", next_call(ours));
	}
	bemu_buf_fini(&detail);
	return differ;
}

/* What the generators made. */
static bool loaders_differ(const struct lb_run *real, const struct lb_run *ours,
			   struct bemu_buf *key, struct bemu_buf *text)
{
	const struct bemu_buf *a = &real->gen_insns, *b = &ours->gen_insns;

	if (bytes_differ(text, "loader", "insn", 8, a->data, (uint32_t)a->len, b->data,
			 (uint32_t)b->len)) {
		bemu_buf_printf(key, "loader program");
		return true;
	}
	a = &real->gen_data;
	b = &ours->gen_data;
	if (bytes_differ(text, "blob", "word", 8, a->data, (uint32_t)a->len, b->data,
			 (uint32_t)b->len)) {
		bemu_buf_printf(key, "blob");
		return true;
	}
	return false;
}

static bool fds_differ(const char *what, const int *a, uint32_t nr_a, const int *b, uint32_t nr_b,
		       struct bemu_buf *key, struct bemu_buf *text)
{
	uint32_t i;

	if (nr_a != nr_b) {
		bemu_buf_printf(key, "number of %ss", what);
		bemu_buf_printf(text, "  %u %ss, ours %u\n", nr_a, what, nr_b);
		return true;
	}
	for (i = 0; i < nr_a; i++)
		if (a[i] != b[i]) {
			bemu_buf_printf(key, "descriptor of a %s", what);
			bemu_buf_printf(text, "  %s %u has fd %d, ours %d\n", what, i, a[i], b[i]);
			return true;
		}
	return false;
}

static bool outcome_differs(const struct walk *walk_real, const struct walk *walk_ours,
			    struct bemu_buf *key, struct bemu_buf *text)
{
	const struct lb_run *real = walk_real->run, *ours = walk_ours->run;

	if (real->load_err != ours->load_err) {
		bemu_buf_printf(key, "load gives %s", lb_errno(real->load_err));
		bemu_buf_printf(key, ", ours %s", lb_errno(ours->load_err));
		return true;
	}
	if (walk_real->nr_open != walk_ours->nr_open || walk_real->nr_load != walk_ours->nr_load) {
		bemu_buf_printf(key, "a call belongs to another phase");
		bemu_buf_printf(text,
				"  open ends after %u calls, ours %u; load after %u, ours %u\n",
				walk_real->nr_open, walk_ours->nr_open, walk_real->nr_load,
				walk_ours->nr_load);
		return true;
	}
	return loaders_differ(real, ours, key, text) ||
	       fds_differ("map", real->map_fds, real->nr_maps, ours->map_fds, ours->nr_maps, key,
			  text) ||
	       fds_differ("program", real->prog_fds, real->nr_progs, ours->prog_fds, ours->nr_progs,
			  key, text);
}

bool lb_diff(const struct lb_run *real, const struct lb_run *ours, struct bemu_buf *key,
	     struct bemu_buf *text)
{
	struct walk walk_real = { .run = real }, walk_ours = { .run = ours };
	bool differ;

	if (real->open_err || ours->open_err) {
		differ = real->open_err != ours->open_err;
		if (differ) {
			bemu_buf_printf(key, "open gives %s", lb_errno(real->open_err));
			bemu_buf_printf(key, ", ours %s", lb_errno(ours->open_err));
		}
	} else {
		differ = calls_differ(&walk_real, &walk_ours, key, text) ||
			 outcome_differs(&walk_real, &walk_ours, key, text);
	}
	if (!differ)
		return true;
	if (real->load_err != ours->load_err) {
		bemu_buf_printf(text, "  load  %s", lb_errno(real->load_err));
		bemu_buf_printf(text, ", ours %s\n", lb_errno(ours->load_err));
	}
	show_notes(text, "libbpf said", &real->warnings);
	show_notes(text, "ours said  ", &ours->warnings);
	return false;
}
