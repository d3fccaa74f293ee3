// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "scenario/artefact.h"

#include <errno.h>
#include <string.h>

#include "load/names.h"
#include "scenario/btf_input.h"
#include "scenario/calls.h"
#include "scenario/calls_text.h"
#include "scenario/run.h"

static int is_text(struct bemu_env *env, const uint8_t *data, size_t size,
		   const struct bemu_knobs *knobs, struct bemu_buf *out)
{
	(void)env;
	(void)knobs;
	bemu_buf_add(out, data, size);
	return out->err;
}

/* BTF_LOAD; of two, the second is split over the first, and no kernel is asked. */
static int is_btf(struct bemu_env *env, const uint8_t *data, size_t size,
		  const struct bemu_knobs *knobs, struct bemu_buf *out)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts), .record = out };
	size_t i, first = bemu_btf_input_first(data, size);
	struct bemu_scn_result res;
	struct bemu_scn *scn = NULL;
	struct bemu_buf text;
	int err;

	bemu_buf_init(&text, env);
	if (first < size)
		bemu_buf_printf(
			out, "# in the target, %zu bytes of a BTF that is split over it follow\n",
			size - first);
	/* the header of @out, which is written again by the run */
	bemu_buf_printf(&text, "%sbtf load hex=", bemu_buf_str(out));
	for (i = 0; i < first; i++)
		bemu_buf_printf(&text, "%02x", data[i]);
	bemu_buf_printf(&text, "%s\n", knobs->flags & BEMU_KNOB_LOG ? " log=1" : "");
	err = text.err ? text.err : bemu_scn_parse(env, bemu_buf_str(&text), text.len, NULL, &scn);
	bemu_buf_clear(out);
	if (!err)
		err = bemu_scn_run(env, scn, &opts, NULL, &res);
	bemu_scn_free(scn);
	bemu_buf_fini(&text);
	return err ? err : out->err;
}

static const struct {
	const char *name;
	bool has_header; /* its scenarios begin like others */
	uint32_t unit;
	int (*decode)(struct bemu_env *env, const uint8_t *data, size_t size,
		      const struct bemu_knobs *knobs, struct bemu_buf *out);
} targets[] = {
	{ "lifetime_fuzzer", true, BEMU_CALL_LEN, bemu_calls_text },
	{ "scenario_fuzzer", false, 1, is_text },
	{ "btf_fuzzer", true, 1, is_btf },
};

const char *bemu_scn_target(uint32_t n)
{
	return n < sizeof(targets) / sizeof(*targets) ? targets[n].name : NULL;
}

uint32_t bemu_scn_target_unit(const char *target)
{
	uint32_t i;

	for (i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		if (!strcmp(targets[i].name, target))
			return targets[i].unit;
	return 1;
}

/* What no scenario can say. */
static void put_knobs(struct bemu_buf *out, const struct bemu_knobs *knobs)
{
	if (knobs->flags & BEMU_KNOB_FAIL_ALLOC)
		bemu_buf_printf(out, "# in the target, allocation %u fails\n", knobs->nth);
	if (knobs->flags & BEMU_KNOB_FAIL_CALL)
		bemu_buf_printf(out, "# in the target, call %u fails\n", knobs->nth);
	if (knobs->flags & BEMU_KNOB_FEW_STEPS)
		bemu_buf_printf(out, "# in the target, there is a budget of %u steps\n",
				knobs->steps);
}

int bemu_scn_decode(struct bemu_env *env, const char *target, const uint8_t *data, size_t size,
		    struct bemu_buf *out)
{
	struct bemu_knobs knobs;
	uint32_t i, kernel;

	for (i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		if (!strcmp(targets[i].name, target))
			break;
	if (i == sizeof(targets) / sizeof(*targets))
		return -ENOENT;
	size = bemu_knobs_split(data, size, &knobs);
	kernel = bemu_knobs_kernel(&knobs);
	if (targets[i].has_header) {
		bemu_buf_printf(out, "scenario: what %s does with an input\n", target);
		bemu_buf_printf(out, "kernel %s\n",
				bemu_kernel_names[kernel ? kernel : BEMU_KERNEL_6_18]);
		put_knobs(out, &knobs);
	}
	return targets[i].decode(env, data, size, &knobs, out);
}
