// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Bytes of a fuzz input: each candidate is decoded and run as a scenario. */
#include <errno.h>
#include <string.h>

#include "scenario/artefact.h"
#include "scenario/knobs.h"
#include "scenario/reducer.h"

static int try_bytes(struct bemu_reducer *r, const char *target, const struct bemu_buf *bytes,
		     bool *same)
{
	struct bemu_buf text;
	int err;

	bemu_buf_init(&text, r->env);
	err = bemu_scn_decode(r->env, target, (const uint8_t *)bytes->data, bytes->len, &text);
	if (!err)
		err = bemu_reducer_run(r, bemu_buf_str(&text), text.len, same);
	bemu_buf_fini(&text);
	return err;
}

/* Bytes [from, from + len) go, or become 0; *kept: that helped. */
static int cut_bytes(struct bemu_reducer *r, const char *target, uint32_t from, uint32_t len,
		     bool zero, bool *kept)
{
	struct bemu_buf bytes;
	int err;

	*kept = false;
	bemu_buf_init(&bytes, r->env);
	bemu_buf_add(&bytes, r->text.data, from);
	if (zero)
		bemu_buf_add(&bytes, NULL, len);
	bemu_buf_add(&bytes, r->text.data + from + len, r->text.len - from - len);
	err = bytes.err;
	if (!err && (bytes.len != r->text.len || memcmp(bytes.data, r->text.data, bytes.len) != 0))
		err = try_bytes(r, target, &bytes, kept);
	if (!err && *kept) {
		bemu_buf_clear(&r->text);
		bemu_buf_add(&r->text, bytes.data, bytes.len);
		err = r->text.err;
	}
	bemu_buf_fini(&bytes);
	return err;
}

static uint32_t payload_len(const struct bemu_buf *bytes)
{
	struct bemu_knobs knobs;

	return (uint32_t)bemu_knobs_split((const uint8_t *)bytes->data, bytes->len, &knobs);
}

static int shrink_bytes(struct bemu_reducer *r, const char *target)
{
	const uint32_t unit = bemu_scn_target_unit(target);
	uint32_t piece, at;
	bool kept, helped = true;
	int err = 0;

	while (!err && helped && r->nr_runs < r->max_runs) {
		uint32_t len = payload_len(&r->text);

		helped = false;
		if (len < r->text.len) {
			err = cut_bytes(r, target, len, BEMU_KNOBS_LEN, false, &kept);
			helped |= kept;
		}
		for (piece = len / unit; !err && piece; piece /= 2)
			for (at = payload_len(&r->text) / unit; !err && at;) {
				uint32_t from = at > piece ? at - piece : 0;

				err = cut_bytes(r, target, from * unit, (at - from) * unit, false,
						&kept);
				helped |= kept;
				at = from;
			}
		len = payload_len(&r->text);
		for (at = 0; !err && unit > 1 && at < len; at++) {
			err = cut_bytes(r, target, at, 1, true, &kept);
			helped |= kept;
		}
	}
	return err;
}

int bemu_artefact_reduce(struct bemu_env *env, const char *target, const uint8_t *data, size_t size,
			 const struct bemu_reduce_opts *opts, struct bemu_buf *out,
			 struct bemu_reduce_result *res)
{
	struct bemu_reducer *r;
	bool same;
	int err;

	if (opts->size != sizeof(*opts))
		return -EINVAL;
	r = bemu_zalloc(env, sizeof(*r));
	if (!r)
		return -ENOMEM;
	bemu_reducer_begin(r, env, opts);
	r->by_bytes = true;
	memset(res, 0, sizeof(*res));
	bemu_buf_add(&r->text, data, size);
	err = r->text.err ? r->text.err : try_bytes(r, target, &r->text, &same);
	r->want = r->first;
	res->nr_runs = r->nr_runs;
	if (!err && r->want.any)
		err = shrink_bytes(r, target);
	if (!err && r->want.any) {
		bemu_reducer_tell(r, res);
		bemu_buf_add(out, r->text.data, r->text.len);
		err = out->err;
	}
	bemu_buf_fini(&r->text);
	bemu_mem_free(env, r);
	return err;
}
