// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Times of one raw kernel BTF, ours beside libbpf's: bounds, references and name index of borrowed
 * bytes; look-ups by name and kind; the memory that is held beyond the bytes.
 * Usage: bench_btf RAW_BTF
 */
#include <stdbool.h>
#include <string.h>

#include <bpf/btf.h>

#include "bench.h"
#include "btf/btf.h"

enum { NR_NAMES = 4000, NR_LINEAR = 60 };

struct parse {
	struct bemu_env *env;
	void *raw;
	size_t len;
	struct bemu_btf *btf;
	struct btf *lib;
};

static void parse_ours(void *ctx)
{
	struct parse *p = ctx;

	bemu_btf_put(p->btf);
	p->btf = NULL;
	if (bemu_btf_parse(p->env, p->raw, p->len, NULL, BEMU_BTF_PARSE_BORROW, &p->btf))
		bench_die("parse", bemu_log_last(&p->env->log)->text);
}

static void parse_theirs(void *ctx)
{
	struct parse *p = ctx;

	btf__free(p->lib);
	p->lib = btf__new(p->raw, (uint32_t)p->len);
	if (!p->lib)
		bench_die("parse", "libbpf refuses this BTF");
}

struct lookup {
	const struct parse *parse;
	const char *names[NR_NAMES];
	uint32_t kinds[NR_NAMES], nr, nr_linear;
	uint64_t found;
};

static void lookup_ours(void *ctx)
{
	struct lookup *l = ctx;
	uint32_t i;

	for (i = 0; i < l->nr; i++)
		l->found += bemu_btf_find(l->parse->btf, l->names[i], l->kinds[i], false) != 0;
}

static void lookup_theirs(void *ctx)
{
	struct lookup *l = ctx;
	uint32_t i;

	for (i = 0; i < l->nr_linear; i++)
		l->found += btf__find_by_name_kind(l->parse->lib, l->names[i], l->kinds[i]) > 0;
}

static void row_lookup(const char *id, struct lookup *l)
{
	l->nr_linear = l->nr < NR_LINEAR ? l->nr : NR_LINEAR;
	bench_row(id, "ns", bench_time(lookup_ours, l, 0.3) / l->nr * 1e9,
		  bench_time(lookup_theirs, l, 0.3) / l->nr_linear * 1e9);
}

/* Names from all over the BTF, so that a linear search has to go half the way on average. */
static void choose_names(struct lookup *l)
{
	const struct bemu_btf *btf = l->parse->btf;
	uint32_t nr_types = bemu_btf_nr_types(btf), i;

	for (i = 0; l->nr < NR_NAMES && i < nr_types; i++) {
		uint32_t id = 1 + (uint32_t)(((uint64_t)i * 2654435761u) % (nr_types - 1));

		if (!*bemu_btf_name(btf, id))
			continue;
		l->names[l->nr] = bemu_btf_name(btf, id);
		l->kinds[l->nr++] = bemu_btf_kind(bemu_btf_type(btf, id));
	}
}

int main(int argc, char **argv)
{
	struct bench_counting c = { .ops = { bench_counting_alloc, bench_counting_free, &c } };
	static struct lookup hit, miss;
	static char misses[NR_NAMES][16];
	struct parse p = { 0 };
	uint32_t i;

	if (argc != 2)
		bench_die("usage", "bench_btf RAW_BTF");
	p.raw = bench_read_file(argv[1], &p.len);
	if (bemu_env_new(&c.ops, NULL, &p.env))
		bench_die("env", "no memory");
	parse_ours(&p);
	bench_row_alone("btf-memory", "MB", (double)c.held / 1e6);
	bench_row_alone("btf-memory-peak", "MB", (double)c.peak / 1e6);
	bench_row("btf-parse", "ms", bench_time(parse_ours, &p, 0.5) * 1e3,
		  bench_time(parse_theirs, &p, 0.5) * 1e3);

	hit.parse = miss.parse = &p;
	choose_names(&hit);
	row_lookup("lookup-hit", &hit);
	for (i = 0; i < NR_NAMES; i++) {
		snprintf(misses[i], sizeof(misses[i]), "no_such_%u", i);
		miss.names[i] = misses[i];
		miss.kinds[i] = BTF_KIND_STRUCT;
	}
	miss.nr = NR_NAMES;
	row_lookup("lookup-miss", &miss);

	btf__free(p.lib);
	bemu_btf_put(p.btf);
	bemu_env_free(p.env);
	free(p.raw);
	return hit.found && !miss.found ? 0 : 1;
}
