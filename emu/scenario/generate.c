// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Steps are drawn from the table below. They name FDs by number, so that a text is complete before anything
 * is run; the numbers are those that a small table usually has open.
 */
#include "scenario/generate.h"

#include <errno.h>
#include <inttypes.h>

#include "scenario/run.h"

enum { FIRST_FD = 3, NR_FDS = 8, NR_NAMES = 4 };

struct maker {
	struct bemu_buf *buf;
	uint64_t state;
};

/* xorshift64*: the same everywhere */
static uint32_t draw(struct maker *m, uint32_t below)
{
	m->state ^= m->state >> 12;
	m->state ^= m->state << 25;
	m->state ^= m->state >> 27;
	return (uint32_t)((m->state * 0x2545f4914f6cdd1dull) >> 32) % below;
}

static uint32_t fd(struct maker *m)
{
	return FIRST_FD + draw(m, NR_FDS);
}

static uint32_t one_of(struct maker *m, const uint32_t *values, uint32_t nr)
{
	return values[draw(m, nr)];
}

#define ONE_OF(m, ...)                               \
	one_of(m, (const uint32_t[]){ __VA_ARGS__ }, \
	       (uint32_t)(sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)))

/* One word a call: the arguments of one would be drawn in any order. */
static void word(struct maker *m, uint32_t value)
{
	bemu_buf_printf(m->buf, " %u", value);
}

static void setting(struct maker *m, const char *key, uint32_t value)
{
	bemu_buf_printf(m->buf, " %s=%u", key, value);
}

static void map_create(struct maker *m)
{
	bool hash = draw(m, 3) == 0;

	bemu_buf_printf(m->buf, "map create %s", hash ? "hash" : "array");
	word(m, ONE_OF(m, 4, 4, 4, 4, 4, 4, 4, 8, 0));
	word(m, ONE_OF(m, 1, 4, 8, 8, 8, 16, 24, 0));
	word(m, ONE_OF(m, 1, 1, 2, 3, 4, 0));
	if (!draw(m, 6))
		bemu_buf_printf(m->buf, " flags=%u",
				ONE_OF(m, 1, 8, 16, 24, 128, 256, 384, 1024, 0x80000000));
	if (!draw(m, 6))
		bemu_buf_printf(m->buf, " name=%s", draw(m, 4) ? "some.name_1" : "bad-name");
}

static void typed_map(struct maker *m)
{
	bemu_buf_printf(m->buf, "map create array 4");
	word(m, ONE_OF(m, 4, 4, 8));
	word(m, ONE_OF(m, 1, 1, 2));
	setting(m, "btf", fd(m));
	setting(m, "key_type", draw(m, 4));
	setting(m, "value_type", draw(m, 5));
}

static void map_elem(struct maker *m)
{
	switch (draw(m, 5)) {
	case 0:
	case 1:
		bemu_buf_printf(m->buf, "map update");
		word(m, fd(m));
		word(m, draw(m, 4));
		word(m, draw(m, 1000));
		if (!draw(m, 3))
			bemu_buf_printf(m->buf, " flags=%u", ONE_OF(m, 0, 1, 2, 3, 4, 8));
		break;
	case 2:
	case 3:
		bemu_buf_printf(m->buf, "map lookup");
		word(m, fd(m));
		word(m, draw(m, 4));
		if (!draw(m, 8))
			bemu_buf_printf(m->buf, " flags=%u", ONE_OF(m, 1, 4));
		break;
	default:
		bemu_buf_printf(m->buf, "map delete");
		word(m, fd(m));
		word(m, draw(m, 4));
	}
}

static void map_rest(struct maker *m)
{
	if (draw(m, 3))
		bemu_buf_printf(m->buf, "info %u", fd(m));
	else
		bemu_buf_printf(m->buf, "map freeze %u", fd(m));
}

static void number(struct maker *m)
{
	switch (draw(m, 6)) {
	case 0:
	case 1:
	case 2:
		bemu_buf_printf(m->buf, "close %u", fd(m));
		break;
	case 3:
		bemu_buf_printf(m->buf, "dup %u", fd(m));
		if (draw(m, 3))
			break;
		setting(m, "min", fd(m));
		setting(m, "cloexec", draw(m, 2));
		break;
	case 4:
		bemu_buf_printf(m->buf, "dup2");
		word(m, fd(m));
		word(m, fd(m));
		if (!draw(m, 3))
			bemu_buf_printf(m->buf, " cloexec=%u", draw(m, 2));
		break;
	default:
		bemu_buf_printf(m->buf, draw(m, 4) ? "cloexec " : "open other f");
		bemu_buf_printf(m->buf, "%u", fd(m));
	}
}

static void btf_load(struct maker *m)
{
	static const char *const blocks[] = {
		"struct s { int a; };",
		"struct s { int a; char b[4]; long c; }; typedef struct s t;",
		"union u { int a; long b; }; enum e { A, B = 7 };",
		"int v; section \".data\" { v };",
		"struct s { int a : 3; unsigned b : 5; }; int f(int x);",
		"struct s { float x; }; struct t;",
		"enum e { A = -1 }; struct p { struct q *x; };",
	};

	bemu_buf_printf(m->buf, "btf load { %s }",
			blocks[draw(m, sizeof(blocks) / sizeof(*blocks))]);
}

static void prog_load(struct maker *m)
{
	static const char *const bodies[] = {
		"r0 = 0; exit",
		"r0 = 7; r0 += 3; exit",
		"r0 = 0",
		"goto pc+1; r0 = 1; exit",
		"r0 = 0; if r0 == 0x0 goto pc+1; r0 = 2; exit",
		"call 9999; exit",
		"r0 = 1 ll; exit",
		"insn 0xff 0 0 0 0; r0 = 0; exit",
	};
	const char *name = draw(m, 5) ? "" : draw(m, 3) ? " name=some_prog" : " name=bad-name";

	bemu_buf_printf(m->buf, "prog load socket_filter%s { ", name);
	switch (draw(m, 4)) {
	case 0:
		bemu_buf_printf(m->buf, "r1 = map %u ll; r0 = 0; exit }", fd(m));
		break;
	case 1:
		bemu_buf_printf(m->buf, "r1 = value %u %u ll; r0 = 0; exit }", fd(m),
				ONE_OF(m, 0, 0, 3, 4, 7, 8, 100));
		break;
	default:
		bemu_buf_printf(m->buf, "%s }", bodies[draw(m, sizeof(bodies) / sizeof(*bodies))]);
	}
}

static void name(struct maker *m)
{
	uint32_t which = draw(m, NR_NAMES);

	switch (draw(m, 4)) {
	case 0:
	case 1:
		bemu_buf_printf(m->buf, "pin");
		word(m, fd(m));
		bemu_buf_printf(m->buf, " /sys/fs/bpf/%s%u", draw(m, 12) ? "n" : "no/", which);
		break;
	case 2:
		bemu_buf_printf(m->buf, "get /sys/fs/bpf/n%u", which);
		break;
	default:
		bemu_buf_printf(m->buf, "unlink /sys/fs/bpf/n%u", which);
	}
}

static void step(struct maker *m)
{
	static void (*const kinds[])(struct maker * m) = {
		map_create, map_create, typed_map, map_elem, map_elem,	map_elem,  map_rest, number,
		number,	    number,	btf_load,  btf_load, prog_load, prog_load, name,
	};

	kinds[draw(m, sizeof(kinds) / sizeof(*kinds))](m);
	bemu_buf_printf(m->buf, "\n");
}

int bemu_scn_generate(struct bemu_env *env, uint64_t seed, uint32_t nr_steps, struct bemu_buf *out)
{
	struct bemu_scn_opts opts = { .size = sizeof(opts), .record = out };
	struct bemu_scn_result res;
	struct bemu_scn_where where;
	struct bemu_scn *scn = NULL;
	struct bemu_buf text;
	struct maker m = { .buf = &text, .state = (seed + 1) * 0x9e3779b97f4a7c15ull };
	uint32_t i;
	int err;

	if (!nr_steps || nr_steps > BEMU_SCN_MAX_GENERATED)
		return -EINVAL;
	bemu_buf_init(&text, env);
	bemu_buf_printf(&text, "scenario: %u calls made by chance, seed %" PRIu64 "\nkernel 6.18\n",
			nr_steps, seed);
	for (i = 0; i < nr_steps; i++)
		step(&m);
	err = text.err;
	if (!err)
		err = bemu_scn_parse(env, bemu_buf_str(&text), text.len, &where, &scn);
	if (!err)
		err = bemu_scn_run(env, scn, &opts, &where, &res);
	bemu_scn_free(scn);
	bemu_buf_fini(&text);
	return err ? err : out->err;
}
