// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"

/* Reason codes and layer marks in one row of numbers; a code's layer is the last mark before it. */
enum mark {
#define X(name, meaning)	 ROW_##name,
#define BEMU_REASON_LAYER(layer) MARK_##layer,
#include <bemu/reasons/all.def>
#undef BEMU_REASON_LAYER
#undef X
};

/* Codes of a layer start where its mark stands, less the marks up to and including it, plus one. */
#define FIRST_CODE(layer, nr_marks) ((uint32_t)MARK_##layer - (nr_marks) + 1 + 1)

static uint32_t layer_of(uint32_t reason)
{
	static const uint32_t first[] = {
		[BEMU_LAYER_BASE] = FIRST_CODE(base, 1),
		[BEMU_LAYER_INSN] = FIRST_CODE(insn, 2),
		[BEMU_LAYER_BTF] = FIRST_CODE(btf, 3),
		[BEMU_LAYER_RELO] = FIRST_CODE(relo, 4),
		[BEMU_LAYER_OBJ] = FIRST_CODE(obj, 5),
		[BEMU_LAYER_MODEL] = FIRST_CODE(model, 6),
		[BEMU_LAYER_VM] = FIRST_CODE(vm, 7),
		[BEMU_LAYER_SYS] = FIRST_CODE(sys, 8),
		[BEMU_LAYER_LOAD] = FIRST_CODE(load, 9),
		[BEMU_LAYER_SKEL] = FIRST_CODE(skel, 10),
		[BEMU_LAYER_CLI] = FIRST_CODE(cli, 11),
		[BEMU_LAYER_SCENARIO] = FIRST_CODE(scenario, 12),
	};
	uint32_t layer = BEMU_LAYER_SCENARIO;

	while (layer > BEMU_LAYER_BASE && reason < first[layer])
		layer--;
	return layer;
}

const char *bemu_reason_name(uint32_t reason)
{
	static const char *const names[] = {
		"NONE",
#define X(name, meaning) #name,
#define BEMU_REASON_LAYER(layer)
#include <bemu/reasons/all.def>
#undef BEMU_REASON_LAYER
#undef X
	};

	return reason < BEMU_ARRAY_SIZE(names) ? names[reason] : "?";
}

/* Names from the input are part of many texts; a record stays one line, whatever they hold. */
static void keep_to_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void write_record(struct bemu_env *env, int err, enum bemu_reason reason, uint64_t pos,
			 const char *fmt, va_list args)
{
	struct bemu_log_record *rec = &env->log.ring[env->log.nr_written % BEMU_LOG_RING];
	int n;

	rec->reason = reason;
	rec->layer = layer_of(reason);
	rec->err = err;
	rec->reserved = 0;
	rec->pos = pos;
	n = vsnprintf(rec->text, sizeof(rec->text), fmt, args);
	if (n < 0)
		rec->text[0] = '\0';
	else if ((size_t)n >= sizeof(rec->text))
		memcpy(rec->text + sizeof(rec->text) - 4, "...", 4);
	keep_to_one_line(rec->text);
	env->log.nr_written++;
}

int bemu_fail(struct bemu_env *env, int err, enum bemu_reason reason, uint64_t pos, const char *fmt,
	      ...)
{
	va_list args;

	va_start(args, fmt);
	write_record(env, err, reason, pos, fmt, args);
	va_end(args);
	return err;
}

void bemu_note(struct bemu_env *env, enum bemu_reason reason, uint64_t pos, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_record(env, 0, reason, pos, fmt, args);
	va_end(args);
}

size_t bemu_log_count(const struct bemu_log *log)
{
	return log->nr_written < BEMU_LOG_RING ? (size_t)log->nr_written : BEMU_LOG_RING;
}

const struct bemu_log_record *bemu_log_get(const struct bemu_log *log, size_t idx)
{
	size_t count = bemu_log_count(log);

	if (idx >= count)
		return NULL;
	return &log->ring[(log->nr_written - count + idx) % BEMU_LOG_RING];
}

const struct bemu_log_record *bemu_log_last(const struct bemu_log *log)
{
	size_t count = bemu_log_count(log);

	return count ? bemu_log_get(log, count - 1) : NULL;
}

void bemu_env_budget(struct bemu_env *env)
{
	env->steps_left = env->limits.max_steps;
}

int bemu_env_step(struct bemu_env *env, uint64_t n)
{
	if (n > env->steps_left) {
		env->steps_left = 0;
		env->fault = env->fault ? env->fault : -EDQUOT;
		return bemu_fail(env, -EDQUOT, BEMU_R_BUDGET, env->limits.max_steps,
				 "work budget of %llu steps is used up",
				 (unsigned long long)env->limits.max_steps);
	}
	env->steps_left -= n;
	return 0;
}
