// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * bpf_snprintf_btf(), called by a program that runs. Rows are text files under corpus/btf_show, with the
 * types of types.c for the kernel's:
 *
 *   # what the row shows
 *   type struct list_head                 (or: id 0xfffff)
 *   data 2a00000000000000                 (the value; zeroes follow)
 *   addr 8                                (in place of data)
 *   flags 15, ptr_flags 7, ptr_size 16, size 2048
 *   ret 40                                (or: ret -EINVAL)
 *   text {0x000000000000002a,}            (\n is the end of a line; without it nothing was written)
 *
 * With --host the same rows are asked of the running kernel, and so is every type of its own BTF with data
 * made up, of which both must say the same. --measure prints the rows with its answers. Exit 77 without
 * the privilege.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helpers.h"

#include "model/model.h"
#include "sys/sys.h"

enum {
	MAX_ROWS = 256,
	MAX_DATA = 4096,
	TEXT_AT = MAX_DATA,
	RET_AT = 16384 - 8,
	VALUE_LEN = 16384,
	MAX_TEXT = RET_AT - TEXT_AT,
	UNTOUCHED = '~',
	FAULT = -100000, /* no answer of a kernel */
};

struct row {
	char name[160], kind[16], type[64];
	uint32_t id, ptr_flags, ptr_size, size, data_len;
	uint64_t flags, addr;
	bool has_addr, has_text;
	uint8_t data[MAX_DATA];
	long ret;
	char text[1024];
};

struct answer {
	long ret;
	char text[MAX_TEXT + 1]; /* empty, with untouched, when nothing was written */
	bool untouched;
};

/** struct kernel - one that can be asked; @btf is its own */
struct kernel {
	long (*bpf)(struct kernel *k, uint32_t cmd, void *attr, uint32_t size);
	const struct bemu_btf *btf;
	struct bemu *em;
	struct bemu_task *task;
};

static struct row rows[MAX_ROWS];
static size_t nr_rows;

/* ---- rows ---- */

static uint32_t read_hex(const char *text, uint8_t *out, uint32_t max)
{
	unsigned int byte;
	uint32_t len = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		if (len >= max || sscanf(text, "%2x", &byte) != 1)
			fail_msg("bad hex: %s", text);
		out[len++] = (uint8_t)byte;
		text += 2;
	}
	return len;
}

static long read_ret(const char *text)
{
	static const struct {
		const char *name;
		long err;
	} errs[] = { { "-EINVAL", -EINVAL },
		     { "-ENOENT", -ENOENT },
		     { "-ERANGE", -ERANGE },
		     { "-EFAULT", -EFAULT } };
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(errs); i++)
		if (!strcmp(errs[i].name, text))
			return errs[i].err;
	return strtol(text, NULL, 0);
}

static void unescape(char *out, size_t max, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < max; text++)
		if (text[0] == '\\' && text[1] == 'n') {
			out[n++] = '\n';
			text++;
		} else if (text[0] == '\\' && text[1] == 'x') {
			out[n++] = (char)strtoul((char[]){ text[2], text[3], 0 }, NULL, 16);
			text += 3;
		} else {
			out[n++] = *text;
		}
	out[n] = '\0';
}

static void read_line(struct row *row, const char *path, const char *line)
{
	char key[16] = "";
	const char *rest = line + strcspn(line, " ");

	rest += *rest == ' ';
	if (sscanf(line, "%15s", key) != 1 || !row)
		fail_msg("%s: not understood: %s", path, line);
	if (!strcmp(key, "type")) {
		if (sscanf(rest, "%15s %63[^\n]", row->kind, row->type) != 2)
			fail_msg("%s: a kind and a name: %s", path, line);
	} else if (!strcmp(key, "data")) {
		row->data_len = read_hex(rest, row->data, MAX_DATA);
	} else if (!strcmp(key, "text")) {
		row->has_text = true;
		unescape(row->text, sizeof(row->text), rest);
	} else if (!strcmp(key, "ret")) {
		row->ret = read_ret(rest);
	} else if (!strcmp(key, "addr")) {
		row->has_addr = true;
		row->addr = strtoull(rest, NULL, 0);
	} else {
		uint32_t v = (uint32_t)strtoul(rest, NULL, 0);

		if (!strcmp(key, "flags"))
			row->flags = strtoull(rest, NULL, 0);
		else if (!strcmp(key, "id"))
			row->id = v;
		else if (!strcmp(key, "ptr_flags"))
			row->ptr_flags = v;
		else if (!strcmp(key, "ptr_size"))
			row->ptr_size = v;
		else if (!strcmp(key, "size"))
			row->size = v;
		else
			fail_msg("%s: not understood: %s", path, line);
	}
}

static void read_rows(const char *path)
{
	struct row *row = NULL;
	char line[2048];
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("%s: cannot be opened", path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#') {
			assert_true(nr_rows < MAX_ROWS);
			row = &rows[nr_rows++];
			row->size = 2048;
			row->ptr_size = 16;
			snprintf(row->name, sizeof(row->name), "%.150s", line + strspn(line, "# "));
		} else if (line[0]) {
			read_line(row, path, line);
		}
	}
	fclose(f);
}

/* ---- one question ---- */

#define INSN(c, d, s, o, i)                                                         \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define MOV_K(d, k)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, (int32_t)(k))
#define MOV_X(d, s)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD_K(d, k)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, k)
#define STX_DW(d, s, o) INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define ST_W(o, k)	INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, o, (int32_t)(k))
#define LD64(d, s, v)                                           \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, s, 0, (int32_t)(v)), \
		INSN(0, 0, 0, 0, (int32_t)((uint64_t)(v) >> 32))

static long load(struct kernel *k, const struct row *row, uint32_t type_id, long map)
{
	const struct bpf_insn insns[] = {
		LD64(6, BPF_PSEUDO_MAP_VALUE, (uint32_t)map),
		LD64(1, 0, row->addr),
		row->has_addr ? (struct bpf_insn)MOV_X(1, 1) : (struct bpf_insn)MOV_X(1, 6),
		STX_DW(10, 1, -24),
		ST_W(-16, type_id),
		ST_W(-12, row->ptr_flags),
		ST_W(-8, 0),
		ST_W(-4, 0),
		MOV_X(1, 6),
		ADD_K(1, TEXT_AT),
		MOV_K(2, row->size),
		MOV_X(3, 10),
		ADD_K(3, -24),
		MOV_K(4, row->ptr_size),
		LD64(5, 0, row->flags),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 149),
		STX_DW(6, 0, RET_AT),
		MOV_K(0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	static char log[65536];
	struct bemu_attr_prog_load a = { .prog_type = BPF_PROG_TYPE_SYSCALL,
					 .insn_cnt = BEMU_ARRAY_SIZE(insns),
					 .insns = (uint64_t)(uintptr_t)insns,
					 .license = (uint64_t)(uintptr_t) "GPL",
					 .prog_flags = BPF_F_SLEEPABLE,
					 .log_level = 1,
					 .log_size = sizeof(log),
					 .log_buf = (uint64_t)(uintptr_t)log };
	long fd = k->bpf(k, BPF_PROG_LOAD, &a, offsetof(struct bemu_attr_prog_load, fd_array));

	if (fd < 0)
		printf("%s: load %ld: %s\n", row->name, fd, log);
	return fd;
}

static void close_fd(struct kernel *k, long fd)
{
	long ret;

	if (fd >= 0 && !k->task)
		close((int)fd);
	else if (fd >= 0)
		assert_int_equal(bemu_sys_close(k->task, (int)fd, &ret), 0);
}

/* The value of the map, from and to. */
static long value(struct kernel *k, uint32_t cmd, long map, uint8_t *bytes)
{
	uint32_t key = 0;
	struct bemu_attr_elem a = { .map_fd = (uint32_t)map,
				    .key = (uint64_t)(uintptr_t)&key,
				    .value = (uint64_t)(uintptr_t)bytes };

	return k->bpf(k, cmd, &a, sizeof(a));
}

/* 0, or what kept the question from being asked. */
static long ask(struct kernel *k, const struct row *row, uint32_t type_id, struct answer *out)
{
	static uint8_t bytes[VALUE_LEN];
	struct bemu_attr_map_create m = { .map_type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = VALUE_LEN,
					  .max_entries = 1 };
	struct bemu_attr_test t = { 0 };
	long map = k->bpf(k, BPF_MAP_CREATE, &m,
			  offsetof(struct bemu_attr_map_create, map_ifindex)),
	     prog = map, err = map < 0 ? map : 0;
	int64_t ret;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, row->data, row->data_len);
	memset(bytes + TEXT_AT, UNTOUCHED, MAX_TEXT);
	if (!err)
		err = value(k, BPF_MAP_UPDATE_ELEM, map, bytes);
	if (!err)
		prog = load(k, row, type_id, map);
	if (!err && prog < 0)
		err = prog;
	t.prog_fd = (uint32_t)prog;
	if (!err)
		err = k->bpf(k, BPF_PROG_TEST_RUN, &t, offsetof(struct bemu_attr_test, batch_size));
	if (!err)
		err = value(k, BPF_MAP_LOOKUP_ELEM, map, bytes);
	memcpy(&ret, bytes + RET_AT, sizeof(ret));
	out->ret = ret;
	out->untouched = bytes[TEXT_AT] == UNTOUCHED;
	memcpy(out->text, bytes + TEXT_AT, MAX_TEXT);
	out->text[out->untouched ? 0 : MAX_TEXT] = '\0';
	if (map >= 0 && prog != map)
		close_fd(k, prog);
	close_fd(k, map);
	return err;
}

static uint32_t kind_of(const char *word)
{
	char upper[16];
	uint32_t kind, i;

	for (kind = 1; kind < 32; kind++) {
		for (i = 0; word[i] && i + 1 < sizeof(upper); i++)
			upper[i] =
				(char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
		upper[i] = '\0';
		if (!strcmp(bemu_btf_kind_name(kind), upper))
			return kind;
	}
	fail_msg("no kind: %s", word);
	return 0;
}

static bool find_type(const struct kernel *k, const struct row *row, uint32_t *id)
{
	*id = row->id;
	if (*row->type)
		*id = bemu_btf_find(k->btf, row->type, kind_of(row->kind), false);
	return *id || !*row->type;
}

/* ---- the model ---- */

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *raw = NULL;
	size_t cap = 0, got;

	*len = 0;
	while (f) {
		if (*len == cap)
			raw = realloc(raw, cap = cap ? cap * 2 : 1 << 20);
		assert_non_null(raw);
		got = fread(raw + *len, 1, cap - *len, f);
		*len += got;
		if (!got)
			break;
	}
	if (f)
		fclose(f);
	return raw;
}

static long model_bpf(struct kernel *k, uint32_t cmd, void *attr, uint32_t size)
{
	long kret = -9999;
	int err = bemu_sys_bpf(k->task, cmd, (uint64_t)(uintptr_t)attr, size, &kret);

	return err ? err + FAULT : kret;
}

static void model_open(struct kernel *k, const void *raw, size_t len)
{
	struct bemu_opts opts = { .size = sizeof(opts) };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };

	*k = (struct kernel){ .bpf = model_bpf };
	assert_int_equal(bemu_new(&opts, &k->em), 0);
	assert_int_equal(bemu_set_vmlinux(k->em, raw, len, 0), 0);
	assert_int_equal(bemu_seal(k->em), 0);
	assert_int_equal(bemu_task_new(k->em, &topts, &k->task), 0);
	k->btf = k->em->model.vmlinux->btf;
}

static void model_close(struct kernel *k)
{
	bemu_task_exit(k->task);
	assert_int_equal(bemu_env_live(k->em->env), 0);
	bemu_free(k->em);
}

static struct kernel model;

static int open_model(void **state)
{
	void *raw;
	size_t len;

	(void)state;
	raw = read_file(BEMU_CORPUS "/btf_show/types.btf", &len);
	assert_non_null(raw);
	model_open(&model, raw, len);
	free(raw);
	return 0;
}

static int close_model(void **state)
{
	(void)state;
	model_close(&model);
	return 0;
}

static struct answer answer, other;

static void run_row(void **state)
{
	const struct row *row = *state;
	uint32_t id;

	assert_true(find_type(&model, row, &id));
	assert_int_equal(ask(&model, row, id, &answer), 0);
	assert_string_equal(answer.text, row->text);
	assert_int_equal(answer.untouched, !row->has_text);
	assert_int_equal(answer.ret, row->ret);
}

/* There is no row for it: the kernel would follow a NULL pointer. */
static void a_type_that_is_void_in_the_end_is_outside_of_the_model(void **state)
{
	static struct row row = { .name = "const void", .ptr_size = 16, .size = 64 };
	uint32_t id = 1;

	(void)state;
	while (bemu_btf_kind(bemu_btf_type(model.btf, id)) != BTF_KIND_CONST ||
	       bemu_btf_type(model.btf, id)->type)
		id++;
	assert_int_equal(ask(&model, &row, id, &answer), -EOPNOTSUPP + FAULT);
	assert_non_null(strstr(bemu_log_last(&model.em->env->log)->text, "void"));
}

/* ---- the running kernel ---- */

static long host_bpf(struct kernel *k, uint32_t cmd, void *attr, uint32_t size)
{
	long ret = syscall(__NR_bpf, cmd, attr, size);

	(void)k;
	return ret < 0 ? -errno : ret;
}

/* Hashes of pointers depend on the boot: each hexadecimal digit behind "0x00000000" becomes a dot. */
static void mask_hashes(char *text)
{
	char *at = text;
	size_t i;

	while ((at = strstr(at, "0x00000000"))) {
		at += 10;
		for (i = 0; i < 8 && strchr("0123456789abcdef", at[i]) && at[i]; i++)
			;
		/* NULL is itself; a hash at the end of the text may be cut */
		if ((i == 8 && strncmp(at, "00000000", 8) != 0) || !at[i])
			memset(at, '.', i);
	}
}

static bool same(struct answer *a, struct answer *b, uint64_t flags)
{
	if (!(flags & BTF_F_PTR_RAW)) {
		mask_hashes(a->text);
		mask_hashes(b->text);
	}
	return a->ret == b->ret && a->untouched == b->untouched && !strcmp(a->text, b->text);
}

static void put_escaped(const char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			printf("\\n");
		else if ((unsigned char)*text >= 0x80)
			printf("\\x%02x", (unsigned char)*text);
		else
			putchar(*text);
}

static unsigned int compare_rows(struct kernel *host, bool measure)
{
	unsigned int asked = 0, missing = 0, wrong = 0;
	const struct row *row;
	uint32_t id;

	for (row = rows; row < &rows[nr_rows]; row++) {
		if (!find_type(host, row, &id)) {
			missing++;
			continue;
		}
		asked++;
		memset(&other, 0, sizeof(other));
		snprintf(other.text, sizeof(other.text), "%s", row->text);
		other.ret = row->ret;
		other.untouched = !row->has_text;
		if (ask(host, row, id, &answer)) {
			printf("%s: could not be asked\n", row->name);
			wrong++;
			continue;
		}
		if (measure) {
			printf("# %s\nret %ld\ntext ", row->name, answer.ret);
			put_escaped(answer.text);
			printf("%s\n", answer.untouched ? "(untouched)" : "");
		} else if (!same(&other, &answer, row->flags)) {
			printf("%s: kernel %ld '%s', row %ld '%s'\n", row->name, answer.ret,
			       answer.text, row->ret, other.text);
			wrong++;
		}
	}
	printf("%u rows asked of the running kernel, %u of types that it has not, %u answered otherwise\n",
	       asked, missing, wrong);
	return wrong;
}

/*
 * What the kernel may be asked: not a variable nor what is void in the end, which it does not survive,
 * and nothing that is larger than the value of the map.
 */
static bool may_be_asked(const struct bemu_btf *btf, uint32_t id)
{
	const struct btf_type *t = bemu_btf_skip_mods(btf, id, true, NULL);
	int64_t size;

	if (!t || bemu_btf_kind(t) == BTF_KIND_VAR || bemu_btf_kind(t) == BTF_KIND_UNKN)
		return false;
	return bemu_btf_resolve_size(btf, id, &size) || size <= MAX_DATA / 2;
}

static void fill(struct row *row, uint64_t *seed)
{
	uint32_t i;

	for (i = 0; i < MAX_DATA; i++) {
		*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
		/* mostly zeroes, small numbers and letters: what decides about the text */
		row->data[i] = (uint8_t)((*seed >> 60) < 9 ? 0 : *seed >> 40);
		if ((*seed >> 56 & 15) < 3)
			row->data[i] = (uint8_t)('a' + (*seed >> 33) % 26);
	}
	row->data_len = MAX_DATA;
}

static unsigned int compare_types(struct kernel *host, struct kernel *k)
{
	static const uint32_t sizes[] = { 4096, 4096, 4096, 100, 1 };
	static struct row row = { .ptr_size = 16 };
	unsigned int asked = 0, wrong = 0;
	uint64_t seed = 1;
	uint32_t id, nr = bemu_btf_nr_types(host->btf), step = nr / 5000 + 1;

	for (id = 1; id < nr; id += step) {
		if (!may_be_asked(host->btf, id))
			continue;
		fill(&row, &seed);
		row.flags = seed >> 50 & 15;
		row.size = sizes[(seed >> 44) % BEMU_ARRAY_SIZE(sizes)];
		if (ask(host, &row, id, &answer) || ask(k, &row, id, &other)) {
			printf("type %u could not be asked\n", id);
			wrong++;
			continue;
		}
		asked++;
		if (same(&answer, &other, row.flags) || ++wrong > 10)
			continue;
		printf("[%u] %s '%s' flags %llu size %u: kernel %ld '%s'\n  model %ld '%s'\n", id,
		       bemu_btf_kind_name(bemu_btf_kind(bemu_btf_type(host->btf, id))),
		       bemu_btf_name(host->btf, id), (unsigned long long)row.flags, row.size,
		       answer.ret, answer.text, other.ret, other.text);
	}
	printf("%u types of the running kernel printed by both, %u otherwise\n", asked, wrong);
	return wrong;
}

static int run_host(bool measure)
{
	struct kernel host = { .bpf = host_bpf }, k;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	long fd = host_bpf(&host, BPF_MAP_CREATE, &attr, sizeof(attr));
	unsigned int wrong;
	size_t len;
	void *raw = read_file("/sys/kernel/btf/vmlinux", &len);

	if (fd < 0 || !raw) {
		printf("skipped: bpf(2) answers %ld, %zu bytes of BTF\n", fd, len);
		free(raw);
		return 77;
	}
	close((int)fd);
	model_open(&k, raw, len);
	host.btf = k.btf;
	wrong = compare_rows(&host, measure);
	if (!measure)
		wrong += compare_types(&host, &k);
	model_close(&k);
	free(raw);
	return wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[MAX_ROWS + 1];
	size_t i;

	read_rows(BEMU_CORPUS "/btf_show/rows.txt");
	if (argc > 1)
		return run_host(!strcmp(argv[1], "--measure"));
	for (i = 0; i < nr_rows; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
						.test_func = run_row,
						.initial_state = &rows[i] };
	tests[i] = (struct CMUnitTest)cmocka_unit_test(
		a_type_that_is_void_in_the_end_is_outside_of_the_model);
	return _cmocka_run_group_tests("btf_show", tests, nr_rows + 1, open_model, close_model);
}
