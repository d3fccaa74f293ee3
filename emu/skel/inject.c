// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "skel/inject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load/record.h"
#include "uapi/bpf.h"

enum { NAME_LEN = 16 };

/* One errno that the kernel really has for the command, in a state that a loader may meet. */
static int errno_of(const struct bemu_seen *seen)
{
	switch (seen->kind) {
	case BEMU_SEEN_FIND_BTF:
		return -ENOENT;
	case BEMU_SEEN_KSYM:
		return -EPERM;
	case BEMU_SEEN_DUP:
	case BEMU_SEEN_OPEN:
		return -EMFILE;
	default:
		break;
	}
	switch (seen->cmd) {
	case BPF_MAP_CREATE:
	case BPF_PROG_TEST_RUN:
		return -ENOMEM;
	case BPF_MAP_UPDATE_ELEM:
		return -E2BIG;
	case BPF_MAP_FREEZE:
		return -EBUSY;
	case BPF_PROG_LOAD:
		return -EACCES;
	case BPF_OBJ_GET_INFO_BY_FD:
		return -EFAULT;
	case BPF_OBJ_GET:
	case BPF_MAP_DELETE_ELEM:
		return -ENOENT;
	case BPF_OBJ_PIN:
		return -EEXIST;
	default:
		return -EINVAL;
	}
}

/* The name that a creating command gives its object; "" for others. */
static void object_name(const struct bemu_seen *seen, char name[NAME_LEN + 1])
{
	size_t off;

	name[0] = '\0';
	if (seen->cmd == BPF_MAP_CREATE)
		off = offsetof(struct bemu_attr_map_create, map_name);
	else if (seen->cmd == BPF_PROG_LOAD)
		off = offsetof(struct bemu_attr_prog_load, prog_name);
	else
		return;
	memcpy(name, seen->attr + off, NAME_LEN);
	name[NAME_LEN] = '\0';
}

static void set_label(struct bemu_inject *inj, struct bemu_inject_call *call,
		      const struct bemu_seen *seen)
{
	const char *cmd = bemu_call_cmd_name(seen->cmd);
	char name[NAME_LEN + 1];
	uint32_t i;

	switch (seen->kind) {
	case BEMU_SEEN_BPF:
		object_name(seen, name);
		(void)snprintf(call->label, sizeof(call->label), "%.32s%s%s", cmd ? cmd : "bpf",
			       *name ? " " : "", name);
		break;
	case BEMU_SEEN_FIND_BTF:
		(void)snprintf(call->label, sizeof(call->label), "find_by_name %.48s", seen->name);
		break;
	case BEMU_SEEN_KSYM:
		(void)snprintf(call->label, sizeof(call->label), "kallsyms %.48s", seen->name);
		break;
	case BEMU_SEEN_DUP:
		(void)snprintf(call->label, sizeof(call->label), "dup");
		break;
	default:
		(void)snprintf(call->label, sizeof(call->label), "open %.48s", seen->name);
		break;
	}
	call->nth = 1;
	for (i = 0; i < inj->nr; i++)
		call->nth += !strcmp(inj->calls[i].label, call->label);
}

static bool can_fail(const struct bemu_seen *seen)
{
	return seen->kind != BEMU_SEEN_CLOSE && seen->kind != BEMU_SEEN_PRINTK &&
	       seen->kind != BEMU_SEEN_EXIT;
}

static int on_begin(void *ctx, const struct bemu_seen *seen)
{
	struct bemu_inject *inj = ctx;
	struct bemu_inject_call *call;

	if (can_fail(seen)) {
		if (bemu_env_step(inj->env, 1 + inj->nr))
			return -EDQUOT;
		if (bemu_grow(inj->env, &inj->calls, &inj->cap, (size_t)inj->nr + 1, sizeof(*call)))
			return -ENOMEM;
		call = &inj->calls[inj->nr];
		call->kind = seen->kind;
		call->cmd = seen->cmd;
		call->insn_idx = seen->insn_idx;
		call->err = errno_of(seen);
		set_label(inj, call, seen);
		inj->nr++;
	}
	return inj->next->begin(inj->next->ctx, seen);
}

static int on_end(void *ctx, struct bemu_seen *seen)
{
	struct bemu_inject *inj = ctx;

	return inj->next->end(inj->next->ctx, seen);
}

static bool on_answer(void *ctx, const struct bemu_seen *seen, int64_t *ret)
{
	struct bemu_inject *inj = ctx;

	if (!inj->failed && inj->fail_nr && inj->nr == inj->fail_nr && can_fail(seen)) {
		inj->failed = true;
		*ret = inj->calls[inj->nr - 1].err;
		return true;
	}
	return inj->next->answer && inj->next->answer(inj->next->ctx, seen, ret);
}

void bemu_inject_init(struct bemu_inject *inj, struct bemu_env *env, const struct bemu_watch *next,
		      uint32_t fail_nr)
{
	memset(inj, 0, sizeof(*inj));
	inj->watch.size = sizeof(inj->watch);
	inj->watch.begin = on_begin;
	inj->watch.end = on_end;
	inj->watch.answer = on_answer;
	inj->watch.ctx = inj;
	inj->env = env;
	inj->next = next;
	inj->fail_nr = fail_nr;
}

void bemu_inject_fini(struct bemu_inject *inj)
{
	bemu_mem_free(inj->env, inj->calls);
	inj->calls = NULL;
	inj->nr = inj->cap = 0;
}
