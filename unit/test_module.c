/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Modules and their BTF: ids, descriptors, unload, and what programs hold. Tests carry the names of the rows
 * that were measured on Linux 6.1 and 6.12 with real modules.
 */
#include <bemu/backend.h>

#include "life.h"

enum { BTF_ID = BPF_BTF_GET_FD_BY_ID, PROG_ID = BPF_PROG_GET_FD_BY_ID };

static uint32_t next_btf(struct life *w, uint32_t id)
{
	return next_id(w->t, BPF_BTF_GET_NEXT_ID, id);
}

static long load_bytes(struct life *w, const char *name, const void *data, size_t len,
		       uint32_t flags)
{
	struct bemu_module_opts o = {
		.size = sizeof(o), .name = name, .btf = data, .btf_len = len, .flags = flags
	};
	long kret = -9999;

	assert_int_equal(bemu_module_load(w->em, &o, &kret), 0);
	return kret;
}

/* As far as its init: state coming. */
static void begin(struct life *w, const char *name)
{
	struct bytes b = life_module(w, name);
	struct bemu_module_opts o = {
		.size = sizeof(o), .name = name, .btf = b.data, .btf_len = b.len
	};
	long kret = -9999;

	assert_int_equal(bemu_module_begin(w->em, &o, &kret), 0);
	assert_int_equal(kret, 0);
	bemu_mem_free(w->env, b.data);
}

static void ids_follow_the_order_of_loads_A01_A03_A16_A17(void **state)
{
	struct life w = life_new(0);
	long b;

	(void)state;
	assert_int_equal(next_btf(&w, 1), 0);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "two"), 0);
	assert_int_equal(mod_btf_id(&w, "one"), 2);
	assert_int_equal(mod_btf_id(&w, "two"), 3);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_btf_id(&w, "one"), 4);
	b = btf_new(&w);
	assert_int_equal(id_of(w.t, b), 5);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_btf_id(&w, "one"), 6);
	assert_int_equal(next_btf(&w, 1), 3); /* A27: over the gap */
	life_end(&w);
}

static void a_module_whose_init_fails_leaves_a_gap_A03_A26(void **state)
{
	struct life w = life_new(0);
	long kret;

	(void)state;
	begin(&w, "one");
	assert_int_equal(mod_btf_id(&w, "one"), 2);
	assert_int_equal(bemu_module_fail(w.em, "one", &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(bemu_module_stat(w.em, "one", NULL, NULL), -ENOENT);
	assert_int_equal(probe(w.t, BTF_ID, 2), -ENOENT);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_btf_id(&w, "one"), 3);
	assert_int_equal(bemu_module_fail(w.em, "one", &kret), 0);
	assert_int_equal(kret, -EINVAL);
	assert_int_equal(bemu_module_fail(w.em, "two", &kret), 0);
	assert_int_equal(kret, -ENOENT);
	life_end(&w);
}

static void a_module_is_loaded_once_A19(void **state)
{
	struct life w = life_new(0);

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "one"), -EEXIST);
	assert_int_equal(mod_load(&w, "two"), 0);
	assert_int_equal(mod_btf_id(&w, "two"), 3);
	life_end(&w);
}

static void modules_without_btf_A23_A24(void **state)
{
	struct life w = life_new(0);
	struct bytes b = life_module(&w, "dummy");
	uint8_t magic = ((uint8_t *)b.data)[0];
	long kret;

	(void)state;
	assert_int_equal(load_bytes(&w, "none", NULL, 0, 0), 0);
	assert_int_equal(mod_btf_id(&w, "none"), 0);
	((uint8_t *)b.data)[0] = 0x9e;
	assert_int_equal(load_bytes(&w, "dummy", b.data, b.len, BEMU_MODULE_STRICT), -EINVAL);
	assert_int_equal(load_bytes(&w, "dummy", b.data, b.len, 0), 0);
	assert_int_equal(mod_btf_id(&w, "dummy"), 0);
	assert_int_equal(mod_unload(&w, "dummy"), 0);
	((uint8_t *)b.data)[0] = magic;
	assert_int_equal(load_bytes(&w, "dummy", b.data, b.len, 0), 0);
	assert_int_equal(mod_btf_id(&w, "dummy"), 2); /* no gap */
	assert_int_equal(bemu_sys_open(w.t, "/sys/kernel/btf/none", 0, &kret), 0);
	assert_int_equal(kret, -ENOENT);
	bemu_mem_free(w.env, b.data);
	life_end(&w);
}

static void a_string_section_of_no_bytes_is_valid_A14(void **state)
{
	struct life w = life_new(0);
	struct btf_header hdr = { .magic = BTF_MAGIC, .version = 1, .hdr_len = 24 };
	const uint32_t types[] = { 0, 0x02000000, V_INT }; /* a pointer */
	uint8_t raw[24 + sizeof(types)];
	struct bpf_btf_info info = { 0 };

	(void)state;
	hdr.type_len = hdr.str_off = sizeof(types);
	memcpy(raw, &hdr, 24);
	memcpy(raw + 24, types, sizeof(types));
	assert_int_equal(load_bytes(&w, "cast_common", raw, sizeof(raw), 0), 0);
	assert_int_equal(mod_btf_id(&w, "cast_common"), 2);
	assert_int_equal(info_of(w.t, mod_fd(&w, "cast_common"), &info, sizeof(info)), 0);
	assert_int_equal(info.btf_size, sizeof(raw));
	life_end(&w);
}

static void what_unload_answers_A15_A20_A21(void **state)
{
	struct life w = life_new(0);
	long kret;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(bemu_module_hold(w.em, "one"), 0); /* another module uses it */
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	assert_int_equal(bemu_module_unhold(w.em, "one"), 0);
	assert_int_equal(bemu_module_unhold(w.em, "one"), -EINVAL);
	assert_int_equal(bemu_module_unhold(w.em, "two"), -ENOENT);
	assert_int_equal(bemu_module_hold(w.em, "two"), -ENOENT);
	assert_int_equal(mod_unload(&w, "two"), -ENOENT);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(probe(w.t, BTF_ID, 2), -ENOENT);
	assert_int_equal(next_btf(&w, 1), 0);
	assert_int_equal(bemu_sys_open(w.t, "/sys/kernel/btf/one", 0, &kret), 0);
	assert_int_equal(kret, -ENOENT);
	begin(&w, "one");
	assert_int_equal(mod_unload(&w, "one"), -EBUSY);
	assert_int_equal(bemu_module_live(w.em, "one", &kret), 0);
	assert_int_equal(bemu_module_live(w.em, "one", &kret), 0);
	assert_int_equal(kret, -EINVAL);
	assert_int_equal(bemu_module_gone(w.em, "one", &kret), 0);
	assert_int_equal(kret, -EINVAL);
	assert_int_equal(bemu_module_going(w.em, "one", &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(bemu_module_stat(w.em, "one", NULL, NULL), BEMU_MODULE_GOING);
	assert_int_equal(bemu_module_hold(w.em, "one"), -ENOENT);
	assert_int_equal(mod_unload(&w, "one"), -EBUSY);
	assert_int_equal(probe(w.t, BTF_ID, 3), 0); /* its BTF is there still */
	life_end(&w);
}

static void without_capabilities_A28_B16(void **state)
{
	struct life w = life_new(0);
	struct bemu_attr_id id = { 0 };
	struct bpf_btf_info info = { 0 };
	long b;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	bemu_task_set_caps(w.t, 0);
	assert_int_equal(life_bpf(w.t, BPF_BTF_GET_NEXT_ID, &id, 8), -EPERM);
	assert_int_equal(by_id(w.t, BTF_ID, 2), -EPERM);
	assert_int_equal(btf_new(&w), -EPERM);
	assert_int_equal(PROG(w.t, RETURN0), -EPERM);
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), 0);
	assert_int_equal(info.id, 2);
	life_end(&w);
}

static void info_of_module_btf_A05_to_A13(void **state)
{
	struct life w = life_new(0);
	struct bytes raw = life_module(&w, "twelve_chars");
	char name[16] = "xxxxxxxxxxxxxxx";
	uint8_t bytes[1024];
	struct bpf_btf_info info = { .name = ptr(name), .name_len = sizeof(name) };
	long b;

	(void)state;
	assert_int_equal(mod_load(&w, "twelve_chars"), 0);
	b = mod_fd(&w, "twelve_chars");
	info.btf = ptr(bytes);
	info.btf_size = sizeof(bytes);
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), 0);
	assert_string_equal(name, "twelve_chars");
	assert_int_equal(info.name_len, 12);
	assert_int_equal(info.kernel_btf, 1);
	assert_int_equal(info.btf_size, raw.len);
	assert_memory_equal(bytes, raw.data, raw.len);
	memset(bytes, 0, sizeof(bytes));
	info = (struct bpf_btf_info){ .btf = ptr(bytes), .btf_size = 10 };
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), 0);
	assert_int_equal(info.btf_size, raw.len);
	assert_memory_equal(bytes, raw.data, 10);
	assert_int_equal(bytes[10], 0);
	info = (struct bpf_btf_info){ .name = ptr(name), .name_len = 12 };
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), -ENOSPC);
	assert_string_equal(name, "twelve_char");
	assert_int_equal(info.name_len, 12);
	info = (struct bpf_btf_info){ .name = ptr(name), .name_len = 1 };
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), -ENOSPC);
	assert_string_equal(name, "");
	info = (struct bpf_btf_info){ .name = ptr(name), .name_len = 13 };
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), 0);
	info = (struct bpf_btf_info){ .name = ptr(name) };
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), -EINVAL);
	info = (struct bpf_btf_info){ .name_len = 4 };
	assert_int_equal(info_of(w.t, b, &info, sizeof(info)), -EINVAL);
	bemu_mem_free(w.env, raw.data);
	life_end(&w);
}

static void a_descriptor_holds_no_module_B01_to_B12(void **state)
{
	struct life w = life_new(0);
	struct bytes raw = life_module(&w, "dummy");
	struct bpf_btf_info info = { 0 };
	struct bemu_fd_info fd;
	uint8_t bytes[1024];
	long b, dup, other;

	(void)state;
	assert_int_equal(mod_load(&w, "dummy"), 0);
	b = mod_fd(&w, "dummy");
	assert_int_equal(mod_refs(&w, "dummy"), 0);
	assert_int_equal(bemu_task_fd(w.t, (int)b, &fd), 0);
	assert_int_equal(b, 3);
	assert_true(fd.cloexec);
	other = mod_fd(&w, "dummy");
	assert_int_equal(id_of(w.t, other), 2);
	assert_int_equal(sys_close(w.t, other), 0);
	dup = sys_dup(w.t, b);
	assert_int_equal(mod_unload(&w, "dummy"), 0);
	/* the orphan answers, its id reads 0 and opens nothing */
	info.btf = ptr(bytes);
	info.btf_size = sizeof(bytes);
	assert_int_equal(info_of(w.t, dup, &info, sizeof(info)), 0);
	assert_int_equal(info.id, 0);
	assert_int_equal(info.kernel_btf, 1);
	assert_memory_equal(bytes, raw.data, raw.len);
	assert_int_equal(probe(w.t, BTF_ID, 2), -ENOENT);
	assert_int_equal(next_btf(&w, 1), 0);
	assert_int_equal(mod_load(&w, "dummy"), 0);
	assert_int_equal(mod_btf_id(&w, "dummy"), 3);
	assert_int_equal(id_of(w.t, b), 0);
	assert_int_equal(next_btf(&w, 1), 3);
	assert_int_equal(next_btf(&w, 3), 0);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(sys_close(w.t, dup), 0);
	assert_int_equal(mod_btf_id(&w, "dummy"), 3);
	bemu_mem_free(w.env, raw.data);
	life_end(&w);
}

static void module_btf_is_not_for_maps_and_programs_B08(void **state)
{
	struct life w = life_new(0);
	struct bpf_func_info fi = { 0, V_FUNC };
	struct prog p = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };
	struct bemu_attr_map_create a = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1,
					  .btf_key_type_id = V_INT,
					  .btf_value_type_id = V_INT };
	int i;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	a.btf_fd = p.a.prog_btf_fd = (uint32_t)mod_fd(&w, "one");
	p.a.func_info = ptr(&fi);
	p.a.func_info_rec_size = 8;
	for (i = 0; i < 2; i++) { /* live, then an orphan */
		assert_int_equal(life_bpf(w.t, BPF_MAP_CREATE, &a, sizeof(a)), -EACCES);
		p.a.func_info_cnt = 1;
		assert_int_equal(prog_load(w.t, &p), -EACCES);
		p.a.func_info_cnt = 0;
		assert_true(prog_load(w.t, &p) > 0);
		if (!i)
			assert_int_equal(mod_unload(&w, "one"), 0);
	}
	life_end(&w);
}

static void a_program_with_ldimm64_holds_the_module_C01_to_C10(void **state)
{
	struct life w = life_new(0);
	long b, b2, p, p2, again;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	p = PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0);
	assert_true(p > 0);
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN); /* C03 */
	assert_int_equal(probe(w.t, BTF_ID, 2), 0);
	again = by_id(w.t, PROG_ID, id_of(w.t, p));
	bemu_deferred_wait(w.em, 1);
	assert_int_equal(sys_close(w.t, again), 0); /* C04 */
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(sys_close(w.t, p), 0); /* C05: later */
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	assert_int_equal(bemu_deferred_run(w.em, SIZE_MAX), 2); /* C06 */
	assert_int_equal(mod_refs(&w, "one"), 0);
	bemu_deferred_wait(w.em, 0);
	/* C07, C08: one for each BTF and program, however many instructions and descriptors */
	b = mod_fd(&w, "one");
	b2 = mod_fd(&w, "one");
	p = PROG(w.t, LD64(1, 3, M_VAR, b), LD64(1, 3, M_VAR, b2), LD64(1, 3, M_VAR, b), RETURN0);
	assert_int_equal(mod_refs(&w, "one"), 1);
	p2 = PROG(w.t, MOV(0, 0), JMP(0x50, 0, 0, 2), LD64(1, 3, M_VAR, b), RETURN0); /* C09 */
	assert_true(p2 > 0);
	assert_int_equal(mod_refs(&w, "one"), 2);
	assert_true(PROG(w.t, LD64(1, 3, M_VAR, b), CALL(9999), RETURN0) < 0); /* C10 */
	assert_int_equal(mod_refs(&w, "one"), 2);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(sys_close(w.t, p2), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	life_end(&w);
}

struct c_row {
	const char *name;
	uint32_t id;
	char fd; /* o one, t two, v vmlinux, 0, u user BTF, c closed, - -1, m map, p program, f file */
	long old, now; /* 6.1 and 6.12 */
};

/* ld64 with src_reg 3. M_VAR and friends are ids of module one; module two has as many. */
static const struct c_row c_rows[] = {
	{ "C11 FUNC", M_FUNC, 'o', -EINVAL, 0 },
	{ "C12 STRUCT", M_STRUCT, 'o', -EINVAL, -EINVAL },
	{ "C14 id 0", 0, 'o', -EINVAL, -EINVAL },
	{ "C15 past the last id", M_END, 'o', -ENOENT, -ENOENT },
	{ "C16 id -1", 0xffffffff, 'o', -ENOENT, -ENOENT },
	{ "C17 id of vmlinux through a module's descriptor", V_VAR, 'o', 0, 0 },
	{ "C18 id of a module with descriptor 0", M_VAR, '0', -ENOENT, -ENOENT },
	{ "C19 VAR of vmlinux with 0", V_VAR, '0', 0, 0 },
	{ "C20 VAR of vmlinux with its descriptor", V_VAR, 'v', 0, 0 },
	{ "C21 FUNC of vmlinux with 0", V_FUNC, '0', -EINVAL, 0 },
	{ "C23 closed descriptor", M_VAR, 'c', -EINVAL, -EINVAL },
	{ "C24 descriptor -1", M_VAR, '-', -EINVAL, -EINVAL },
	{ "C26 map", M_VAR, 'm', -EINVAL, -EINVAL },
	{ "C27 program", M_VAR, 'p', -EINVAL, -EINVAL },
	{ "C28 plain file", M_VAR, 'f', -EINVAL, -EINVAL },
	{ "C31 user BTF, FUNC that the kernel has", V_FUNC, 'u', -EINVAL, 0 },
	{ "C30 user BTF, VAR that the kernel has", V_VAR, 'u', 0, 0 },
};

static void run_c_row(void **state)
{
	const struct c_row *r = *state;
	int i;

	for (i = 0; i < 2; i++) {
		struct life w = life_new(i ? BEMU_KERNEL_6_12 : BEMU_KERNEL_6_1);
		long fd = 900, got, want = i ? r->now : r->old;

		assert_int_equal(mod_load(&w, "one"), 0);
		assert_int_equal(mod_load(&w, "two"), 0);
		if (r->fd == 'o')
			fd = mod_fd(&w, "one");
		else if (r->fd == 'v')
			fd = by_id(w.t, BTF_ID, 1);
		else if (r->fd == 'u')
			fd = btf_new(&w);
		else if (r->fd == 'm')
			fd = map_new(w.t);
		else if (r->fd == 'p')
			fd = PROG(w.t, RETURN0);
		else if (r->fd == 'f' || r->fd == '0')
			fd = 0;
		else if (r->fd == '-')
			fd = -1;
		if (r->fd == 'f') /* 0 is no descriptor here, 1 is */
			fd = 1;
		got = PROG(w.t, LD64(1, 3, r->id, fd), RETURN0);
		if (got != want && !(want == 0 && got > 0))
			fail_msg("%s: %ld, not %ld", r->name, got, want);
		assert_int_equal(mod_refs(&w, "one"), r->fd == 'o' && got > 0);
		life_end(&w);
	}
}

static void user_btf_holds_no_module_C54_C55(void **state)
{
	struct life w = life_new(0);
	long b = btf_new(&w), p = PROG(w.t, LD64(1, 3, V_VAR, b), RETURN0);
	uint32_t id = id_of(w.t, b);

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_true(p > 0);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(probe(w.t, BTF_ID, id), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(probe(w.t, BTF_ID, id), -ENOENT);
	life_end(&w);
}

static void orphans_in_ldimm64_C43_to_C47(void **state)
{
	struct life w = life_new(0);
	long b;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0), -ENOENT); /* C44 */
	assert_int_equal(PROG(w.t, LD64(1, 3, V_VAR, b), RETURN0), -ENXIO); /* C47 */
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0), -ENXIO); /* C45 */
	assert_true(PROG(w.t, LD64(1, 3, M_VAR, mod_fd(&w, "one")), RETURN0) > 0); /* C46 */
	life_end(&w);
}

static void who_outlives_the_loader_C48_to_C51(void **state)
{
	struct life w = life_new(0);
	struct bemu_task *other;
	long b, p, kret;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(bemu_task_new(w.em, NULL, &other), 0);
	b = mod_fd(&w, "one");
	p = PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0);
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/p", p), 0);
	bemu_task_exit(w.t);
	w.t = other;
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	assert_int_equal(bemu_sys_unlink(w.t, "/sys/fs/bpf/p", &kret), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	life_end(&w);
}

/* One program with a VAR of each of @nr modules. */
static long load_many(struct life *w, uint32_t nr, bool sparse)
{
	struct bpf_insn insns[2 * 70 + 2] = { { 0 } };
	int32_t fds[70];
	struct prog p = { .insns = insns, .nr = sparse ? 2 * nr + 2 : 2 };
	char name[16];
	uint32_t i;

	for (i = 0; i < nr; i++) {
		const struct bpf_insn ld[] = { LD64(1, 3, M_VAR, 0) };

		snprintf(name, sizeof(name), "m%u", i);
		assert_int_equal(mod_load(w, name), 0);
		fds[i] = (int32_t)mod_fd(w, name);
		if (!sparse)
			continue;
		insns[2 * i] = ld[0];
		insns[2 * i + 1].imm = fds[i];
	}
	insns[p.nr - 2] = (struct bpf_insn)MOV(0, 0);
	insns[p.nr - 1] = (struct bpf_insn)EXIT;
	p.a.fd_array = ptr(fds);
	p.a.fd_array_cnt = sparse ? 0 : nr;
	return prog_load(w->t, &p);
}

static void no_more_than_64_btfs_C53(void **state)
{
	uint32_t nr;
	int sparse;

	(void)state;
	for (sparse = 0; sparse < 2; sparse++)
		for (nr = 64; nr < 66; nr++) {
			struct life w = life_new(0);
			long got = load_many(&w, nr, sparse);

			assert_true(nr == 64 ? got > 0 : got == -E2BIG);
			assert_int_equal(mod_refs(&w, "m0"), nr == 64);
			life_end(&w);
		}
}

static void an_fd_in_a_plain_constant_holds_nothing_F01_to_F05(void **state)
{
	struct life w = life_new(0);
	struct bpf_prog_info info = { 0 };
	struct bpf_insn out[4];
	long b, p;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	p = PROG(w.t, LD64(1, 0, M_STRUCT, b), RETURN0);
	assert_true(p > 0);
	assert_int_equal(mod_refs(&w, "one"), 0);
	info.xlated_prog_insns = ptr(out);
	info.xlated_prog_len = sizeof(out);
	assert_int_equal(info_of(w.t, p, &info, sizeof(info)), 0);
	assert_int_equal(out[0].imm, M_STRUCT);
	assert_int_equal(out[1].imm, b);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_true(PROG(w.t, LD64(1, 0, M_STRUCT, 900), RETURN0) > 0);
	assert_true(PROG(w.t, LD64(1, 0, M_STRUCT, -1), RETURN0) > 0);
	life_end(&w);
}

/* A program that calls kfunc @id through fd_array[@off] = @fd; what more it has is in @more. */
static long kcall(struct life *w, uint32_t id, int16_t off, const int32_t *fds)
{
	const struct bpf_insn insns[] = { KCALL(id, off), RETURN0 };
	struct prog p = { .insns = insns, .nr = 3, .type = BPF_PROG_TYPE_SCHED_CLS };

	p.a.fd_array = ptr(fds);
	return prog_load(w->t, &p);
}

static void a_kfunc_call_holds_the_module_D01_to_D13(void **state)
{
	struct life w = life_new(0);
	int32_t fds[3] = { -1, 0, 0 };
	const struct bpf_insn two[] = { KCALL(M_KFUNC, 1), KCALL(M_KFUNC, 2), RETURN0 };
	struct prog p2 = { .insns = two, .nr = 4, .type = BPF_PROG_TYPE_SCHED_CLS };
	long b, p, q, kret;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = fds[1] = (int32_t)mod_fd(&w, "one");
	p = kcall(&w, M_KFUNC, 1, fds);
	assert_true(p > 0);
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(sys_close(w.t, b), 0); /* D04 */
	fds[1] = 0;
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	fds[1] = (int32_t)mod_fd(&w, "one");
	q = kcall(&w, M_KFUNC, 1, fds);
	assert_int_equal(mod_refs(&w, "one"), 2); /* D09 */
	assert_int_equal(sys_close(w.t, q), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(mod_refs(&w, "one"), 0);
	/* D10, D11: one for each value of off, also through one descriptor */
	p2.a.fd_array = ptr(fds);
	fds[2] = (int32_t)mod_fd(&w, "one");
	p = prog_load(w.t, &p2);
	assert_true(p > 0);
	assert_int_equal(mod_refs(&w, "one"), 2);
	assert_int_equal(sys_close(w.t, p), 0);
	fds[2] = fds[1];
	p = prog_load(w.t, &p2);
	assert_int_equal(mod_refs(&w, "one"), 2);
	/* D12, D13: a pin */
	assert_int_equal(pin_at(w.t, "/sys/fs/bpf/p", p), 0);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	assert_int_equal(bemu_sys_unlink(w.t, "/sys/fs/bpf/p", &kret), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	life_end(&w);
}

static void both_ways_add_up_D79(void **state)
{
	struct life w = life_new(0);
	int32_t fds[2] = { -1, 0 };
	long b;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = fds[1] = (int32_t)mod_fd(&w, "one");
	{
		const struct bpf_insn insns[] = { LD64(1, 3, M_VAR, b), KCALL(M_KFUNC, 1),
						  RETURN0 };
		struct prog p = { .insns = insns, .nr = 5, .type = BPF_PROG_TYPE_SCHED_CLS };

		p.a.fd_array = ptr(fds);
		assert_true(prog_load(w.t, &p) > 0);
		assert_int_equal(mod_refs(&w, "one"), 2);
		p.a.fd_array_cnt = 2;
		fds[0] = (int32_t)b;
		assert_true(prog_load(w.t, &p) > 0); /* the same BTF as that of the ld64 */
		assert_int_equal(mod_refs(&w, "one"), 4);
	}
	life_end(&w);
}

static void a_rejected_program_lets_its_kfuncs_go_later_D15(void **state)
{
	struct life w = life_new(0);
	int32_t fds[2] = { -1, 0 };
	const struct bpf_insn insns[] = { KCALL(M_KFUNC, 1), CALL(9999), RETURN0 };
	struct prog p = { .insns = insns, .nr = 4, .type = BPF_PROG_TYPE_SCHED_CLS };

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[1] = (int32_t)mod_fd(&w, "one");
	p.a.fd_array = ptr(fds);
	bemu_deferred_wait(w.em, 1);
	assert_true(prog_load(w.t, &p) < 0);
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(bemu_deferred_run(w.em, 1), 1);
	assert_int_equal(mod_refs(&w, "one"), 0);
	life_end(&w);
}

static void what_kfunc_slots_answer_D20_to_D58(void **state)
{
	struct life w = life_new(0);
	int32_t fds[8] = { -1 };
	long other;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[1] = (int32_t)mod_fd(&w, "one");
	fds[2] = 900;
	fds[3] = -1;
	fds[4] = (int32_t)map_new(w.t);
	fds[5] = (int32_t)PROG(w.t, RETURN0);
	assert_int_equal(bemu_sys_open_other(w.t, "file", 0, &other), 0);
	fds[6] = (int32_t)other;
	fds[7] = (int32_t)btf_new(&w);
	assert_int_equal(kcall(&w, M_KFUNC, 0, fds), -EINVAL); /* D20 */
	assert_int_equal(kcall(&w, M_KFUNC, -1, fds), -EINVAL); /* D21 */
	assert_int_equal(kcall(&w, M_KFUNC, -32768, fds), -EINVAL);
	assert_int_equal(kcall(&w, M_KFUNC, 1, NULL), -EPROTO); /* D23 */
	assert_int_equal(kcall(&w, M_KFUNC, 2, fds), -EBADF); /* D40 */
	assert_int_equal(kcall(&w, M_KFUNC, 3, fds), -EBADF); /* D41 */
	assert_int_equal(kcall(&w, M_KFUNC, 4, fds), -EINVAL); /* D42 */
	assert_int_equal(kcall(&w, M_KFUNC, 5, fds), -EINVAL); /* D43 */
	assert_int_equal(kcall(&w, M_KFUNC, 6, fds), -EINVAL); /* D44 */
	assert_int_equal(kcall(&w, M_KFUNC, 7, fds), -EINVAL); /* D45 */
	fds[7] = (int32_t)by_id(w.t, BTF_ID, 1);
	assert_int_equal(kcall(&w, V_FUNC, 7, fds), -EINVAL); /* D46 */
	assert_int_equal(kcall(&w, M_END, 1, fds), -EINVAL); /* D47 */
	assert_int_equal(kcall(&w, M_STRUCT, 1, fds), -EINVAL); /* D56 */
	assert_int_equal(kcall(&w, 0xffffffff, 1, fds), -EINVAL); /* D58 */
	assert_int_equal(kcall(&w, 0, 1, fds), -EINVAL); /* D24+ */
	assert_true(kcall(&w, M_KFUNC, 1, fds) > 0);
	/* D50: descriptor 0 is an ordinary one here */
	assert_int_equal(bemu_sys_dup2(w.t, fds[1], 0, &other), 0);
	fds[1] = 0;
	assert_true(kcall(&w, M_KFUNC, 1, fds) > 0);
	life_end(&w);
}

static void orphans_in_fd_array_D80_to_D91(void **state)
{
	struct life w = life_new(0);
	const struct bpf_insn two[] = { KCALL(M_KFUNC, 1), KCALL(M_KFUNC, 2), RETURN0 };
	struct prog p = { .insns = two, .nr = 4, .type = BPF_PROG_TYPE_SCHED_CLS };
	int32_t fds[3] = { -1, 0, 0 };
	struct prog cnt = { .insns = (const struct bpf_insn[]){ RETURN0 }, .nr = 2 };
	long q;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	fds[1] = fds[0] = (int32_t)mod_fd(&w, "one");
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(kcall(&w, M_KFUNC, 1, fds), -ENXIO); /* D80 */
	cnt.a.fd_array = ptr(fds);
	cnt.a.fd_array_cnt = 1;
	assert_int_equal(prog_load(w.t, &cnt), -ENXIO);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(kcall(&w, M_KFUNC, 1, fds), -ENXIO); /* D81 */
	fds[2] = (int32_t)mod_fd(&w, "one");
	q = kcall(&w, M_KFUNC, 2, fds);
	assert_true(q > 0); /* D82 */
	p.a.fd_array = ptr(fds);
	assert_int_equal(prog_load(w.t, &p), -ENXIO); /* D83 */
	assert_int_equal(mod_refs(&w, "one"), 1);
	assert_int_equal(sys_close(w.t, q), 0); /* D91 */
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(id_of(w.t, fds[2]), 0);
	life_end(&w);
}

/* @nr calls with different off, or ids when @by_id. */
static long load_kfuncs(struct life *w, uint32_t nr, int32_t fd)
{
	struct bpf_insn insns[300];
	int32_t fds[300];
	struct prog p = { .insns = insns, .nr = nr + 2, .type = BPF_PROG_TYPE_SCHED_CLS };
	uint32_t i;

	for (i = 0; i < nr; i++) {
		insns[i] = (struct bpf_insn)KCALL(M_KFUNC, (int16_t)(i + 1));
		fds[i + 1] = fd;
	}
	insns[nr] = (struct bpf_insn)MOV(0, 0);
	insns[nr + 1] = (struct bpf_insn)EXIT;
	p.a.fd_array = ptr(fds);
	return prog_load(w->t, &p);
}

static void no_more_than_256_module_btfs_D72(void **state)
{
	struct life w = life_new(0);
	int32_t b;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = (int32_t)mod_fd(&w, "one");
	assert_int_equal(load_kfuncs(&w, 257, b), -E2BIG);
	assert_int_equal(mod_refs(&w, "one"), 0);
	assert_true(load_kfuncs(&w, 256, b) > 0);
	assert_int_equal(mod_refs(&w, "one"), 256);
	life_end(&w);
}

/* A world whose vmlinux has 257 functions, and a program that calls @nr of them. */
static long call_many(uint32_t nr)
{
	struct bemu_env *env = test_env();
	struct bpf_insn insns[300];
	struct prog p = { .insns = insns, .nr = nr + 2, .type = BPF_PROG_TYPE_SCHED_CLS };
	struct bemu_btf_enc *enc;
	struct bemu_task *t;
	struct bytes b;
	struct bemu *em;
	char name[16];
	uint32_t i;
	long got;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_func_proto(enc, 1);
	for (i = 0; i < 257; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		bemu_btf_enc_func(enc, name, BTF_FUNC_GLOBAL, 2);
		insns[i] = (struct bpf_insn)KCALL(i + 3, 0);
	}
	insns[nr] = (struct bpf_insn)MOV(0, 0);
	insns[nr + 1] = (struct bpf_insn)EXIT;
	b = life_finish(enc);
	assert_int_equal(bemu_new(NULL, &em), 0);
	assert_int_equal(bemu_set_vmlinux(em, b.data, b.len, 0), 0);
	assert_int_equal(bemu_task_new(em, NULL, &t), 0);
	got = prog_load(t, &p);
	bemu_free(em);
	bemu_mem_free(env, b.data);
	bemu_env_free(env);
	return got;
}

static void no_more_than_256_kfuncs_D73(void **state)
{
	(void)state;
	assert_int_equal(call_many(256), 0); /* the first number of this task */
	assert_int_equal(call_many(257), -E2BIG);
}

static void coming_modules_are_seen_and_not_taken_D95_D96(void **state)
{
	static const uint32_t kernels[] = { BEMU_KERNEL_6_1, BEMU_KERNEL_6_12 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct life w = life_new(kernels[i]);
		int32_t fds[2] = { -1, 0 };
		struct prog f = { .insns = (const struct bpf_insn[]){ RETURN0 },
				  .nr = 2,
				  .type = BPF_PROG_TYPE_TRACING };
		long kret, b;

		begin(&w, "one");
		assert_int_equal(next_btf(&w, 1), 2);
		b = fds[1] = (int32_t)mod_fd(&w, "one");
		assert_int_equal(kcall(&w, M_KFUNC, 1, fds), -ENXIO);
		assert_int_equal(PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0), -ENXIO);
		f.a.expected_attach_type = BPF_TRACE_FENTRY;
		f.a.attach_prog_fd = (uint32_t)b;
		f.a.attach_btf_id = M_FUNC;
		if (i)
			assert_int_equal(prog_load(w.t, &f), -ENOENT);
		else
			assert_true(prog_load(w.t, &f) > 0);
		assert_int_equal(mod_refs(&w, "one"), 0);
		assert_int_equal(bemu_module_live(w.em, "one", &kret), 0);
		assert_true(kcall(&w, M_KFUNC, 1, fds) > 0);
		assert_true(PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0) > 0);
		assert_true(prog_load(w.t, &f) > 0);
		life_end(&w);
	}
}

static void going_modules_are_not_taken_either(void **state)
{
	struct life w = life_new(0);
	int32_t fds[2] = { -1, 0 };
	long kret, b;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = fds[1] = (int32_t)mod_fd(&w, "one");
	assert_int_equal(bemu_module_going(w.em, "one", &kret), 0);
	assert_int_equal(kcall(&w, M_KFUNC, 1, fds), -ENXIO);
	assert_int_equal(PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0), -ENXIO);
	assert_int_equal(probe(w.t, BTF_ID, 2), 0);
	assert_int_equal(bemu_module_gone(w.em, "one", &kret), 0);
	assert_int_equal(kret, 0);
	assert_int_equal(probe(w.t, BTF_ID, 2), -ENOENT);
	life_end(&w);
}

static const struct bpf_insn return0[] = { RETURN0 };

static struct prog tracing(uint32_t attach_type, long btf, uint32_t id)
{
	struct prog p = { .insns = return0, .nr = 2, .type = BPF_PROG_TYPE_TRACING };

	p.a.expected_attach_type = attach_type;
	p.a.attach_prog_fd = (uint32_t)btf;
	p.a.attach_btf_id = id;
	return p;
}

static long fentry(struct life *w, long btf, uint32_t id)
{
	struct prog p = tracing(BPF_TRACE_FENTRY, btf, id);

	return prog_load(w->t, &p);
}

static long attach(struct life *w, long prog)
{
	struct bemu_attr_raw_tp a = { .prog_fd = (uint32_t)prog };

	return life_bpf(w->t, BPF_RAW_TRACEPOINT_OPEN, &a, sizeof(a));
}

static void fentry_holds_the_module_E01_to_E05(void **state)
{
	static const uint32_t kernels[] = { BEMU_KERNEL_6_1, BEMU_KERNEL_6_12 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct life w = life_new(kernels[i]);
		struct bpf_prog_info info = { 0 };
		struct bpf_link_info li = { 0 };
		long b, p, l;

		assert_int_equal(mod_load(&w, "one"), 0);
		b = mod_fd(&w, "one");
		p = fentry(&w, b, M_FUNC);
		assert_true(p > 0);
		assert_int_equal(mod_refs(&w, "one"), i);
		assert_int_equal(info_of(w.t, p, &info, sizeof(info)), 0);
		assert_int_equal(info.attach_btf_obj_id, 2);
		assert_int_equal(info.attach_btf_id, M_FUNC);
		assert_int_equal(sys_close(w.t, b), 0);
		l = attach(&w, p);
		assert_true(l > 0);
		assert_int_equal(mod_refs(&w, "one"), 1);
		assert_int_equal(info_of(w.t, l, &li, sizeof(li)), 0);
		assert_int_equal(li.type, BEMU_LINK_TRACING);
		assert_int_equal(li.tracing.target_obj_id, 2);
		assert_int_equal(li.tracing.target_btf_id, M_FUNC);
		assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
		assert_int_equal(attach(&w, p), -EBUSY);
		assert_int_equal(sys_close(w.t, p), 0);
		assert_int_equal(mod_refs(&w, "one"), 1);
		assert_int_equal(sys_close(w.t, l), 0);
		assert_int_equal(mod_unload(&w, "one"), 0);
		life_end(&w);
	}
}

static void fentry_that_is_not_attached_E40_E45_E46(void **state)
{
	struct life old = life_new(BEMU_KERNEL_6_1), w = life_new(BEMU_KERNEL_6_12);
	struct bpf_prog_info info = { 0 };
	long b, p;

	(void)state;
	assert_int_equal(mod_load(&old, "one"), 0);
	b = mod_fd(&old, "one");
	p = fentry(&old, b, M_FUNC);
	assert_int_equal(sys_close(old.t, b), 0);
	assert_int_equal(mod_unload(&old, "one"), 0);
	assert_int_equal(probe(old.t, BTF_ID, 2), -ENOENT);
	assert_int_equal(info_of(old.t, p, &info, sizeof(info)), 0);
	assert_int_equal(info.attach_btf_obj_id, 0);
	assert_int_equal(info.attach_btf_id, M_FUNC);
	assert_int_equal(attach(&old, p), -EBUSY);
	assert_int_equal(mod_load(&old, "one"), 0);
	assert_true(attach(&old, p) > 0);
	assert_int_equal(mod_refs(&old, "one"), 1);

	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	p = fentry(&w, b, M_FUNC);
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	assert_int_equal(sys_close(w.t, p), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	life_end(&old);
	life_end(&w);
}

/* A function of the same name in two modules. */
/* Offset 32 of bpf_link_info. */
static uint64_t cookie_of(struct bemu_task *t, long link)
{
	uint64_t info[8] = { 0 };

	assert_int_equal(info_of(t, link, info, sizeof(info)), 0);
	return info[4];
}

static void a_link_tells_its_cookie_since_6_17(void **state)
{
	static const uint32_t kernels[] = { BEMU_KERNEL_6_12, BEMU_KERNEL_6_18 };
	static const struct bpf_insn ret[] = { RETURN0 };
	struct prog tp = { .insns = ret, .nr = 2, .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	uint64_t mask;
	uint32_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(kernels); i++) {
		struct life w = life_new(kernels[i]);
		struct prog btf_tp = tracing(BPF_TRACE_RAW_TP, 0, V_TP);
		struct bemu_attr_raw_tp open = { .name = ptr("tp"), .cookie = 0x1122334455667788 };
		struct bemu_attr_link_create a = { .attach_type = BPF_TRACE_RAW_TP, .offsets = 77 };
		long l;

		mask = i ? UINT64_MAX : 0;
		open.prog_fd = (uint32_t)prog_load(w.t, &tp);
		l = life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open));
		assert_true(l > 0);
		assert_int_equal(cookie_of(w.t, l), 0x1122334455667788 & mask);
		a.prog_fd = (uint32_t)prog_load(w.t, &btf_tp);
		l = life_bpf(w.t, BPF_LINK_CREATE, &a, 60);
		assert_true(l > 0);
		assert_int_equal(cookie_of(w.t, l), 77 & mask);
		assert_int_equal(mod_load(&w, "one"), 0);
		a.prog_fd = (uint32_t)fentry(&w, mod_fd(&w, "one"), M_FUNC);
		a.attach_type = BPF_TRACE_FENTRY;
		a.offsets = 78;
		l = life_bpf(w.t, BPF_LINK_CREATE, &a, 60);
		assert_true(l > 0);
		assert_int_equal(cookie_of(w.t, l), 78 & mask);
		life_end(&w);
	}
}

static void same_name_in_two_modules_E38(void **state)
{
	struct life old = life_new(BEMU_KERNEL_6_1), w = life_new(BEMU_KERNEL_6_12);
	struct life *both[] = { &old, &w };
	struct bemu_btf_enc *enc;
	struct bytes b;
	uint32_t i;

	(void)state;
	assert_int_equal(bemu_btf_enc_new(w.env, w.base, &enc), 0);
	bemu_btf_enc_func(enc, "get_info", BTF_FUNC_STATIC, V_PROTO);
	b = life_finish(enc);
	for (i = 0; i < 2; i++) {
		struct life *x = both[i];
		long p, l;

		assert_int_equal(load_bytes(x, "ip_tables", b.data, b.len, 0), 0);
		assert_int_equal(load_bytes(x, "ip6_tables", b.data, b.len, 0), 0);
		p = fentry(x, mod_fd(x, "ip6_tables"), V_END);
		l = attach(x, p);
		assert_true(l > 0);
		assert_int_equal(mod_refs(x, "ip_tables"), !i); /* the first match */
		assert_int_equal(mod_refs(x, "ip6_tables"), i);
	}
	bemu_mem_free(w.env, b.data);
	life_end(&old);
	life_end(&w);
}

static void orphans_and_other_modules_as_targets_E18_E42_to_E44(void **state)
{
	struct life old = life_new(BEMU_KERNEL_6_1), w = life_new(BEMU_KERNEL_6_12);
	struct life *both[] = { &old, &w };
	uint32_t i;
	long b;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct life *x = both[i];

		assert_int_equal(mod_load(x, "one"), 0);
		b = mod_fd(x, "one");
		if (i)
			assert_int_equal(fentry(x, b, V_FUNC), -ENOENT); /* E18 */
		else
			assert_true(fentry(x, b, V_FUNC) > 0);
		assert_int_equal(mod_unload(x, "one"), 0);
		assert_int_equal(fentry(x, b, M_FUNC), -ENOENT); /* E42 */
		assert_int_equal(mod_load(x, "one"), 0);
		if (i)
			assert_int_equal(fentry(x, b, M_FUNC), -ENOENT); /* E43 */
		else
			assert_true(attach(x, fentry(x, b, M_FUNC)) > 0);
		life_end(x);
	}
}

static void what_attach_targets_answer_E10_to_E24(void **state)
{
	struct life w = life_new(0);
	long b, v;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	v = by_id(w.t, BTF_ID, 1);
	assert_int_equal(fentry(&w, 900, M_FUNC), -EINVAL); /* E10 */
	assert_int_equal(fentry(&w, -1, M_FUNC), -EINVAL); /* E11 */
	assert_int_equal(fentry(&w, map_new(w.t), M_FUNC), -EINVAL); /* E12 */
	assert_int_equal(fentry(&w, btf_new(&w), V_FUNC), -K_ENOTSUPP); /* E13 */
	assert_true(fentry(&w, v, V_FUNC) > 0); /* E14 */
	assert_int_equal(fentry(&w, v, M_FUNC), -EINVAL); /* E15 */
	assert_true(fentry(&w, 0, V_FUNC) > 0); /* E16 */
	assert_int_equal(fentry(&w, 0, M_FUNC), -EINVAL); /* E17 */
	assert_int_equal(fentry(&w, b, M_STRUCT), -EINVAL); /* E19 */
	assert_int_equal(fentry(&w, b, M_END), -EINVAL); /* E20 */
	assert_int_equal(fentry(&w, b, 0), -EINVAL); /* E21 */
	assert_int_equal(fentry(&w, PROG(w.t, RETURN0), M_FUNC), -EINVAL); /* E22 */
	life_end(&w);
}

static void tracepoints_of_modules_E30_to_E36(void **state)
{
	struct life w = life_new(0);
	struct prog p = tracing(BPF_TRACE_RAW_TP, 0, M_TP);
	struct bemu_attr_raw_tp a = { .name = ptr("one_tp") };
	struct prog raw = { .insns = (const struct bpf_insn[]){ RETURN0 },
			    .nr = 2,
			    .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	long fd, l, b;

	(void)state;
	assert_int_equal(mod_load(&w, "one"), 0);
	b = mod_fd(&w, "one");
	p.a.attach_prog_fd = (uint32_t)b;
	fd = prog_load(w.t, &p);
	assert_true(fd > 0);
	assert_int_equal(mod_refs(&w, "one"), 0); /* E30 */
	l = attach(&w, fd);
	assert_int_equal(mod_refs(&w, "one"), 1); /* E31 */
	assert_int_equal(mod_unload(&w, "one"), -EAGAIN);
	assert_int_equal(sys_close(w.t, l), 0);
	assert_int_equal(mod_refs(&w, "one"), 0); /* E32 */
	a.prog_fd = (uint32_t)prog_load(w.t, &raw);
	l = life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &a, sizeof(a));
	assert_int_equal(mod_refs(&w, "one"), 1); /* E33 */
	assert_int_equal(sys_close(w.t, l), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &a, sizeof(a)), -ENOENT); /* E34 */
	assert_int_equal(attach(&w, fd), -ENOENT); /* E35 */
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_true(attach(&w, fd) > 0); /* E36 */
	life_end(&w);
}

static void links_of_programs_that_say_their_target_K01_to_K06_K20_to_K22(void **state)
{
	struct life w = life_new(0);
	struct prog p = tracing(BPF_TRACE_RAW_TP, 0, V_TP);
	struct bemu_attr_raw_tp open = { 0 };
	struct bemu_attr_link_create a = { 0 };
	struct bpf_link_info li = { 0 };
	long l;

	(void)state;
	open.prog_fd = a.prog_fd = (uint32_t)prog_load(w.t, &p);
	assert_true(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open)) > 0); /* K01 */
	open.name = ptr("tp");
	assert_int_equal(life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open)), -EINVAL);
	a.attach_type = BPF_TRACE_RAW_TP;
	assert_true(life_bpf(w.t, BPF_LINK_CREATE, &a, 60) > 0); /* K03 */
	a.attach_type = BPF_TRACE_ITER;
	assert_int_equal(life_bpf(w.t, BPF_LINK_CREATE, &a, 60), -EINVAL); /* K04 */
	a.attach_type = 0;
	assert_int_equal(life_bpf(w.t, BPF_LINK_CREATE, &a, 60), -EINVAL); /* K05 */
	a.attach_type = BPF_TRACE_RAW_TP;
	a.flags = 1;
	assert_true(life_bpf(w.t, BPF_LINK_CREATE, &a, 60) > 0); /* K06 */
	a.prog_fd = (uint32_t)PROG(w.t, RETURN0);
	assert_int_equal(life_bpf(w.t, BPF_LINK_CREATE, &a, 60), -EINVAL); /* K07 */
	p.type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	memset(&p.a, 0, sizeof(p.a));
	a.prog_fd = (uint32_t)prog_load(w.t, &p);
	assert_int_equal(life_bpf(w.t, BPF_LINK_CREATE, &a, 60), -EINVAL); /* K08 */
	p = tracing(BPF_TRACE_ITER, 0, V_FUNC);
	assert_int_equal(prog_load(w.t, &p), -EINVAL); /* R022: nothing iterates there */
	p = tracing(BPF_TRACE_ITER, 0, V_ITER);
	memset(&a, 0, sizeof(a));
	a.prog_fd = (uint32_t)prog_load(w.t, &p); /* K20 */
	a.attach_type = BPF_TRACE_ITER;
	l = life_bpf(w.t, BPF_LINK_CREATE, &a, 60); /* K21 */
	assert_true(l > 0);
	assert_int_equal(info_of(w.t, l, &li, sizeof(li)), 0);
	assert_int_equal(li.type, 4); /* K22 */
	{
		struct bemu_attr_three u = { .a = (uint32_t)l };

		u.b = (uint32_t)prog_load(w.t, &p);
		u.d = a.prog_fd;
		assert_int_equal(life_bpf(w.t, BPF_LINK_UPDATE, &u, 16), -EINVAL);
		u.c = BPF_F_REPLACE;
		assert_int_equal(life_bpf(w.t, BPF_LINK_UPDATE, &u, 16), 0);
		assert_int_equal(life_bpf(w.t, BPF_LINK_UPDATE, &u, 16), -EPERM);
		u.c = u.d = 0;
		u.b = (uint32_t)PROG(w.t, RETURN0);
		assert_int_equal(life_bpf(w.t, BPF_LINK_UPDATE, &u, 16), -EINVAL);
		u.c = 1;
		assert_int_equal(life_bpf(w.t, BPF_LINK_UPDATE, &u, 16), -EINVAL);
	}
	life_end(&w);
}

static void designs_decide_who_holds_the_module(void **state)
{
	struct life w = life_new(0);
	int32_t fds[2] = { -1, 0 };
	uint32_t id;
	long b, p, q;

	(void)state;
	bemu_set_design(w.em, BEMU_DESIGN_KEEP_BTF);
	assert_int_equal(bemu_get_design(w.em), BEMU_DESIGN_KEEP_BTF);
	assert_int_equal(mod_load(&w, "one"), 0);
	b = fds[1] = (int32_t)mod_fd(&w, "one");
	p = PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0);
	q = kcall(&w, M_KFUNC, 1, fds);
	assert_true(p > 0 && q > 0 && fentry(&w, b, M_FUNC) > 0);
	assert_int_equal(mod_refs(&w, "one"), 0);
	id = mod_btf_id(&w, "one");
	assert_int_equal(sys_close(w.t, b), 0);
	assert_int_equal(mod_unload(&w, "one"), 0);
	assert_int_equal(probe(w.t, BTF_ID, id), -ENOENT);
	bemu_set_design(w.em, 0);
	life_end(&w);
}

static void a_reset_brings_back_what_the_seal_saw(void **state)
{
	struct life w = { .env = test_env() };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bytes one;
	int i;

	(void)state;
	w.vmlinux = life_vmlinux(w.env);
	assert_int_equal(bemu_btf_parse(w.env, w.vmlinux.data, w.vmlinux.len, NULL,
					BEMU_BTF_PARSE_BORROW, &w.base),
			 0);
	one = life_module(&w, "one");
	assert_int_equal(bemu_new(NULL, &w.em), 0);
	assert_int_equal(bemu_set_vmlinux(w.em, w.vmlinux.data, w.vmlinux.len, 0), 0);
	assert_int_equal(bemu_add_module(w.em, "one", one.data, one.len, BEMU_BTF_BORROW), 0);
	assert_int_equal(mod_load(&w, "two"), 0); /* also before the seal */
	assert_int_equal(bemu_module_hold(w.em, "two"), 0);
	assert_int_equal(bemu_seal(w.em), 0);
	for (i = 0; i < 4; i++) {
		long b, kret;

		assert_int_equal(bemu_task_new(w.em, &topts, &w.t), 0);
		assert_int_equal(mod_btf_id(&w, "one"), 2);
		assert_int_equal(mod_btf_id(&w, "two"), 3);
		assert_int_equal(mod_refs(&w, "two"), 1);
		assert_int_equal(mod_unload(&w, "two"), -EAGAIN);
		b = mod_fd(&w, "one");
		assert_int_equal(b, 3);
		if (i % 2) {
			assert_true(PROG(w.t, LD64(1, 3, M_VAR, b), RETURN0) > 0);
			assert_int_equal(mod_refs(&w, "one"), 1);
		} else {
			assert_int_equal(mod_unload(&w, "one"), 0);
			assert_int_equal(mod_load(&w, "one"), 0);
			assert_int_equal(mod_btf_id(&w, "one"), 4);
			assert_int_equal(sys_close(w.t, b), 0);
		}
		assert_int_equal(bemu_module_unhold(w.em, "two"), 0);
		assert_int_equal(bemu_module_going(w.em, "two", &kret), 0);
		assert_int_equal(mod_load(&w, "three"), 0);
		if (i == 2) { /* ids that come round in between what was sealed */
			w.em->model.ids[BEMU_OBJ_BTF].next = INT32_MAX;
			assert_int_equal(id_of(w.t, btf_new(&w)), 2);
		}
		bemu_reset(w.em);
		assert_int_equal(bemu_module_stat(w.em, "three", NULL, NULL), -ENOENT);
	}
	bemu_free(w.em);
	bemu_btf_put(w.base);
	bemu_env_free(w.env);
}

/* What is known about dead IDs in front of new ones is forgotten when the array got shorter in between. */
static void next_id_sees_what_comes_behind_an_unloaded_sealed_module(void **state)
{
	struct life w = { .env = test_env() };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	enum { MANY = 200 };
	long b[MANY];
	int i;

	(void)state;
	w.vmlinux = life_vmlinux(w.env);
	assert_int_equal(bemu_btf_parse(w.env, w.vmlinux.data, w.vmlinux.len, NULL,
					BEMU_BTF_PARSE_BORROW, &w.base),
			 0);
	assert_int_equal(bemu_new(NULL, &w.em), 0);
	assert_int_equal(bemu_set_vmlinux(w.em, w.vmlinux.data, w.vmlinux.len, 0), 0);
	assert_int_equal(mod_load(&w, "one"), 0);
	assert_int_equal(mod_load(&w, "two"), 0);
	assert_int_equal(bemu_seal(w.em), 0);
	assert_int_equal(bemu_task_new(w.em, &topts, &w.t), 0);
	for (i = 0; i < 3; i++)
		b[i] = btf_new(&w);
	assert_int_equal(id_of(w.t, b[2]), 6);
	assert_int_equal(mod_unload(&w, "two"), 0);
	assert_int_equal(sys_close(w.t, b[0]), 0);
	assert_int_equal(sys_close(w.t, b[1]), 0);
	assert_int_equal(next_btf(&w, 2), 6);
	assert_int_equal(sys_close(w.t, b[2]), 0);
	assert_int_equal(next_btf(&w, 2), 0);
	b[0] = btf_new(&w);
	assert_int_equal(next_btf(&w, 2), 7);
	assert_int_equal(sys_close(w.t, b[0]), 0);

	/* so many dead ones that the array is made shorter in front of a live one */
	for (i = 0; i < MANY; i++)
		b[i] = btf_new(&w);
	for (i = 0; i < MANY - 1; i++)
		assert_int_equal(sys_close(w.t, b[i]), 0);
	assert_int_equal(next_btf(&w, 2), 7 + MANY);
	b[0] = btf_new(&w);
	assert_int_equal(next_btf(&w, 2), 7 + MANY);
	assert_int_equal(next_btf(&w, 7 + MANY), 8 + MANY);
	bemu_free(w.em);
	bemu_btf_put(w.base);
	bemu_env_free(w.env);
}

/* A distilled base of one type, and a module with a member, or a pointer, of that type. */
struct dist_row {
	const char *name;
	uint32_t kind; /* of the distilled type */
	const char *type;
	uint32_t size;
	bool embedded;
	long want;
	uint32_t id; /* of vmlinux */
};

static const struct dist_row dist_rows[] = {
	{ "an INT by name and size", BTF_KIND_INT, "int", 4, true, 0, V_INT },
	{ "an INT of another size", BTF_KIND_INT, "int", 8, false, -EINVAL, 0 },
	{ "a name that vmlinux has not", BTF_KIND_INT, "long", 4, false, -EINVAL, 0 },
	{ "a struct by name behind a pointer", BTF_KIND_STRUCT, "task_struct", 99, false, 0,
	  V_STRUCT },
	{ "a struct that is a member, of another size", BTF_KIND_STRUCT, "task_struct", 99, true,
	  -EINVAL, 0 },
	{ "a struct that is a member", BTF_KIND_STRUCT, "task_struct", 4, true, 0, V_STRUCT },
	{ "a FWD for a struct", BTF_KIND_FWD, "task_struct", 0, false, 0, V_STRUCT },
	{ "a union for a struct: kinds are not compared", BTF_KIND_UNION, "task_struct", 4, true, 0,
	  V_STRUCT },
	{ "a type without a name", BTF_KIND_STRUCT, NULL, 4, false, -EINVAL, 0 },
	{ "a pointer in a distilled base", BTF_KIND_PTR, NULL, 0, false, -EINVAL, 0 },
};

static struct bytes dist_base(struct bemu_env *env, const struct dist_row *r)
{
	struct bemu_btf_enc *enc;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	if (r->kind == BTF_KIND_INT)
		bemu_btf_enc_int(enc, r->type, r->size, BTF_INT_SIGNED);
	else if (r->kind == BTF_KIND_FWD)
		bemu_btf_enc_fwd(enc, r->type, false);
	else if (r->kind == BTF_KIND_PTR)
		bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0);
	else
		bemu_btf_enc_composite(enc, r->kind, r->type, r->size);
	return life_finish(enc);
}

static struct bytes dist_module(struct bemu_env *env, const struct bytes *base, bool embedded)
{
	struct bemu_btf_enc *enc;
	struct bemu_btf *btf;
	struct bytes b;

	assert_int_equal(bemu_btf_parse(env, base->data, base->len, NULL, 0, &btf), 0);
	assert_int_equal(bemu_btf_enc_new(env, btf, &enc), 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 1); /* 2 */
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "own", 128); /* 3 */
	bemu_btf_enc_member(enc, "m", embedded ? 1 : 2, 0, 0);
	bemu_btf_enc_func_proto(enc, 1); /* 4 */
	bemu_btf_enc_param(enc, "p", 2);
	bemu_btf_enc_func(enc, "own_func", BTF_FUNC_STATIC, 4);
	b = life_finish(enc);
	bemu_btf_put(btf);
	return b;
}

static void run_dist_row(void **state)
{
	const struct dist_row *r = *state;
	struct life w = life_new(0), old = life_new(BEMU_KERNEL_6_6);
	struct bytes base = dist_base(w.env, r), b = dist_module(w.env, &base, r->embedded);
	struct bemu_module_opts o = { .size = sizeof(o),
				      .name = "one",
				      .btf = b.data,
				      .btf_len = b.len,
				      .base = base.data,
				      .base_len = base.len,
				      .flags = BEMU_MODULE_STRICT };
	const struct bemu_btf *btf;
	const struct btf_type *t;
	long kret;

	assert_int_equal(bemu_module_load(w.em, &o, &kret), 0);
	assert_int_equal(kret, r->want);
	if (!kret) {
		btf = w.em->model.modules->btf->btf;
		assert_ptr_equal(bemu_btf_base(btf), w.em->model.vmlinux->btf);
		assert_int_equal(bemu_btf_type(btf, V_END)->type, r->id);
		t = bemu_btf_type(btf, V_END + 1);
		assert_string_equal(bemu_btf_str(btf, t->name_off), "own");
		assert_string_equal(bemu_btf_str(btf, bemu_btf_members(t)->name_off), "m");
		assert_int_equal(bemu_btf_members(t)->type, r->embedded ? r->id : V_END);
		t = bemu_btf_type(btf, V_END + 2);
		assert_int_equal(t->type, r->id);
		assert_int_equal(bemu_btf_params(t)->type, V_END);
		assert_int_equal(bemu_btf_find(btf, "own_func", BTF_KIND_FUNC, true), V_END + 3);
	} else { /* the module comes without BTF where that is allowed */
		o.flags = 0;
		assert_int_equal(bemu_module_load(w.em, &o, &kret), 0);
		assert_int_equal(kret, 0);
		assert_int_equal(mod_btf_id(&w, "one"), 0);
	}
	/* before v6.11 nobody looks at a distilled base, and the names are beside the mark */
	o.flags = 0;
	assert_int_equal(bemu_module_load(old.em, &o, &kret), 0);
	assert_int_equal(kret, 0);
	bemu_mem_free(w.env, base.data);
	bemu_mem_free(w.env, b.data);
	life_end(&w);
	life_end(&old);
}

static void failed_allocations_leave_no_trace(void **state)
{
	struct bemu_env *env = test_env();
	struct bytes v = life_vmlinux(env), dist = dist_base(env, &dist_rows[0]), b;
	struct bemu_btf *base;
	unsigned long n;

	(void)state;
	assert_int_equal(bemu_btf_parse(env, v.data, v.len, NULL, 0, &base), 0);
	b = dist_module(env, &dist, true);
	for (n = 1; n < 10000; n++) {
		struct bemu_module_opts o = {
			.size = sizeof(o),
			.name = "one",
			.btf = b.data,
			.btf_len = b.len,
			.base = dist.data,
			.base_len = dist.len,
		};
		struct test_alloc a;
		struct life w;
		long kret = -9999;
		int err = 0;

		test_alloc_init(&a, n);
		w = life_new_with(0, &a.ops);
		if (w.t) {
			err = bemu_module_load(w.em, &o, &kret);
			assert_int_equal(err ? -ENOMEM : 0, err);
			assert_int_equal(kret, err ? -9999 : 0);
			assert_int_equal(bemu_module_stat(w.em, "one", NULL, NULL),
					 err ? -ENOENT : BEMU_MODULE_LIVE);
			assert_int_equal(w.em->model.ids[BEMU_OBJ_BTF].next, err ? 2 : 3);
			if (!err)
				assert_int_equal(mod_unload(&w, "one"), 0);
			life_check_empty(&w);
			assert_int_equal(bemu_env_live(w.em->env), 0);
		}
		bemu_free(w.em);
		bemu_btf_put(w.base);
		bemu_env_free(w.env);
		assert_int_equal(a.live, 0);
		if (w.t && a.nr_calls < n)
			break;
	}
	assert_true(n < 10000);
	bemu_mem_free(env, b.data);
	bemu_mem_free(env, dist.data);
	bemu_btf_put(base);
	bemu_env_free(env);
}

static void what_the_interface_refuses(void **state)
{
	struct life w = life_new(0);
	struct bemu_module_opts o = { .size = sizeof(o), .name = "" };
	long kret = -9999;

	(void)state;
	assert_int_equal(bemu_module_load(w.em, &o, &kret), -EINVAL);
	o.name = "a name that is longer than the fifty-five characters that fit";
	assert_int_equal(bemu_module_load(w.em, &o, &kret), -EINVAL);
	o.name = "one";
	o.flags = 4;
	assert_int_equal(bemu_module_load(w.em, &o, &kret), -EINVAL);
	o.flags = 0;
	o.size = 8;
	assert_int_equal(bemu_module_load(w.em, &o, &kret), -EINVAL);
	assert_int_equal(kret, -9999);
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_follow_the_order_of_loads_A01_A03_A16_A17),
		cmocka_unit_test(a_module_whose_init_fails_leaves_a_gap_A03_A26),
		cmocka_unit_test(a_module_is_loaded_once_A19),
		cmocka_unit_test(modules_without_btf_A23_A24),
		cmocka_unit_test(a_string_section_of_no_bytes_is_valid_A14),
		cmocka_unit_test(what_unload_answers_A15_A20_A21),
		cmocka_unit_test(without_capabilities_A28_B16),
		cmocka_unit_test(info_of_module_btf_A05_to_A13),
		cmocka_unit_test(a_descriptor_holds_no_module_B01_to_B12),
		cmocka_unit_test(module_btf_is_not_for_maps_and_programs_B08),
		cmocka_unit_test(a_program_with_ldimm64_holds_the_module_C01_to_C10),
		cmocka_unit_test(user_btf_holds_no_module_C54_C55),
		cmocka_unit_test(orphans_in_ldimm64_C43_to_C47),
		cmocka_unit_test(who_outlives_the_loader_C48_to_C51),
		cmocka_unit_test(no_more_than_64_btfs_C53),
		cmocka_unit_test(an_fd_in_a_plain_constant_holds_nothing_F01_to_F05),
		cmocka_unit_test(a_kfunc_call_holds_the_module_D01_to_D13),
		cmocka_unit_test(both_ways_add_up_D79),
		cmocka_unit_test(a_rejected_program_lets_its_kfuncs_go_later_D15),
		cmocka_unit_test(what_kfunc_slots_answer_D20_to_D58),
		cmocka_unit_test(orphans_in_fd_array_D80_to_D91),
		cmocka_unit_test(no_more_than_256_module_btfs_D72),
		cmocka_unit_test(no_more_than_256_kfuncs_D73),
		cmocka_unit_test(coming_modules_are_seen_and_not_taken_D95_D96),
		cmocka_unit_test(going_modules_are_not_taken_either),
		cmocka_unit_test(fentry_holds_the_module_E01_to_E05),
		cmocka_unit_test(fentry_that_is_not_attached_E40_E45_E46),
		cmocka_unit_test(a_link_tells_its_cookie_since_6_17),
		cmocka_unit_test(same_name_in_two_modules_E38),
		cmocka_unit_test(orphans_and_other_modules_as_targets_E18_E42_to_E44),
		cmocka_unit_test(what_attach_targets_answer_E10_to_E24),
		cmocka_unit_test(tracepoints_of_modules_E30_to_E36),
		cmocka_unit_test(links_of_programs_that_say_their_target_K01_to_K06_K20_to_K22),
		cmocka_unit_test(designs_decide_who_holds_the_module),
		cmocka_unit_test(a_reset_brings_back_what_the_seal_saw),
		cmocka_unit_test(next_id_sees_what_comes_behind_an_unloaded_sealed_module),
		cmocka_unit_test(failed_allocations_leave_no_trace),
		cmocka_unit_test(what_the_interface_refuses),
	};
	struct CMUnitTest rows[BEMU_ARRAY_SIZE(c_rows)], dists[BEMU_ARRAY_SIZE(dist_rows)];
	size_t i;
	int failed;

	for (i = 0; i < BEMU_ARRAY_SIZE(c_rows); i++)
		rows[i] = (struct CMUnitTest){ .name = c_rows[i].name,
					       .test_func = run_c_row,
					       .initial_state = (void *)(uintptr_t)&c_rows[i] };
	for (i = 0; i < BEMU_ARRAY_SIZE(dist_rows); i++)
		dists[i] = (struct CMUnitTest){ .name = dist_rows[i].name,
						.test_func = run_dist_row,
						.initial_state = (void *)(uintptr_t)&dist_rows[i] };
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += cmocka_run_group_tests_name("distilled bases", dists, NULL, NULL);
	return failed + cmocka_run_group_tests_name("rows", rows, NULL, NULL);
}
