// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Kernel modules. */
#include <errno.h>
#include <string.h>

#include "scenario/private.h"

enum { MAX_NAME = 55 }; /* MODULE_NAME_LEN and its NUL */

static int begin(struct bemu_scn_run *run, const char *name, bool coming)
{
	struct bemu_module_opts opts = { .size = sizeof(opts), .name = name };
	const struct bemu_scn_arg *file = bemu_scn_setting(run, "btf");
	const void *data;
	void *raw = NULL;
	size_t len = 0;
	int err = 0;

	if (file) {
		err = bemu_scn_file(run, file, &data, &len);
		if (!err)
			raw = bemu_memdup(run->env, data, len);
		if (!err && !raw)
			err = -ENOMEM;
	} else if (run->line->has_block || bemu_scn_setting(run, "hex") ||
		   bemu_scn_setting(run, "builtin")) {
		err = bemu_scn_type_bytes(run, true, &raw, &len);
	}
	if (err)
		return err;
	/* names of its types are known from here on; the bytes stay until the scenario ends */
	if (raw)
		err = bemu_scn_add_btf(run, name, raw, len);
	if (err)
		return err;
	opts.btf = raw;
	opts.btf_len = len;
	return coming ? bemu_module_begin(run->em, &opts, &run->answer.ret)
		      : bemu_module_load(run->em, &opts, &run->answer.ret);
}

int bemu_scn_do_module(struct bemu_scn_run *run)
{
	const struct bemu_scn_arg *what, *arg;
	char name[BEMU_SCN_NAME_LEN];
	long *ret = &run->answer.ret;
	int err = bemu_scn_need(run, 1, "what becomes of the module", &what);

	if (!err)
		err = bemu_scn_need(run, 2, "the name of a module", &arg);
	if (!err && arg->val.len > MAX_NAME)
		err = bemu_scn_mistake(run, &arg->val, "a module's name has at most %d characters",
				       MAX_NAME);
	if (err)
		return err;
	bemu_scn_copy(run, arg, name, sizeof(name));
	if (bemu_scn_is(run->scn, &what->val, "load"))
		return begin(run, name, false);
	if (bemu_scn_is(run->scn, &what->val, "coming"))
		return begin(run, name, true);
	if (bemu_scn_is(run->scn, &what->val, "live"))
		return bemu_module_live(run->em, name, ret);
	if (bemu_scn_is(run->scn, &what->val, "fail"))
		return bemu_module_fail(run->em, name, ret);
	if (bemu_scn_is(run->scn, &what->val, "unload"))
		return bemu_module_unload(run->em, name, ret);
	if (bemu_scn_is(run->scn, &what->val, "going"))
		return bemu_module_going(run->em, name, ret);
	if (bemu_scn_is(run->scn, &what->val, "gone"))
		return bemu_module_gone(run->em, name, ret);
	if (bemu_scn_is(run->scn, &what->val, "hold")) {
		*ret = bemu_module_hold(run->em, name);
		return 0;
	}
	if (bemu_scn_is(run->scn, &what->val, "unhold")) {
		*ret = bemu_module_unhold(run->em, name);
		return 0;
	}
	if (bemu_scn_is(run->scn, &what->val, "info"))
		return bemu_scn_do_module_info(run);
	return bemu_scn_mistake(run, &what->val, "no such thing becomes of a module");
}

/* "module info demo -> state live, refs 1, btf_id b" */
int bemu_scn_do_module_info(struct bemu_scn_run *run)
{
	static const char *const states[] = {
		[BEMU_MODULE_COMING] = "coming",
		[BEMU_MODULE_LIVE] = "live",
		[BEMU_MODULE_GOING] = "going",
	};
	char name[BEMU_SCN_NAME_LEN];
	const struct bemu_scn_arg *arg = bemu_scn_arg(run, 2);
	uint32_t refs = 0, id = 0;
	int state =
		bemu_module_stat(run->em, bemu_scn_copy(run, arg, name, sizeof(name)), &refs, &id);

	if (state < 0) {
		run->answer.ret = state;
		return 0;
	}
	bemu_scn_text_field(run, "state", states[state], 16);
	bemu_scn_field(run, "refs", refs);
	bemu_scn_field(run, "btf_id", id);
	return 0;
}
