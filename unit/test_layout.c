/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The layouts of fd_array by numbers: worked examples, the table of what is left of an index in 16 bits, and
 * a sweep over data, kfuncs, maps and programs in which the generator has to stop where formulas say.
 */
#include <errno.h>

#include "layout_shape.h"

/* ---- one object, worked out by hand ---- */

/*
 * BTF of 803 bytes, a map of 32, a program of 26 words with one func_info and 12 line_info, that uses a
 * variable twice and calls three kfuncs, the first of them twice.
 */
static void generate_example(struct shape_run *run, const struct shape *s)
{
	static const struct {
		const char *name;
		uint32_t insn_idx;
		bool is_ld64;
	} symbols[] = {
		{ "vm_ctr", 0, true },	{ "vm_ctr", 4, true },	 { "kf_m1a", 12, false },
		{ "kf_vm", 15, false }, { "kf_m1a", 19, false }, { "kf_m1b", 22, false },
	};
	static uint8_t btf[803], func_info[8], line_info[12 * 16], value[1 << 18];
	static const struct bpf_insn insns[26];
	const struct bemu_attr_map_create map = { .map_type = BPF_MAP_TYPE_ARRAY,
						  .key_size = 4,
						  .value_size = s->data_len,
						  .max_entries = 1,
						  .btf_value_type_id = 28 };
	const struct bemu_attr_prog_load prog = {
		.insns = (uintptr_t)insns,
		.insn_cnt = 26,
		.license = (uintptr_t) "GPL",
		.func_info = (uintptr_t)func_info,
		.func_info_cnt = 1,
		.func_info_rec_size = 8,
		.line_info = (uintptr_t)line_info,
		.line_info_cnt = 12,
		.line_info_rec_size = 16,
	};
	const struct bemu_load_gen *rec = shape_begin(run, s);
	size_t i;

	rec->load_btf(rec->ctx, btf, sizeof(btf));
	rec->create_map(rec->ctx, &map, 0);
	rec->fill_map(rec->ctx, 0, value, s->data_len);
	for (i = 0; i < BEMU_ARRAY_SIZE(symbols); i++) {
		const struct bemu_load_gen_symbol sym = { .name = symbols[i].name,
							  .insn_idx = symbols[i].insn_idx,
							  .is_ld64 = symbols[i].is_ld64,
							  .is_func = !symbols[i].is_ld64 };

		rec->add_symbol(rec->ctx, &sym);
	}
	rec->load_prog(rec->ctx, &prog);
	shape_finish(run, rec);
}

static void the_worked_example_has_its_numbers(void **state)
{
	static const struct {
		const char *name;
		struct shape shape;
		uint32_t base, idx[3], rest[3], data_len, fd_map_len;
	} rows[] = {
		{ "sparse",
		  { .layout = BEMU_LAYOUT_SPARSE },
		  912,
		  { 164, 168, 172 },
		  { 0, 0, 0 },
		  1608,
		  0 },
		{ "sparse, unaligned",
		  { .layout = BEMU_LAYOUT_SPARSE, .unaligned = true },
		  903,
		  { 159, 162, 164 },
		  { 2, 0, 3 },
		  1566,
		  0 },
		{ "second-map",
		  { .layout = BEMU_LAYOUT_SECOND_MAP },
		  0,
		  { 1, 2, 3 },
		  { 0, 0, 0 },
		  1576,
		  16 },
		{ "aux-map",
		  { .layout = BEMU_LAYOUT_AUX_MAP },
		  0,
		  { 1, 2, 3 },
		  { 0, 0, 0 },
		  1576,
		  16 },
		{ "reserved",
		  { .layout = BEMU_LAYOUT_RESERVED },
		  0,
		  { 64, 65, 66 },
		  { 0, 0, 0 },
		  2856,
		  0 },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		struct shape shape = rows[i].shape;
		struct shape_run run;

		shape.nr_maps = shape.nr_progs = 1;
		shape.data_len = 32;
		generate_example(&run, &shape);
		assert_int_equal(run.err, 0);
		assert_int_equal(run.blob.base, rows[i].base);
		assert_int_equal(run.blob.data_len, rows[i].data_len);
		assert_int_equal(run.blob.fd_map_len, rows[i].fd_map_len);
		assert_int_equal(run.blob.nr_slots, 4);
		for (k = 0; k < 3; k++) {
			const struct bemu_blob_slot *slot = &run.blob.slots[k + 1];

			assert_int_equal(slot->idx, rows[i].idx[k]);
			assert_int_equal((slot->off - run.blob.base) % 4, rows[i].rest[k]);
		}
		shape_end(&run);
	}
}

/* The first kfunc's index is 164 + (data - 32) / 4 under sparse; the last one stops it. */
static void data_in_between_ends_the_sparse_layout_and_no_other(void **state)
{
	static const struct {
		uint32_t data_len, idx;
	} rows[] = { { 32, 164 }, { 130440 - 64, 32750 } };
	struct shape shape = { .nr_maps = 1, .nr_progs = 1 };
	struct shape_run run;
	size_t i;

	(void)state;
	shape.layout = BEMU_LAYOUT_SPARSE;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		shape.data_len = rows[i].data_len;
		generate_example(&run, &shape);
		assert_int_equal(run.err, 0);
		assert_int_equal(run.blob.slots[1].idx, rows[i].idx);
		shape_end(&run);
	}
	/* the first kfunc is the one that is refused: 130440 gives it 32766, 8 more 32768 */
	shape.any_off = true;
	shape.data_len = 130440;
	generate_example(&run, &shape);
	assert_int_equal(run.blob.slots[1].idx, 32766);
	shape_end(&run);
	shape.data_len = 130448;
	generate_example(&run, &shape);
	assert_int_equal(run.blob.slots[1].idx, 32768);
	assert_int_equal(run.blob.calls[0].off, INT16_MIN);
	shape_end(&run);
	shape.any_off = false;
	generate_example(&run, &shape);
	assert_int_equal(run.err, -E2BIG);
	assert_int_equal(run.reason, BEMU_R_SKEL_GEN_FD_ARRAY);
	shape_end(&run);
	for (shape.layout = 0; shape.layout < BEMU_NR_LAYOUTS; shape.layout++) {
		if (shape.layout == BEMU_LAYOUT_SPARSE)
			continue;
		generate_example(&run, &shape);
		assert_int_equal(run.err, 0);
		shape_end(&run);
	}
}

/* Beyond 256 kfuncs a program, reserved places are used up: name 8 bytes and place 8 bytes in turns. */
static void beyond_256_kfuncs_the_reserved_layout_is_sparse_too(void **state)
{
	struct shape shape = { .nr_maps = 1, .nr_data = 1, .nr_progs = 1, .nr_kfuncs = 258 };
	struct shape_run run;
	uint32_t small;

	(void)state;
	shape.data_len = 8;
	shape_generate(&run, &shape);
	assert_int_equal(run.err, 0);
	assert_int_equal(run.blob.slots[1].idx, 64);
	assert_int_equal(run.blob.slots[256].idx, 319);
	assert_int_equal(run.blob.slots[258].idx - run.blob.slots[257].idx, 4);
	assert_int_equal(run.blob.nr_kfuncs, 258);
	small = run.blob.slots[257].idx;
	shape_end(&run);

	shape.data_len = 100008;
	shape.any_off = true;
	shape_generate(&run, &shape);
	assert_int_equal(run.blob.slots[257].idx - small, 25000);
	shape_end(&run);
}

/* ---- what is left of an index ---- */

static void sixteen_bits_keep_of_an_index_what_the_table_says(void **state)
{
	static const struct {
		uint32_t gap, idx;
		int16_t off;
		uint32_t hit;
	} rows[] = {
		{ 131068, 32767, 32767, BEMU_BLOB_HIT },
		{ 131072, 32768, -32768, BEMU_BLOB_HIT_NEGATIVE },
		{ 131080, 32770, -32766, BEMU_BLOB_HIT_NEGATIVE },
		{ 196608, 49152, -16384, BEMU_BLOB_HIT_NEGATIVE },
		{ 262140, 65535, -1, BEMU_BLOB_HIT_NEGATIVE },
		{ 262144, 65536, 0, BEMU_BLOB_HIT_KERNEL },
		{ 262148, 65537, 1, BEMU_BLOB_HIT_OTHER },
		{ 262400, 65600, 64, BEMU_BLOB_HIT_OTHER },
		{ 393216, 98304, -32768, BEMU_BLOB_HIT_NEGATIVE },
		{ 524288, 131072, 0, BEMU_BLOB_HIT_KERNEL },
	};
	/* segments one after the other, so that every distance can be made */
	struct shape shape = { .layout = BEMU_LAYOUT_SPARSE,
			       .nr_maps = 2,
			       .nr_data = 1,
			       .nr_progs = 1,
			       .nr_kfuncs = 1,
			       .any_off = true,
			       .unaligned = true };
	struct shape_run run;
	uint32_t fixed;
	uint64_t sel;
	size_t i;

	(void)state;
	shape_generate(&run, &shape);
	fixed = run.blob.slots[2].off - run.blob.base;
	shape_end(&run);
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		shape.data_len = rows[i].gap - fixed;
		shape.any_off = true;
		shape_generate(&run, &shape);
		assert_int_equal(run.err, 0);
		assert_int_equal(run.blob.slots[2].off - run.blob.base, rows[i].gap);
		assert_int_equal(run.blob.slots[2].idx, rows[i].idx);
		assert_int_equal(run.blob.calls[0].off, rows[i].off);
		assert_int_equal(bemu_blob_hit(&run.blob, &run.blob.calls[0], &sel), rows[i].hit);
		if (rows[i].hit == BEMU_BLOB_HIT_OTHER)
			assert_int_equal(sel, run.blob.base + 4u * (uint32_t)rows[i].off);
		shape_end(&run);

		shape.any_off = false;
		shape_generate(&run, &shape);
		assert_int_equal(run.err, rows[i].idx > 32767 ? -E2BIG : 0);
		shape_end(&run);
	}
}

/* ---- the sweep ---- */

/* What the generator should end with, by the formulas; in the order in which it meets the limits. */
static int expected(const struct shape *s, const struct forecast *f)
{
	if (s->layout == BEMU_LAYOUT_RESERVED && s->nr_maps > 64)
		return -EFAULT;
	if (f->last_check > 32767)
		return -ERANGE;
	return f->max_idx > 32767 && !s->any_off ? -E2BIG : 0;
}

static void check_shape(const struct shape *s)
{
	struct shape_run run;
	struct forecast f;
	int want;

	forecast(s, &f);
	want = expected(s, &f);
	shape_generate(&run, s);
	/* both limits are passed: whichever comes first in the object */
	if (want == -ERANGE && f.max_idx > 32767 && run.err == -E2BIG)
		want = -E2BIG;
	if (run.err != want)
		fail_msg(
			"layout %s, %u maps (%u of %u bytes), %u programs of %u kfuncs: %d, not %d",
			bemu_layout_name(s->layout), s->nr_maps, s->nr_data, s->data_len,
			s->nr_progs, s->nr_kfuncs, run.err, want);
	if (!run.err) {
		uint32_t max_idx = 0, i;

		for (i = s->nr_maps; i < run.blob.nr_slots; i++)
			if (run.blob.slots[i].idx > max_idx)
				max_idx = run.blob.slots[i].idx;
		assert_int_equal(max_idx, f.max_idx);
		assert_int_equal(run.blob.data_len, f.data_len);
		assert_int_equal(run.blob.fd_map_len, f.fd_map_len);
		assert_int_equal(run.blob.last_check - run.blob.cleanup, f.last_check);
	}
	shape_end(&run);
}

static void the_generator_stops_where_the_formulas_say(void **state)
{
	static const uint32_t data[] = { 0, 1, 4096, 126976, 131072 };
	static const uint32_t kfuncs[] = { 0, 1, 2, 17, 256, 257, 300 };
	static const uint32_t maps[] = { 0, 1, 2, 64, 65 };
	static const uint32_t progs[] = { 1, 2, 5 };
	struct shape s = { 0 };
	size_t d, k, m, p;

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++)
		for (m = 0; m < BEMU_ARRAY_SIZE(maps); m++)
			for (d = 0; d < BEMU_ARRAY_SIZE(data); d++)
				for (k = 0; k < BEMU_ARRAY_SIZE(kfuncs); k++)
					for (p = 0; p < BEMU_ARRAY_SIZE(progs); p++) {
						s.nr_maps = maps[m];
						s.nr_data = maps[m] ? 1 : 0;
						s.data_len = data[d];
						s.nr_kfuncs = kfuncs[k];
						s.nr_progs = progs[p];
						s.strong = d & 1;
						s.any_off = k & 1;
						if (d && !maps[m])
							continue;
						check_shape(&s);
					}
}

/* The most that @what can be with err 0, found by halving. */
static uint32_t measure(struct shape *s, uint32_t *what, uint32_t high)
{
	uint32_t low = 0;

	while (high - low > 1) {
		struct shape_run run;
		int err;

		*what = low + (high - low) / 2;
		shape_generate(&run, s);
		err = run.err;
		shape_end(&run);
		if (err)
			high = *what;
		else
			low = *what;
	}
	return low;
}

/*
 * Sparse: the last kfunc's place is at most 131064 bytes from the first map's, a multiple of 8. In between
 * are that place (8), the map's other parts, the data, its key (8) and update (32), and of each program its
 * license (8), words, attribute (144), and of each kfunc its name (8) and place (8).
 */
static void measured_room_for_data_is_what_is_left_of_128_kb(void **state)
{
	uint32_t nr_progs, nr_kfuncs;

	(void)state;
	for (nr_progs = 1; nr_progs <= 9; nr_progs += 4)
		for (nr_kfuncs = 1; nr_kfuncs <= 101; nr_kfuncs += 25) {
			struct shape s = { .layout = BEMU_LAYOUT_SPARSE,
					   .nr_maps = 1,
					   .nr_data = 1,
					   .nr_progs = nr_progs,
					   .nr_kfuncs = nr_kfuncs };
			uint32_t progs = nr_progs * (8 + 8 * (nr_kfuncs + 2) + 144) +
					 16 * nr_kfuncs * nr_progs - 8;

			assert_int_equal(measure(&s, &s.data_len, 1 << 18),
					 131064 - 8 - 8 - 32 - progs);
		}
}

/* Whatever the layout, a loader with a check at its end has 32767 words between that and the clean-up. */
static void measured_room_for_kfuncs_is_the_reach_of_a_jump(void **state)
{
	struct shape s = { .nr_progs = 1, .strong = true };
	uint32_t before;

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++) {
		before = 3 * 3 + 2 + 46 + 6;
		if (s.layout == BEMU_LAYOUT_AUX_MAP)
			before += 3 + 12;
		/* 30 words a kfunc; that of the last is what the check is behind */
		assert_int_equal(measure(&s, &s.nr_kfuncs, SHAPE_MAX_KFUNCS),
				 (32767 - before) / 30);
	}
}

static void only_the_reserved_layout_counts_maps(void **state)
{
	struct shape s = { .nr_progs = 1, .nr_kfuncs = 1 };

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++) {
		/* 15 words a map, 6 in the clean-up */
		uint32_t aux = s.layout == BEMU_LAYOUT_AUX_MAP ? 3 + 12 : 0;
		uint32_t far = (32767 - (3 * 3 + 2 + aux + 46 + 23 + 6 + 6)) / 21;

		assert_int_equal(measure(&s, &s.nr_maps, 4096),
				 s.layout == BEMU_LAYOUT_RESERVED ? 64 : far);
	}
}

/*
 * A program is 54 words and 3 of the clean-up; with a call of a weak function, 29 more. Under sparse the last
 * one's place is at most 131064 bytes from the map's, of which a program takes its license (8), three words
 * (24), attribute (144), name (8) and place (8).
 */
static void measured_room_for_programs_is_a_jump_or_128_kb(void **state)
{
	struct shape s = { 0 };

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++) {
		uint32_t aux = s.layout == BEMU_LAYOUT_AUX_MAP ? 3 + 12 : 0;

		s.nr_maps = s.nr_data = s.data_len = s.nr_kfuncs = 0;
		assert_int_equal(measure(&s, &s.nr_progs, 4096),
				 (32767 - 3 * 2 - 2 - aux + 2) / 57);

		s.nr_maps = s.nr_data = s.nr_kfuncs = 1;
		s.data_len = 100000;
		/* of the map: 6 words of clean-up, 15 to make it, 33 to fill it */
		assert_int_equal(measure(&s, &s.nr_progs, 4096),
				 s.layout == BEMU_LAYOUT_SPARSE
					 ? (131064 - (8 + 100000 + 8 + 32) + 8) / 192
					 : (32767 - 3 * 2 - 2 - aux - 6 - 15 - 33 + 2) / 86);
	}
}

/* 1,000 calls of weak functions in 5 programs are 29,341 words of loader; 1,200 are past a jump. */
static void a_thousand_calls_are_within_reach_of_the_clean_up(void **state)
{
	static uint8_t btf[803];
	struct shape s = { .nr_progs = 5, .nr_kfuncs = 200 };
	const struct bemu_load_gen *rec;
	struct shape_run run;
	uint32_t i;

	(void)state;
	for (; s.nr_kfuncs <= 240; s.nr_kfuncs += 40) {
		rec = shape_begin(&run, &s);
		rec->load_btf(rec->ctx, btf, sizeof(btf));
		for (i = 0; i < s.nr_progs; i++)
			shape_prog(rec, &s);
		shape_finish(&run, rec);
		assert_int_equal(run.err, s.nr_kfuncs == 200 ? 0 : -ERANGE);
		if (!run.err)
			assert_int_equal(run.res.nr_insns, 29341);
		shape_end(&run);
	}
}

/* ---- what bemu_blob_room() says of it ---- */

/*
 * That many more are generated, and one more (of data: 8 more bytes) is not. Limits of the kernel and of
 * the loader's stack are not the generator's, so that it passes them.
 */
static void check_room(const struct shape *s, uint32_t growth)
{
	const struct {
		uint32_t *what, unit;
	} grown[BEMU_NR_BLOB_GROWTHS] = {
		{ &((struct shape *)(uintptr_t)s)->data_len, 8 },
		{ &((struct shape *)(uintptr_t)s)->nr_kfuncs, 1 },
		{ &((struct shape *)(uintptr_t)s)->nr_progs, 1 },
		{ &((struct shape *)(uintptr_t)s)->nr_maps, 1 },
	};
	static const int errs[BEMU_NR_BLOB_LIMITS] = {
		[BEMU_BLOB_LIMIT_MAPS] = -EFAULT,
		[BEMU_BLOB_LIMIT_SLOT] = -E2BIG,
		[BEMU_BLOB_LIMIT_JUMP] = -ERANGE,
	};
	uint32_t *what = grown[growth].what, before = *what, limit = 0;
	struct shape_run run;
	uint64_t room;
	int step;

	shape_generate(&run, s);
	assert_int_equal(run.err, 0);
	room = bemu_blob_room(&run.blob, growth, &limit);
	shape_end(&run);
	for (step = 0; step < 2 && limit != BEMU_BLOB_LIMIT_SIZE; step++) {
		*what = before + (uint32_t)room + (uint32_t)step * grown[growth].unit;
		shape_generate(&run, s);
		if (run.err != (step ? errs[limit] : 0))
			fail_msg(
				"layout %s, %u maps, %u programs of %u kfuncs, %u data: growth %u by %u, "
				"limit %u: %d",
				bemu_layout_name(s->layout), s->nr_maps, s->nr_progs, s->nr_kfuncs,
				s->data_len, growth, *what - before, limit, run.err);
		shape_end(&run);
	}
	*what = before;
}

static void an_object_can_grow_as_far_as_it_is_said(void **state)
{
	static const struct shape shapes[] = {
		{ .nr_maps = 1, .nr_data = 1, .nr_progs = 1, .nr_kfuncs = 1, .data_len = 8 },
		{ .nr_maps = 3, .nr_data = 1, .nr_progs = 4, .nr_kfuncs = 20, .data_len = 4096 },
		{ .nr_maps = 1, .nr_data = 1, .nr_progs = 1, .nr_kfuncs = 200, .data_len = 120000 },
		{ .nr_maps = 2, .nr_data = 1, .nr_progs = 1, .nr_kfuncs = 260, .data_len = 1000 },
		{ .nr_maps = 2, .nr_data = 1, .nr_progs = 2, .nr_kfuncs = 0, .data_len = 1000 },
	};
	uint32_t growth;
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(shapes); i++) {
		struct shape s = shapes[i];

		s.strong = true;
		for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++)
			for (growth = 0; growth < BEMU_NR_BLOB_GROWTHS; growth++)
				check_room(&s, growth);
	}
}

/* ---- memory ---- */

/* Each allocation fails once; nothing is left behind, and what finish() says is -ENOMEM. */
static void a_generation_without_memory_is_enomem_and_leaks_nothing(void **state)
{
	struct shape s = {
		.nr_maps = 2, .nr_data = 1, .data_len = 40, .nr_progs = 2, .nr_kfuncs = 3
	};
	unsigned long at;
	bool failed = true;

	(void)state;
	for (s.layout = 0; s.layout < BEMU_NR_LAYOUTS; s.layout++)
		for (at = 1, failed = true; failed; at++) {
			const struct bemu_gen_opts opts = { .size = sizeof(opts),
							    .layout = s.layout };
			const struct bemu_load_gen *rec;
			struct shape_run run = { 0 };
			struct test_alloc alloc;
			uint32_t i;
			int err;

			test_alloc_init(&alloc, 0);
			assert_int_equal(bemu_env_new(&alloc.ops, NULL, &run.env), 0);
			alloc.fail_at = alloc.nr_calls + at;
			err = bemu_gen_new(run.env, &opts, &run.gen);
			if (!err) {
				rec = bemu_gen_recorder(run.gen);
				run.obj = (struct bemu_obj){ .nr_maps = s.nr_maps,
							     .nr_progs = s.nr_progs };
				rec->begin(rec->ctx, &run.obj);
				shape_maps(rec, &s);
				for (i = 0; i < s.nr_progs; i++)
					shape_prog(rec, &s);
				err = rec->finish(rec->ctx);
			}
			failed = alloc.nr_calls >= alloc.fail_at;
			assert_int_equal(err, failed ? -ENOMEM : 0);
			assert_int_equal(run.env->fault, err);
			shape_end(&run);
			assert_int_equal(alloc.live, 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worked_example_has_its_numbers),
		cmocka_unit_test(data_in_between_ends_the_sparse_layout_and_no_other),
		cmocka_unit_test(beyond_256_kfuncs_the_reserved_layout_is_sparse_too),
		cmocka_unit_test(sixteen_bits_keep_of_an_index_what_the_table_says),
		cmocka_unit_test(the_generator_stops_where_the_formulas_say),
		cmocka_unit_test(measured_room_for_data_is_what_is_left_of_128_kb),
		cmocka_unit_test(measured_room_for_kfuncs_is_the_reach_of_a_jump),
		cmocka_unit_test(measured_room_for_programs_is_a_jump_or_128_kb),
		cmocka_unit_test(a_thousand_calls_are_within_reach_of_the_clean_up),
		cmocka_unit_test(an_object_can_grow_as_far_as_it_is_said),
		cmocka_unit_test(a_generation_without_memory_is_enomem_and_leaks_nothing),
		cmocka_unit_test(only_the_reserved_layout_counts_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
