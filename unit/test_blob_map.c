/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The map of a blob for every object of the corpus, release and layout: regions tile the blob, and what
 * they are called agrees with the loader's own words and the blob's own bytes, read without the generator.
 */
#include <bemu/bemu.h>
#include <bemu/task.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "helpers.h"
#include "insn/insn.h"
#include "loader_scan.h"
#include "skel/gen.h"

#define OBJ_DIR BEMU_CORPUS "/obj/"

enum { MAX_OBJECTS = 4096 };

struct made {
	const char *what;
	bool swapped;
	struct bemu_gen_result res;
	struct bemu_blob blob;
	struct scan scan;
	uint8_t *touched; /* a byte a byte of the blob: 1 the loader's words, 2 the map */
};

/* ---- bytes ---- */

static uint32_t get32(const struct made *m, uint64_t off)
{
	uint32_t v;

	assert_true(off + 4 <= m->res.data_len);
	memcpy(&v, (const uint8_t *)m->res.data + off, 4);
	return m->swapped ? bemu_swap32(v) : v;
}

/* What every check ends with when it fails. */
#define CHECK(cond, off)                                                                       \
	do {                                                                                   \
		if (!(cond))                                                                   \
			fail_msg("%s: %s at %llu", m->what, #cond, (unsigned long long)(off)); \
	} while (0)

static const struct bemu_blob_region *at(const struct made *m, int64_t off)
{
	const struct bemu_blob_region *region = bemu_blob_find(&m->blob, (uint64_t)off);

	CHECK(region, off);
	return region;
}

/* ---- regions against themselves ---- */

static void check_tiles(const struct made *m)
{
	uint32_t next = 0, i;

	for (i = 0; i < m->blob.nr_regions; i++) {
		const struct bemu_blob_region *region = &m->blob.regions[i];

		CHECK(region->off == next, next);
		CHECK(region->len && region->kind < BEMU_NR_BLOB_KINDS, next);
		CHECK(region->map == BEMU_BLOB_NONE || region->map < m->blob.nr_maps, next);
		CHECK(region->prog == BEMU_BLOB_NONE || region->prog < m->blob.nr_progs, next);
		next += region->len;
	}
	CHECK(next == m->res.data_len, next);
}

static void check_padding(const struct made *m)
{
	const uint8_t *data = m->res.data;
	uint32_t i, k;

	for (i = 0; i < m->blob.nr_regions; i++) {
		const struct bemu_blob_region *region = &m->blob.regions[i];

		if (region->kind != BEMU_BLOB_PADDING)
			continue;
		CHECK(region->len < 8 && (region->off + region->len) % 8 == 0, region->off);
		for (k = 0; k < region->len; k++)
			CHECK(!data[region->off + k], region->off + k);
	}
}

/* ---- regions against the loader ---- */

static void check_bpf(const struct made *m, const struct scan_event *ev)
{
	const struct bemu_blob_region *region = at(m, ev->at.off);

	CHECK(!ev->at.map && region->off == ev->at.off && region->len == ev->len, ev->at.off);
	switch (ev->cmd) {
	case BPF_MAP_CREATE:
		CHECK(region->kind == BEMU_BLOB_MAP_ATTR || region->kind == BEMU_BLOB_INNER_ATTR,
		      region->off);
		break;
	case BPF_MAP_UPDATE_ELEM:
		CHECK(region->kind == BEMU_BLOB_UPDATE_ATTR, region->off);
		break;
	case BPF_MAP_FREEZE:
		CHECK(region->kind == BEMU_BLOB_FREEZE_ATTR, region->off);
		break;
	case BPF_BTF_LOAD:
		CHECK(region->kind == BEMU_BLOB_BTF_ATTR, region->off);
		break;
	default:
		CHECK(ev->cmd == BPF_PROG_LOAD && region->kind == BEMU_BLOB_PROG_ATTR, region->off);
	}
}

static void check_name(const struct made *m, const struct scan_event *ev)
{
	const char *text = (const char *)m->res.data + ev->at.off;
	const struct bemu_blob_region *region = at(m, ev->at.off);

	CHECK(region->kind == BEMU_BLOB_NAME && region->off == ev->at.off, ev->at.off);
	CHECK(region->len == ev->len && strlen(text) + 1 == region->len, ev->at.off);
	CHECK(region->name_off == region->off, ev->at.off);
}

/* A pointer that the loader puts into an attribute: to the begin of a region of this kind and length. */
static void check_points(const struct made *m, const struct scan_event *ev, uint32_t kind,
			 uint32_t len)
{
	const struct bemu_blob_region *region;

	CHECK(!ev->addr.map, ev->at.off);
	if (!len)
		return; /* nobody reads from it */
	region = at(m, ev->addr.off);
	CHECK(region->kind == kind && region->off == ev->addr.off && region->len == len,
	      ev->addr.off);
}

static void check_prog_pointer(const struct made *m, const struct scan_event *ev, uint32_t attr)
{
	const char *data = m->res.data;

	switch (ev->at.off - attr) {
	case 8:
		check_points(m, ev, BEMU_BLOB_INSNS, 8 * get32(m, attr + 4));
		break;
	case 16:
		check_points(m, ev, BEMU_BLOB_LICENSE, (uint32_t)strlen(data + ev->addr.off) + 1);
		break;
	case 80:
		check_points(m, ev, BEMU_BLOB_FUNC_INFO, get32(m, attr + 76) * get32(m, attr + 88));
		break;
	case 96:
		check_points(m, ev, BEMU_BLOB_LINE_INFO,
			     get32(m, attr + 92) * get32(m, attr + 104));
		break;
	case 128:
		check_points(m, ev, BEMU_BLOB_CORE_RELOS,
			     get32(m, attr + 136) * get32(m, attr + 116));
		break;
	default:
		CHECK(ev->at.off - attr == 120, ev->at.off);
		CHECK(ev->addr.off == m->blob.base, ev->at.off);
		CHECK(ev->addr.map == (m->blob.fd_map_len != 0), ev->at.off);
	}
}

static uint32_t value_size(const struct made *m, uint32_t map)
{
	uint32_t i;

	for (i = 0; i < m->blob.nr_regions; i++)
		if (m->blob.regions[i].kind == BEMU_BLOB_MAP_ATTR && m->blob.regions[i].map == map)
			return get32(m, m->blob.regions[i].off + 8);
	fail_msg("%s: map %u has no attribute", m->what, map);
	return 0;
}

static void check_update_pointer(const struct made *m, const struct scan_event *ev,
				 const struct bemu_blob_region *attr)
{
	const struct bemu_blob_region *to;

	if (ev->at.off - attr->off == 8) {
		check_points(m, ev, BEMU_BLOB_KEY, 4);
		return;
	}
	CHECK(ev->at.off - attr->off == 16, ev->at.off);
	if (ev->addr.map) {
		CHECK(ev->addr.off + 4 <= m->blob.fd_map_len, ev->at.off);
		return;
	}
	to = at(m, ev->addr.off);
	CHECK(to->off == ev->addr.off, ev->addr.off);
	CHECK((to->kind == BEMU_BLOB_VALUE && to->len == value_size(m, attr->map)) ||
		      (to->kind == BEMU_BLOB_FD_SLOT && to->len == 4),
	      ev->addr.off);
}

static void check_store(const struct made *m, const struct scan_event *ev)
{
	const struct bemu_blob_region *region;

	if (ev->at.map) {
		CHECK(ev->at.off >= 0 && ev->at.off + ev->len <= m->blob.fd_map_len, ev->at.off);
		return;
	}
	region = at(m, ev->at.off);
	CHECK(ev->at.off + ev->len <= region->off + region->len, ev->at.off);
	CHECK(region->kind != BEMU_BLOB_PADDING && region->kind != BEMU_BLOB_UNUSED, ev->at.off);
	memset(m->touched + ev->at.off, 1, ev->len);
	if (ev->value != SCAN_ADDR)
		return;
	if (region->kind == BEMU_BLOB_PROG_ATTR)
		check_prog_pointer(m, ev, region->off);
	else if (region->kind == BEMU_BLOB_UPDATE_ATTR)
		check_update_pointer(m, ev, region);
	else if (region->kind == BEMU_BLOB_BTF_ATTR)
		check_points(m, ev, BEMU_BLOB_BTF, get32(m, region->off + 16));
	else
		fail_msg("%s: a pointer goes to %lld", m->what, (long long)ev->at.off);
}

/* Nothing is in the blob that the loader does not name. */
static void check_all_are_named(const struct made *m)
{
	bool *named = calloc(m->blob.nr_regions + 1u, sizeof(*named));
	uint32_t i;

	assert_non_null(named);
	for (i = 0; i < m->scan.nr_addrs; i++)
		if (!m->scan.addrs[i].map && m->scan.addrs[i].off < m->res.data_len)
			named[at(m, m->scan.addrs[i].off) - m->blob.regions] = true;
	for (i = 0; i < m->blob.nr_regions; i++) {
		uint32_t kind = m->blob.regions[i].kind;
		bool silent = kind == BEMU_BLOB_PADDING || kind == BEMU_BLOB_UNUSED;

		CHECK(named[i] || silent, m->blob.regions[i].off);
	}
	free(named);
}

/* The same bytes by the map and by the loader's words. */
static void check_writes(const struct made *m)
{
	uint8_t *noted = calloc(1, m->res.data_len + 1u);
	uint32_t i;

	assert_non_null(noted);
	for (i = 0; i < m->blob.nr_writes; i++) {
		const struct bemu_blob_write *w = &m->blob.writes[i];

		CHECK(w->len <= m->res.data_len && w->off <= m->res.data_len - w->len, w->off);
		memset(noted + w->off, 1, w->len);
	}
	for (i = 0; i < m->res.data_len; i++)
		CHECK(noted[i] == m->touched[i], i);
	free(noted);
}

/* ---- calls ---- */

/*
 * The loader stores an FD into a place, then a constant into insn->off of the call. Later calls of the
 * same program copy that.
 */
static void check_call(const struct made *m, const struct bemu_blob_call *call)
{
	const struct scan_event *fd = NULL, *off = NULL;
	const struct bemu_blob_slot *slot;
	uint32_t i;

	CHECK(at(m, call->insn_off)->kind == BEMU_BLOB_INSNS, call->insn_off);
	CHECK(at(m, call->insn_off)->prog == call->prog, call->insn_off);
	CHECK(((const uint8_t *)m->res.data)[call->insn_off] == (BPF_JMP | BPF_CALL),
	      call->insn_off);
	if (call->repeat)
		return;
	slot = &m->blob.slots[call->slot];
	for (i = 0; i < m->scan.nr; i++) {
		const struct scan_event *ev = &m->scan.events[i];

		/* the last one is that of a symbol in a module */
		if (ev->kind == SCAN_STORE && ev->len == 2 && ev->at.off == call->insn_off + 2)
			off = ev;
	}
	CHECK(off && off->value == SCAN_CONST && off->constant == (int64_t)slot->idx,
	      call->insn_off);
	CHECK(call->off == (int16_t)slot->idx, call->insn_off);
	for (fd = off; fd->kind != SCAN_STORE || fd->len != 4; fd--)
		CHECK(fd != m->scan.events, call->insn_off);
	CHECK(fd->at.off == slot->off && fd->at.map == (m->blob.fd_map_len != 0), call->insn_off);
}

static void check_made(struct made *m)
{
	struct bpf_insn *insns = malloc(m->res.nr_insns * sizeof(*insns));
	uint32_t i;

	assert_non_null(insns);
	memcpy(insns, m->res.insns, m->res.nr_insns * sizeof(*insns));
	for (i = 0; i < m->res.nr_insns && m->swapped; i++)
		bemu_insn_swap(&insns[i]);
	scan_loader(&m->scan, insns, m->res.nr_insns);
	m->touched = calloc(1, m->res.data_len + 1u);
	assert_non_null(m->touched);

	check_tiles(m);
	check_padding(m);
	for (i = 0; i < m->scan.nr; i++) {
		const struct scan_event *ev = &m->scan.events[i];

		if (ev->kind == SCAN_BPF)
			check_bpf(m, ev);
		else if (ev->kind == SCAN_NAME)
			check_name(m, ev);
		else
			check_store(m, ev);
	}
	check_all_are_named(m);
	check_writes(m);
	for (i = 0; i < m->blob.nr_calls; i++)
		if (m->blob.calls[i].slot != BEMU_BLOB_NONE)
			check_call(m, &m->blob.calls[i]);
	free(m->touched);
	free(insns);
	scan_free(&m->scan);
}

/* ---- the corpus ---- */

struct corpus {
	uint32_t libbpf, nr;
	char *names[MAX_OBJECTS];
	struct bemu *em;
	uint32_t nr_made, nr_calls;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_objects(struct corpus *corpus)
{
	DIR *dir = opendir(OBJ_DIR);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len < 6 || strcmp(entry->d_name + len - 6, ".bpf.o"))
			continue;
		assert_true(corpus->nr < MAX_OBJECTS);
		corpus->names[corpus->nr] = strdup(entry->d_name);
		assert_non_null(corpus->names[corpus->nr++]);
	}
	closedir(dir);
	qsort(corpus->names, corpus->nr, sizeof(*corpus->names), by_name);
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	void *data;
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	*len = (size_t)size;
	return data;
}

static void make(struct corpus *corpus, const struct bemu_obj *obj, const char *name,
		 const struct bemu_gen_opts *gen_opts)
{
	struct bemu_task_opts task_opts = { .size = sizeof(task_opts), .nr_std = BEMU_TASK_STD };
	struct bemu_load_opts opts = { .size = sizeof(opts), .libbpf = corpus->libbpf };
	struct made m = { .swapped = obj->foreign_order };
	struct bemu_task *task = NULL;
	struct bemu_load *ld = NULL;
	struct bemu_gen *gen = NULL;
	struct bemu_backend be;
	char what[200];
	int verdict = 0;

	snprintf(what, sizeof(what), "%s, layout %s", name, bemu_layout_name(gen_opts->layout));
	m.what = what;
	assert_int_equal(bemu_task_new(corpus->em, &task_opts, &task), 0);
	bemu_backend_sys(task, &be);
	assert_int_equal(bemu_gen_new(obj->env, gen_opts, &gen), 0);
	opts.gen = bemu_gen_recorder(gen);
	assert_int_equal(bemu_load_new(obj->env, obj, &be, &opts, &ld, &verdict), 0);
	if (!verdict)
		assert_int_equal(bemu_load_run(ld, &verdict), 0);
	if (!verdict) {
		bemu_gen_get(gen, &m.res);
		bemu_gen_blob(gen, &m.blob);
		check_made(&m);
		corpus->nr_made++;
		corpus->nr_calls += m.blob.nr_calls;
	}
	bemu_load_free(ld);
	bemu_gen_free(gen);
	bemu_task_exit(task);
}

static void check_object(struct corpus *corpus, const char *name)
{
	struct bemu_gen_opts gen_opts = { .size = sizeof(gen_opts), .libbpf = corpus->libbpf };
	struct bemu_obj_opts opts = { .size = sizeof(opts), .libbpf = corpus->libbpf };
	struct bemu_obj *obj = NULL;
	struct bemu_env *env = test_env();
	char path[512];
	size_t len;
	void *data;

	snprintf(path, sizeof(path), OBJ_DIR "%s", name);
	opts.path = path;
	data = read_file(path, &len);
	if (!bemu_obj_parse(env, data, len, &opts, &obj)) {
		for (gen_opts.layout = 0; gen_opts.layout < BEMU_NR_LAYOUTS; gen_opts.layout++)
			make(corpus, obj, name, &gen_opts);
		bemu_obj_free(obj);
	}
	free(data);
	bemu_env_free(env);
}

static void every_byte_has_one_region_and_the_loader_agrees(void **state)
{
	const uint32_t libbpf = *(const uint32_t *)*state;
	static struct corpus corpus;
	struct bemu_opts opts = { .size = sizeof(opts) };
	uint32_t i;

	memset(&corpus, 0, sizeof(corpus));
	corpus.libbpf = libbpf;
	list_objects(&corpus);
	assert_int_equal(bemu_new(&opts, &corpus.em), 0);
	assert_int_equal(bemu_seal(corpus.em), 0);
	for (i = 0; i < corpus.nr; i++) {
		check_object(&corpus, corpus.names[i]);
		free(corpus.names[i]);
	}
	print_message("%u loaders of %u objects, %u kfunc calls\n", corpus.nr_made, corpus.nr,
		      corpus.nr_calls);
	/* a corpus that is not generated from would check nothing */
	assert_true(corpus.nr_made > 400 && corpus.nr_calls > 50);
	bemu_free(corpus.em);
}

int main(void)
{
	static const uint32_t releases[] = { BEMU_LIBBPF_1_1, BEMU_LIBBPF_1_5, BEMU_LIBBPF_1_7 };
	static const char *const names[] = {
		"libbpf 1.1: every byte has one region and the loader agrees",
		"libbpf 1.5: every byte has one region and the loader agrees",
		"libbpf 1.7: every byte has one region and the loader agrees",
	};
	struct CMUnitTest tests[BEMU_ARRAY_SIZE(releases)];
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(releases); i++)
		tests[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = every_byte_has_one_region_and_the_loader_agrees,
			.initial_state = (void *)(uintptr_t)&releases[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
