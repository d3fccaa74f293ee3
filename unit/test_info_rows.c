// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* OBJ_GET_INFO_BY_FD, row by row as Linux 6.18 answered: I01 to I49, and K11 to K19 of links. */
#include "entry_rows.h"

/* ---- I01 to I49 ---- */

/* An info structure of which some words were set, asked of an FD. */
struct asked {
	uint8_t bytes[4096 + 8];
	uint32_t len; /* returned */
};

static void put(struct asked *a, uint32_t off, uint64_t v, uint32_t size)
{
	memcpy(a->bytes + off, &v, size);
}

static uint32_t word(const struct asked *a, uint32_t off)
{
	uint32_t v;

	memcpy(&v, a->bytes + off, sizeof(v));
	return v;
}

static long ask(struct life *w, long fd, uint32_t len, struct asked *a)
{
	struct bemu_attr_info attr = { .bpf_fd = (uint32_t)fd,
				       .info_len = len,
				       .info = ptr(a->bytes) };
	long ret = life_bpf(w->t, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));

	a->len = attr.info_len;
	return ret;
}

/* Offsets in struct bpf_btf_info. */
enum {
	BTF_SIZE = 8,
	BTF_ID_OFF = 12,
	BTF_NAME = 16,
	BTF_NAME_LEN = 24,
	BTF_KERNEL = 28,
	BTF_INFO = 32
};

static long ask_name(struct life *w, long fd, char *name, uint32_t room, struct asked *a)
{
	memset(a, 0, sizeof(*a));
	put(a, BTF_NAME, ptr(name), 8);
	put(a, BTF_NAME_LEN, room, 4);
	return ask(w, fd, BTF_INFO, a);
}

static void info_of_a_btf_I01_to_I17(void **state)
{
	struct life w = life_new(0);
	long user = btf_new(&w), vmlinux = by_id(w.t, BPF_BTF_GET_FD_BY_ID, 1);
	uint32_t full = (uint32_t)w.vmlinux.len;
	uint8_t data[1024];
	static struct asked a;
	static const struct asked none;
	char name[64] = "zzzzzzzzzzz";

	(void)state;
	assert_int_equal(ask(&w, user, 0, &a), 0); /* I01 */
	assert_int_equal(a.len, 0);
	assert_int_equal(ask(&w, user, 4096, &a), 0); /* I02 */
	assert_int_equal(a.len, BTF_INFO);
	a = none;
	assert_int_equal(ask(&w, user, 4097, &a), -E2BIG); /* I03 */
	put(&a, 32, 1, 1);
	assert_int_equal(ask(&w, user, 33, &a), -E2BIG); /* I04 */
	a = none;
	assert_int_equal(ask(&w, user, 12, &a), 0); /* I05 */
	assert_int_equal(word(&a, BTF_SIZE), full);
	assert_int_equal(word(&a, BTF_ID_OFF), 0);
	a = none;
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I06 */
	assert_int_equal(word(&a, BTF_SIZE), full);
	assert_int_equal(word(&a, BTF_NAME_LEN), 0);
	assert_int_equal(word(&a, BTF_KERNEL), 0);
	a = none;
	memset(data, 0xee, sizeof(data));
	put(&a, 0, ptr(data), 8);
	put(&a, BTF_SIZE, 10, 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I07 */
	assert_memory_equal(data, w.vmlinux.data, 10);
	assert_int_equal(data[10], 0xee);
	assert_int_equal(word(&a, BTF_SIZE), full);
	put(&a, BTF_SIZE, sizeof(data), 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I08 */
	assert_memory_equal(data, w.vmlinux.data, full);
	assert_int_equal(word(&a, BTF_SIZE), full);
	a = none;
	put(&a, BTF_NAME, ptr(name), 8);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), -EINVAL); /* I10 */
	a = none;
	put(&a, BTF_NAME_LEN, 5, 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), -EINVAL); /* I11 */
	assert_int_equal(ask_name(&w, user, name, 1, &a), 0); /* I12 */
	assert_string_equal(name, "");
	assert_int_equal(ask_name(&w, vmlinux, name, 7, &a), -ENOSPC); /* I13 */
	assert_string_equal(name, "vmlinu");
	assert_int_equal(word(&a, BTF_NAME_LEN), 7);
	assert_int_equal(word(&a, BTF_ID_OFF), 1);
	assert_int_equal(word(&a, BTF_KERNEL), 1);
	assert_int_equal(ask_name(&w, vmlinux, name, 8, &a), 0); /* I14 */
	assert_string_equal(name, "vmlinux");
	assert_int_equal(ask_name(&w, vmlinux, name, 1, &a), -ENOSPC); /* I15 */
	assert_string_equal(name, "");
	assert_int_equal(word(&a, BTF_NAME_LEN), 7);
	a = none;
	put(&a, BTF_ID_OFF, 99, 4);
	put(&a, BTF_KERNEL, 99, 4);
	assert_int_equal(ask(&w, user, BTF_INFO, &a), 0); /* I16 */
	assert_int_equal(word(&a, BTF_ID_OFF), 2);
	assert_int_equal(word(&a, BTF_KERNEL), 0);
	life_end(&w);
}

/* Offsets in struct bpf_prog_info. */
enum {
	P_XLATED_LEN = 20,
	P_XLATED = 32,
	P_NR_MAPS = 52,
	P_MAPS = 56,
	P_GPL = 84,
	P_NR_KSYMS = 104,
	P_FUNC_SIZE = 132,
	P_FUNC_INFO = 136,
	P_NR_FUNC = 144,
	P_LINE_SIZE = 172,
	P_JITED_LINE_SIZE = 176,
	P_NR_TAGS = 180,
	P_PAD = 228,
	P_INFO = 232,
};

static void info_of_a_program_I20_to_I30(void **state)
{
	struct life w = life_new(0);
	long fd = PROG(w.t, RETURN0);
	static struct asked a;
	static const struct asked none;
	uint8_t data[32] = { 0 };

	(void)state;
	assert_int_equal(ask(&w, fd, 4096, &a), 0); /* I20 */
	assert_int_equal(a.len, P_INFO);
	a = none;
	put(&a, P_PAD, 1, 4);
	assert_int_equal(ask(&w, fd, P_INFO, &a), -E2BIG); /* I21 */
	a = none;
	put(&a, P_INFO, 1, 4);
	assert_int_equal(ask(&w, fd, 240, &a), -E2BIG); /* I22 */
	a = none;
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I23, but for verified_insns */
	assert_int_equal(word(&a, P_XLATED_LEN), 16);
	assert_int_equal(word(&a, P_NR_MAPS), 0);
	assert_int_equal(word(&a, P_FUNC_SIZE), 8);
	assert_int_equal(word(&a, P_LINE_SIZE), 16);
	assert_int_equal(word(&a, P_JITED_LINE_SIZE), 8);
	assert_int_equal(word(&a, P_NR_KSYMS), 1);
	assert_int_equal(word(&a, P_NR_TAGS), 1);
	assert_int_equal(word(&a, P_GPL) & 1, 1);
	a = none;
	put(&a, P_NR_FUNC, 1, 4);
	assert_int_equal(ask(&w, fd, P_INFO, &a), -EINVAL); /* I24 */
	a = none;
	put(&a, P_FUNC_SIZE, 16, 4);
	assert_int_equal(ask(&w, fd, P_INFO, &a), -EINVAL); /* I25 */
	a = none;
	put(&a, P_FUNC_SIZE, 8, 4);
	put(&a, P_NR_FUNC, 4, 4);
	put(&a, P_FUNC_INFO, ptr(data), 8);
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I26 */
	assert_int_equal(word(&a, P_NR_FUNC), 0);
	a = none;
	put(&a, P_XLATED_LEN, 8, 4);
	put(&a, P_XLATED, ptr(data), 8);
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I27 */
	assert_int_equal(word(&a, P_XLATED_LEN), 16);
	assert_int_equal(data[0], 0xb7);
	assert_int_equal(data[8], 0);
	a = none;
	put(&a, P_NR_MAPS, 5, 4);
	put(&a, P_MAPS, BAD, 8);
	assert_int_equal(ask(&w, fd, P_INFO, &a), 0); /* I29: there is none to write */
	assert_int_equal(word(&a, P_NR_MAPS), 0);
	a = none;
	assert_int_equal(ask(&w, fd, 8, &a), 0); /* I30 */
	assert_int_equal(word(&a, 0), BPF_PROG_TYPE_SOCKET_FILTER);
	life_end(&w);
}

static void bad_pointers_in_infos_I09_I17_I28(void **state)
{
	const struct bemu_mem_ops ops = { .read = page_read, .write = page_write };
	struct bemu_task_opts opts = { .size = sizeof(opts), .mem = &ops };
	struct life w = life_new(0);
	struct bemu_task *t;
	struct bemu_attr_info *a = (struct bemu_attr_info *)(void *)page;
	long user = btf_new(&w), prog = PROG(w.t, RETURN0), kret;
	uint8_t *info = page + 64;
	static const uint64_t bad = BAD;
	const uint32_t ten = 10;

	(void)state;
	assert_int_equal(bemu_task_new(w.em, &opts, &t), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)user, t, 0, &user), 0);
	assert_int_equal(bemu_task_pass_fd(w.t, (int)prog, t, 0, &prog), 0);
	memset(page, 0, sizeof(page));
	*a = (struct bemu_attr_info){ .bpf_fd = (uint32_t)user,
				      .info_len = BTF_INFO,
				      .info = ptr(info) };
	memcpy(info, &bad, 8);
	memcpy(info + BTF_SIZE, &ten, 4);
	assert_int_equal(bemu_sys_bpf(t, BPF_OBJ_GET_INFO_BY_FD, ptr(page), 16, &kret), 0);
	assert_int_equal(kret, -EFAULT); /* I09 */
	a->info = BAD;
	assert_int_equal(bemu_sys_bpf(t, BPF_OBJ_GET_INFO_BY_FD, ptr(page), 16, &kret), 0);
	assert_int_equal(kret, -EFAULT); /* I17 */
	memset(info, 0, P_INFO);
	*a = (struct bemu_attr_info){ .bpf_fd = (uint32_t)prog,
				      .info_len = P_INFO,
				      .info = ptr(info) };
	memcpy(info + P_XLATED, &bad, 8);
	memcpy(info + P_XLATED_LEN, &ten, 4);
	assert_int_equal(bemu_sys_bpf(t, BPF_OBJ_GET_INFO_BY_FD, ptr(page), 16, &kret), 0);
	assert_int_equal(kret, -EFAULT); /* I28 */
	life_end(&w);
}

/* Offsets in struct bpf_map_info. */
enum {
	M_BTF_ID = 64,
	M_KEY_TYPE = 68,
	M_VALUE_TYPE = 72,
	M_HASH = 88,
	M_HASH_SIZE = 96,
	M_PAD = 100,
	M_INFO = 104
};

/* Values 1, 2, 3 ... in every entry, and frozen. */
static void fill_and_freeze(struct life *w, long fd, uint32_t nr)
{
	static const uint8_t value[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint32_t key, map = (uint32_t)fd;

	for (key = 0; key < nr; key++) {
		struct bemu_attr_elem a = { .map_fd = map, .key = ptr(&key), .value = ptr(value) };

		assert_int_equal(life_bpf(w->t, BPF_MAP_UPDATE_ELEM, &a, sizeof(a)), 0);
	}
	assert_int_equal(life_bpf(w->t, BPF_MAP_FREEZE, &map, 4), 0);
}

static long ask_hash(struct life *w, long fd, uint32_t size, uint8_t *hash)
{
	static struct asked a;

	memset(&a, 0, sizeof(a));
	put(&a, M_HASH, ptr(hash), 8);
	put(&a, M_HASH_SIZE, size, 4);
	return ask(w, fd, M_INFO, &a);
}

static void info_of_a_map_I40_to_I49(void **state)
{
	/* as the kernel gave them */
	static const uint8_t one[32] = { 0x66, 0x84, 0x0d, 0xda, 0x15, 0x4e, 0x8a, 0x11,
					 0x3c, 0x31, 0xdd, 0x0a, 0xd3, 0x2f, 0x7f, 0x3a,
					 0x36, 0x6a, 0x80, 0xe8, 0x13, 0x69, 0x79, 0xd8,
					 0xf5, 0xa1, 0x01, 0xd3, 0xd2, 0x9d, 0x6f, 0x72 };
	static const uint8_t three[32] = { 0xb2, 0xcc, 0x72, 0x88, 0x14, 0x25, 0x20, 0xb2,
					   0x30, 0x3a, 0x18, 0x7b, 0x94, 0x8a, 0x50, 0x65,
					   0x8a, 0xf3, 0xf5, 0x5a, 0xb9, 0x3a, 0x36, 0xe0,
					   0x02, 0x4d, 0x85, 0xbc, 0x06, 0x46, 0x12, 0x39 };
	struct life w = life_new(0);
	long fd = array_of(&w, 8, 1), many = array_of(&w, 5, 3);
	static struct asked a;
	static const struct asked none;
	uint8_t hash[32];

	(void)state;
	assert_int_equal(ask(&w, fd, 4096, &a), 0); /* I40 */
	assert_int_equal(a.len, M_INFO);
	a = none;
	assert_int_equal(ask(&w, fd, 80, &a), 0); /* I41 */
	assert_int_equal(word(&a, 0), BPF_MAP_TYPE_ARRAY);
	assert_int_equal(word(&a, 8), 4);
	assert_int_equal(word(&a, 12), 8);
	assert_int_equal(word(&a, 16), 1);
	assert_int_equal(word(&a, 20), 0);
	a = none;
	put(&a, M_PAD, 1, 4);
	assert_int_equal(ask(&w, fd, M_INFO, &a), -E2BIG); /* I42 */
	a = none;
	put(&a, M_HASH_SIZE, 32, 4);
	assert_int_equal(ask(&w, fd, M_INFO, &a), -EINVAL); /* I43 */
	assert_int_equal(ask_hash(&w, fd, 31, hash), -EINVAL); /* I44 */
	assert_int_equal(ask_hash(&w, fd, 32, hash), -EPERM); /* I45 */
	assert_int_equal(ask_hash(&w, map_of(w.t, BPF_MAP_TYPE_HASH, 0), 32, hash),
			 -EINVAL); /* I46 */
	fill_and_freeze(&w, fd, 1);
	assert_int_equal(ask_hash(&w, fd, 32, hash), 0); /* I47 */
	assert_memory_equal(hash, one, sizeof(hash));
	fill_and_freeze(&w, many, 3);
	assert_int_equal(ask_hash(&w, many, 32, hash), 0); /* I48 */
	assert_memory_equal(hash, three, sizeof(hash));
	a = none;
	assert_int_equal(ask(&w, fd, M_INFO, &a), 0); /* I49 */
	assert_int_equal(word(&a, M_BTF_ID), 0);
	assert_int_equal(word(&a, M_KEY_TYPE), 0);
	assert_int_equal(word(&a, M_VALUE_TYPE), 0);
	life_end(&w);
}

/* ---- K11 to K19: infos of links ---- */

static long ask_name_of_link(struct life *w, long fd, char *name, uint32_t room, struct asked *a)
{
	memset(a, 0, sizeof(*a));
	put(a, 16, ptr(name), 8);
	put(a, 24, room, 4);
	return ask(w, fd, 64, a);
}

static void info_of_a_link_K11_to_K19(void **state)
{
	struct life w = life_new(0);
	struct prog p = { .type = BPF_PROG_TYPE_RAW_TRACEPOINT };
	static const struct bpf_insn insns[] = { RETURN0 };
	struct bemu_attr_raw_tp open = { .name = ptr("tp") };
	static struct asked a;
	char name[64] = "zzzz";
	long l, again;

	(void)state;
	p.insns = insns;
	p.nr = 2;
	open.prog_fd = (uint32_t)prog_load(w.t, &p);
	l = life_bpf(w.t, BPF_RAW_TRACEPOINT_OPEN, &open, sizeof(open));
	memset(&a, 0, sizeof(a));
	assert_int_equal(ask(&w, l, 64, &a), 0); /* K11 */
	assert_int_equal(word(&a, 0), BPF_LINK_TYPE_RAW_TRACEPOINT);
	assert_true(word(&a, 4) > 0 && word(&a, 8) > 0);
	assert_int_equal(word(&a, 24), 3);
	assert_int_equal(ask_name_of_link(&w, l, name, 0, &a), -EINVAL); /* K12 */
	assert_int_equal(ask_name_of_link(&w, l, NULL, 5, &a), -EINVAL); /* K13 */
	assert_int_equal(ask_name_of_link(&w, l, name, 64, &a), 0); /* K14 */
	assert_string_equal(name, "tp");
	assert_int_equal(word(&a, 24), 3);
	assert_int_equal(ask_name_of_link(&w, l, name, 2, &a), -ENOSPC); /* K15 */
	assert_string_equal(name, "t");
	assert_int_equal(word(&a, 0), 0); /* nothing else is written */
	again = by_id(w.t, BPF_LINK_GET_FD_BY_ID, id_of(w.t, l)); /* K18 */
	assert_true(again > 0);
	assert_int_equal(sys_close(w.t, l), 0);
	memset(&a, 0, sizeof(a));
	assert_int_equal(ask(&w, again, 64, &a), 0); /* K19 */
	life_end(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(info_of_a_btf_I01_to_I17),
		cmocka_unit_test(info_of_a_program_I20_to_I30),
		cmocka_unit_test(bad_pointers_in_infos_I09_I17_I28),
		cmocka_unit_test(info_of_a_map_I40_to_I49),
		cmocka_unit_test(info_of_a_link_K11_to_K19),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
