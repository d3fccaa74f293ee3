/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What a load did as JSON lines; bemu-json(5) describes every member. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "cli/hash.h"
#include "cli/json.h"

/* Longer payloads are told by their SHA-256. */
enum { BEMU_CLI_MAX_BYTES = 64 };

static void begin(struct bemu_cli_json *js, const struct bemu_cli_run *run, const char *type)
{
	bemu_cli_json_begin(js, type);
	bemu_cli_json_str(js, "object", run->object->name);
	bemu_cli_json_str(js, "kernel", run->world->kernel->name);
}

static void attr_member(struct bemu_cli_json *js, const struct bemu_call *call)
{
	struct bemu_call_field field;
	uint32_t pos = 0;

	bemu_cli_json_int(js, "attr_len", call->attr_len);
	bemu_cli_json_open(js, "attr");
	while (bemu_call_next_field(call, &pos, &field)) {
		if (field.is_text)
			bemu_cli_json_str(js, field.name, field.text);
		else if (field.is_u64)
			bemu_cli_json_u64(js, field.name, field.value);
		else
			bemu_cli_json_int(js, field.name, (int64_t)field.value);
	}
	bemu_cli_json_close(js);
}

static int call_record(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t idx)
{
	const struct bemu_call *call = bemu_recorder_get(run->rec, idx);
	char hex[BEMU_CLI_SHA256_HEX_LEN + 1];
	struct bemu_cli_json js;
	struct bemu_buf text;
	uint32_t i;
	int err;

	begin(&js, run, "call");
	bemu_cli_json_int(&js, "step", idx + 1);
	bemu_cli_json_str(&js, "phase", idx < run->nr_calls_loaded ? "load" : "close");
	bemu_cli_json_str(&js, "call", bemu_call_kind_name(call->kind));
	if (call->kind == BEMU_CALL_BPF)
		bemu_cli_json_str(&js, "cmd", bemu_call_cmd_name(call->cmd));
	bemu_cli_json_int(&js, "ret", call->ret);
	if (call->ret < 0)
		bemu_cli_json_str(&js, "errno", bemu_cli_errno((int)call->ret));
	bemu_buf_init(&text, run->env);
	bemu_call_format(&text, call);
	bemu_cli_json_str(&js, "text", bemu_buf_str(&text));
	if (call->kind == BEMU_CALL_BPF)
		attr_member(&js, call);
	bemu_cli_json_open_array(&js, "payloads");
	for (i = 0; i < call->nr_payloads; i++) {
		const struct bemu_call_payload *p = &call->payloads[i];

		bemu_cli_json_open(&js, NULL);
		bemu_cli_json_str(&js, "field", p->field);
		bemu_cli_json_int(&js, "len", p->len);
		if (p->len <= BEMU_CLI_MAX_BYTES) {
			bemu_cli_json_bytes(&js, "bytes", p->data, p->len);
		} else {
			bemu_cli_sha256(p->data, p->len, hex);
			bemu_cli_json_str(&js, "sha256", hex);
		}
		bemu_cli_json_close(&js);
	}
	bemu_cli_json_close(&js);
	err = bemu_cli_json_end(&js, buf);
	if (text.err)
		err = text.err;
	bemu_buf_fini(&text);
	return err;
}

static void fd_member(struct bemu_cli_json *js, int fd)
{
	if (fd >= 0)
		bemu_cli_json_int(js, "fd", fd);
	else
		bemu_cli_json_null(js, "fd");
}

static int map_record(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t idx)
{
	const struct bemu_obj_map *map = &run->object->obj->maps[idx];
	const struct bemu_load_map *got = &run->maps[idx];
	bool made = got->created || got->reused;
	struct bemu_cli_json js;

	begin(&js, run, "map");
	bemu_cli_json_str(&js, "name", map->name);
	bemu_cli_json_str(&js, "map_type", bemu_cli_map_type(map->type));
	bemu_cli_json_int(&js, "map_type_id", map->type);
	fd_member(&js, made ? got->fd : -1);
	bemu_cli_json_int(&js, "key_size", map->key_size);
	bemu_cli_json_int(&js, "value_size", got->created ? got->value_size : map->value_size);
	bemu_cli_json_int(&js, "max_entries", got->created ? got->max_entries : map->max_entries);
	bemu_cli_json_int(&js, "map_flags", got->created ? got->map_flags : map->map_flags);
	bemu_cli_json_int(&js, "btf_key_type_id", got->key_type_id);
	bemu_cli_json_int(&js, "btf_value_type_id", got->value_type_id);
	bemu_cli_json_bool(&js, "created", got->created);
	bemu_cli_json_bool(&js, "reused", got->reused);
	bemu_cli_json_bool(&js, "frozen", got->frozen);
	return bemu_cli_json_end(&js, buf);
}

static int prog_record(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t idx)
{
	const struct bemu_obj_prog *prog = &run->object->obj->progs[idx];
	const struct bemu_load_prog *got = &run->progs[idx];
	char hex[BEMU_CLI_SHA256_HEX_LEN + 1];
	struct bemu_cli_json js;

	begin(&js, run, "prog");
	bemu_cli_json_str(&js, "name", prog->name);
	bemu_cli_json_str(&js, "section", prog->sec_name);
	bemu_cli_json_str(&js, "prog_type", bemu_cli_prog_type(prog->type));
	bemu_cli_json_int(&js, "prog_type_id", prog->type);
	bemu_cli_json_int(&js, "expected_attach_type", prog->expected_attach_type);
	bemu_cli_json_int(&js, "prog_flags", prog->prog_flags);
	bemu_cli_json_int(&js, "attach_btf_id", got->attach_btf_id);
	bemu_cli_json_str(&js, "attach_owner", got->attach_owner);
	fd_member(&js, got->fd);
	bemu_cli_json_int(&js, "err", got->err);
	bemu_cli_json_int(&js, "nr_insns", got->nr_insns);
	if (got->nr_insns)
		bemu_cli_sha256(got->insns, got->nr_insns * sizeof(*got->insns), hex);
	bemu_cli_json_str(&js, "insns_sha256", got->nr_insns ? hex : NULL);
	bemu_cli_json_int(&js, "nr_core", got->nr_core);
	bemu_cli_json_int(&js, "nr_core_matched", got->nr_core_matched);
	if (got->poisoned)
		bemu_cli_json_int(&js, "poisoned_insn", got->poison_insn_idx);
	else
		bemu_cli_json_null(&js, "poisoned_insn");
	bemu_cli_json_str(&js, "answer", bemu_cli_answer_name(bemu_cli_prog_answer(run, idx)));
	return bemu_cli_json_end(&js, buf);
}

static const char *ref_kind_name(uint32_t kind)
{
	switch ((enum bemu_cli_ref_kind)kind) {
	case BEMU_CLI_REF_NONE:
		return "core";
	case BEMU_CLI_REF_MAP:
		return "map";
	case BEMU_CLI_REF_MAP_VALUE:
		return "map_value";
	case BEMU_CLI_REF_KCONFIG:
		return "kconfig";
	case BEMU_CLI_REF_KSYM:
		return "ksym_address";
	case BEMU_CLI_REF_BTF_ID:
		return "btf_id";
	case BEMU_CLI_REF_KFUNC:
		return "kfunc";
	case BEMU_CLI_REF_TYPE_ID:
		return "type_id";
	case BEMU_CLI_REF_SUBPROG:
		return "subprog";
	case BEMU_CLI_REF_MISSING:
		return "weak_missing";
	}
	return "?";
}

static void ref_member(struct bemu_cli_json *js, const struct bemu_cli_ref *ref)
{
	bemu_cli_json_open(js, "ref");
	bemu_cli_json_str(js, "kind", ref_kind_name(ref->kind));
	if (ref->name)
		bemu_cli_json_str(js, "name", ref->name);
	if (ref->kind == BEMU_CLI_REF_MAP_VALUE || ref->kind == BEMU_CLI_REF_KCONFIG)
		bemu_cli_json_int(js, "offset", ref->off);
	if (ref->kind == BEMU_CLI_REF_KSYM)
		bemu_cli_json_u64(js, "address", ref->value);
	if (ref->btf_id) {
		bemu_cli_json_int(js, "btf_id", ref->btf_id);
		bemu_cli_json_str(js, "btf_kind", ref->btf_kind);
		bemu_cli_json_str(js, "owner", ref->owner);
	}
	if (ref->core)
		bemu_cli_json_int(js, "relo", ref->core->relo_idx);
	bemu_cli_json_close(js);
}

static int insn_records(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t prog_idx)
{
	const struct bemu_load_prog *got = &run->progs[prog_idx];
	struct bemu_cli_refs refs;
	struct bemu_buf text;
	uint32_t i;
	int err;

	err = bemu_cli_refs_init(&refs, run, prog_idx);
	if (err)
		return err;
	bemu_buf_init(&text, run->env);
	for (i = 0; !err && i < got->nr_insns; i++) {
		const struct bpf_insn *insn = &got->insns[i];
		struct bemu_cli_json js;
		struct bemu_cli_ref ref;

		begin(&js, run, "insn");
		bemu_cli_json_str(&js, "prog", run->object->obj->progs[prog_idx].name);
		bemu_cli_json_int(&js, "idx", i);
		bemu_cli_json_int(&js, "code", insn->code);
		bemu_cli_json_int(&js, "dst", insn->dst_reg);
		bemu_cli_json_int(&js, "src", insn->src_reg);
		bemu_cli_json_int(&js, "off", insn->off);
		bemu_cli_json_int(&js, "imm", insn->imm);
		bemu_buf_clear(&text);
		bemu_cli_insn_text(&text, run, prog_idx, i);
		/* the second word of an ldimm64 has no text of its own */
		bemu_cli_json_str(&js, "text", text.len ? bemu_buf_str(&text) : NULL);
		bemu_cli_ref_at(run, &refs, i, &ref);
		if (ref.kind || ref.core)
			ref_member(&js, &ref);
		err = bemu_cli_json_end(&js, buf);
	}
	if (text.err)
		err = text.err;
	bemu_cli_refs_fini(&refs);
	bemu_buf_fini(&text);
	return err;
}

static int relo_record(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t idx)
{
	const struct bemu_core_record *rec = &run->res->core[idx];
	uint32_t prog_idx = run->res->core_prog[idx], i;
	struct bemu_cli_json js;
	char line[128];

	begin(&js, run, "relo");
	bemu_cli_json_str(&js, "prog", run->object->obj->progs[prog_idx].name);
	bemu_cli_json_int(&js, "idx", rec->relo_idx);
	bemu_cli_json_int(&js, "insn", rec->insn_idx);
	bemu_cli_json_str(&js, "line",
			  bemu_cli_line_of(run->object->obj, prog_idx, rec->insn_idx, line,
					   sizeof(line))
				  ? line
				  : NULL);
	bemu_cli_json_str(&js, "kind", bemu_core_kind_long_name(rec->relo.kind));
	bemu_cli_json_str(&js, "spec", rec->spec);
	bemu_cli_json_open_array(&js, "tried");
	for (i = 0; i < rec->nr_tried; i++) {
		const struct bemu_core_tried *t = &rec->tried[i];

		bemu_cli_json_open(&js, NULL);
		bemu_cli_json_str(&js, "owner", t->cand.owner);
		bemu_cli_json_int(&js, "type_id", t->cand.type_id);
		bemu_cli_json_str(&js, "name", bemu_btf_name(t->cand.btf, t->cand.type_id));
		bemu_cli_json_str(&js, "why", bemu_cli_why(t->why));
		bemu_cli_json_str(&js, "text", t->text);
		bemu_cli_json_close(&js);
	}
	bemu_cli_json_close(&js);
	bemu_cli_json_str(&js, "result",
			  rec->err	    ? "failed"
			  : rec->res.poison ? "poisoned"
			  : rec->patched    ? "patched"
					    : "unchanged");
	bemu_cli_json_int(&js, "err", rec->err);
	bemu_cli_json_u64(&js, "old", rec->res.orig_val);
	bemu_cli_json_u64(&js, "new", rec->res.new_val);
	return bemu_cli_json_end(&js, buf);
}

static int fd_record(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t nr)
{
	const struct bemu_fd_life *life = bemu_ledger_life(run->ledger, nr);
	struct bemu_cli_json js;

	begin(&js, run, "fd");
	bemu_cli_json_int(&js, "fd", life->fd);
	bemu_cli_json_int(&js, "nth", life->nth);
	bemu_cli_json_str(&js, "what", life->what);
	bemu_cli_json_int(&js, "opened", life->opened);
	if (life->closed)
		bemu_cli_json_int(&js, "closed", life->closed);
	else
		bemu_cli_json_null(&js, "closed");
	return bemu_cli_json_end(&js, buf);
}

void bemu_cli_json_finding(struct bemu_cli_json *js, const struct bemu_finding *f)
{
	uint32_t i;

	bemu_cli_json_str(js, "id", bemu_finding_name(f->id));
	bemu_cli_json_int(js, "step", f->step);
	if (f->insn_idx >= 0)
		bemu_cli_json_int(js, "insn", f->insn_idx);
	else
		bemu_cli_json_null(js, "insn");
	bemu_cli_json_bool(js, "root", f->root < 0);
	bemu_cli_json_str(js, "summary", f->summary);
	bemu_cli_json_open_array(js, "lines");
	for (i = 0; i < f->nr_lines; i++)
		bemu_cli_json_str(js, NULL, f->lines[i]);
	bemu_cli_json_close(js);
}

static int finding_record(struct bemu_buf *buf, const struct bemu_cli_run *run, uint32_t idx)
{
	struct bemu_cli_json js;

	begin(&js, run, "finding");
	bemu_cli_json_finding(&js, &run->findings.arr[idx]);
	return bemu_cli_json_end(&js, buf);
}

int bemu_cli_verdict_record(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	struct bemu_cli_json js;

	begin(&js, run, "verdict");
	bemu_cli_json_str(&js, "libbpf", bemu_cli_libbpf(run->libbpf));
	bemu_cli_json_str(&js, "rules", bemu_cli_kernel_short(run->world->profile));
	bemu_cli_json_str(&js, "answer", bemu_cli_answer_name(run->answer));
	bemu_cli_json_int(&js, "err", run->verdict);
	bemu_cli_json_str(&js, "errno", run->verdict ? bemu_cli_errno(run->verdict) : NULL);
	bemu_cli_json_str(&js, "stage",
			  run->res ? bemu_cli_stage(run->res->stage)
				   : bemu_cli_stage(BEMU_STAGE_OPEN));
	bemu_cli_json_str(&js, "reason", run->reason.len ? bemu_buf_str(&run->reason) : NULL);
	bemu_cli_json_int(&js, "findings", bemu_findings_roots(&run->findings));
	return bemu_cli_json_end(&js, buf);
}

int bemu_cli_untried_record(struct bemu_buf *buf, const struct bemu_cli_object *object,
			    const struct bemu_cli_kernel *kernel, uint32_t libbpf, int err,
			    const char *reason)
{
	struct bemu_cli_json js;

	bemu_cli_json_begin(&js, "verdict");
	bemu_cli_json_str(&js, "object", object->name);
	bemu_cli_json_str(&js, "kernel", kernel->name);
	bemu_cli_json_str(&js, "libbpf", bemu_cli_libbpf(libbpf));
	bemu_cli_json_str(&js, "rules", NULL);
	bemu_cli_json_str(&js, "answer", bemu_cli_answer_name(BEMU_CLI_ANSWER_NOT_TRIED));
	bemu_cli_json_int(&js, "err", err);
	bemu_cli_json_str(&js, "errno", err ? bemu_cli_errno(err) : NULL);
	bemu_cli_json_str(&js, "stage", "kernel");
	bemu_cli_json_str(&js, "reason", reason);
	bemu_cli_json_int(&js, "findings", 0);
	return bemu_cli_json_end(&js, buf);
}

int bemu_cli_records(struct bemu_buf *buf, const struct bemu_cli_run *run)
{
	const struct bemu_obj *obj = run->object->obj;
	uint32_t nr, i;
	int err = 0;

	if (!run->res)
		return bemu_cli_verdict_record(buf, run);
	nr = bemu_recorder_count(run->rec);
	for (i = 0; !err && i < nr; i++)
		err = call_record(buf, run, i);
	for (i = 0; !err && i < obj->nr_maps; i++)
		err = map_record(buf, run, i);
	for (i = 0; !err && i < obj->nr_progs; i++) {
		if (obj->progs[i].is_subprog)
			continue;
		err = prog_record(buf, run, i);
		if (!err && !run->progs[i].skipped)
			err = insn_records(buf, run, i);
	}
	for (i = 0; !err && i < run->res->nr_core; i++)
		err = relo_record(buf, run, i);
	nr = bemu_ledger_nr_lives(run->ledger);
	for (i = 1; !err && i <= nr; i++)
		err = fd_record(buf, run, i);
	for (i = 0; !err && i < run->findings.nr; i++)
		err = finding_record(buf, run, i);
	return err ? err : bemu_cli_verdict_record(buf, run);
}
