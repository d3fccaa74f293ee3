// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * corpus/examples: small objects over a made-up kernel with two modules, and the words that libbpf hands to
 * PROG_LOAD for them. The words were recorded from a build of the library's development tree after 1.7 whose
 * bpf(2) was answered by a program that knew nothing of this project. Descriptors in them are "--------".
 *
 *	prog e13_ok type 1 insns 8 attach_btf_id 0
 *	   0 7111ff7f00000000
 *	   1 18220000-------- ; MAP_VALUE map=e13_rang.bss off=0
 *	fd_array [0]=0 [1]=modbtf:m1
 *	func_info {off 0 type 9} line_info_cnt 5
 *	LOAD = 0
 *	# with autoload of e13_bad switched on
 *	LOAD = -34
 */
#include "helpers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bemu/backend.h>

#include "load/load.h"
#include "load/record.h"

enum { MAX_EXAMPLES = 64, MAX_FILE = 1 << 16, WORD_CHARS = 16 };

static char names[MAX_EXAMPLES][64];

struct example {
	struct bemu *em;
	struct bemu_env *env;
	struct bemu_obj *obj;
	struct bemu_load *ld;
	struct bemu_task *task;
	struct bemu_recorder *rec;
	int verdict;
};

static void *slurp(const char *dir, const char *name, const char *end, size_t *len)
{
	static char bufs[8][MAX_FILE];
	static unsigned int next;
	char path[512], *buf = bufs[next++ % 8];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, end);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot be read", path);
	*len = fread(buf, 1, MAX_FILE - 1, f);
	buf[*len] = 0;
	fclose(f);
	return buf;
}

/* A switch is "autoload of NAME switched on" or "autocreate of map 'NAME' switched off". */
static void apply(struct example *ex, const char *what)
{
	char name[64] = "";
	uint32_t i;

	if (sscanf(what, "autoload of %63s switched on", name) == 1) {
		for (i = 0; i < ex->obj->nr_progs; i++)
			if (!strcmp(ex->obj->progs[i].name, name)) {
				assert_int_equal(bemu_load_set_autoload(ex->ld, i, true), 0);
				return;
			}
	} else if (sscanf(what, "autocreate of map '%63[^']' switched off", name) == 1) {
		for (i = 0; i < ex->obj->nr_maps; i++)
			if (!strcmp(ex->obj->maps[i].name, name)) {
				assert_int_equal(bemu_load_set_autocreate(ex->ld, i, false), 0);
				return;
			}
	}
	fail_msg("cannot do: %s", what);
}

static void start(struct example *ex, const char *name, const char *what)
{
	static const char dir[] = BEMU_CORPUS "/examples";
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_NEXT };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = BEMU_LIBBPF_NEXT };
	struct bemu_backend sys, be;
	char path[128];
	size_t len;
	void *raw;

	memset(ex, 0, sizeof(*ex));
	assert_int_equal(bemu_new(NULL, &ex->em), 0);
	raw = slurp(dir, "vm", ".btf", &len);
	assert_int_equal(bemu_set_vmlinux(ex->em, raw, len, 0), 0);
	raw = slurp(dir, "m1", ".btf", &len);
	assert_int_equal(bemu_add_module(ex->em, "m1", raw, len, 0), 0);
	raw = slurp(dir, "m2", ".btf", &len);
	assert_int_equal(bemu_add_module(ex->em, "m2", raw, len, 0), 0);
	raw = slurp(dir, "kconfig", ".txt", &len);
	assert_int_equal(bemu_set_kconfig(ex->em, raw, len), 0);
	raw = slurp(dir, "kallsyms", ".txt", &len);
	assert_int_equal(bemu_set_kallsyms(ex->em, raw, len), 0);
	assert_int_equal(bemu_seal(ex->em), 0);
	assert_int_equal(bemu_env_new(NULL, NULL, &ex->env), 0);
	snprintf(path, sizeof(path), "%s.bpf.o", name);
	oopts.path = path;
	raw = slurp(dir, name, ".bpf.o", &len);
	assert_int_equal(bemu_obj_parse(ex->env, raw, len, &oopts, &ex->obj), 0);
	assert_int_equal(bemu_task_new(ex->em, &topts, &ex->task), 0);
	bemu_backend_sys(ex->task, &sys);
	assert_int_equal(bemu_recorder_new(ex->env, &sys, &ex->rec, &be), 0);
	assert_int_equal(bemu_load_new(ex->env, ex->obj, &be, &lopts, &ex->ld, &ex->verdict), 0);
	assert_int_equal(ex->verdict, 0);
	if (what)
		apply(ex, what);
	assert_int_equal(bemu_load_run(ex->ld, &ex->verdict), 0);
}

static void end(struct example *ex)
{
	assert_int_equal(bemu_load_close(ex->ld), 0);
	bemu_load_free(ex->ld);
	bemu_recorder_free(ex->rec);
	bemu_obj_free(ex->obj);
	bemu_env_free(ex->env);
	bemu_free(ex->em);
}

static void check_word(const struct bemu_load_prog *prog, const char *prog_name, unsigned int idx,
		       const char *want)
{
	const uint8_t *bytes = (const uint8_t *)&prog->insns[idx];
	char got[WORD_CHARS + 1];
	unsigned int i;

	for (i = 0; i < sizeof(struct bpf_insn); i++)
		snprintf(got + 2 * i, 3, "%02x", bytes[i]);
	for (i = 0; i < WORD_CHARS; i++)
		if (want[i] != '-' && want[i] != got[i])
			fail_msg("%s word %u: %s, expected %s", prog_name, idx, got, want);
}

static const struct bemu_load_prog *find_prog(const struct example *ex, const char *name)
{
	const struct bemu_load_result *res = bemu_load_result(ex->ld);
	uint32_t i;

	for (i = 0; i < ex->obj->nr_progs; i++)
		if (!strcmp(ex->obj->progs[i].name, name))
			return &res->progs[i];
	fail_msg("no program %s", name);
	return NULL;
}

/* "fd_array [0]=0 [1]=modbtf:m1": as far as the program's own calls reach into it. */
static void check_fd_array(const struct example *ex, const char *line)
{
	const struct bemu_load_result *res = bemu_load_result(ex->ld);
	char owner[32];
	unsigned int idx;
	uint32_t i;
	int len;

	for (line += strlen("fd_array"); *line; line += len) {
		if (sscanf(line, " [%u]=%31s%n", &idx, owner, &len) != 2)
			fail_msg("fd_array: %s", line);
		assert_true(idx < res->nr_fd_array);
		if (!strcmp(owner, "0")) {
			assert_int_equal(res->fd_array[idx], 0);
			continue;
		}
		assert_false(strncmp(owner, "modbtf:", 7));
		for (i = 0; i < res->nr_modules; i++)
			if (!strcmp(res->modules[i].name, owner + 7))
				break;
		assert_true(i < res->nr_modules);
		assert_int_equal(res->modules[i].fd_array_idx, idx);
		assert_true(res->fd_array[idx] > 0);
	}
}

/* The PROG_LOAD of a program; libbpf's probes have other names. */
static const struct bemu_call *find_load(const struct example *ex, const char *name)
{
	static const size_t name_off = offsetof(struct bemu_attr_prog_load, prog_name);
	const struct bemu_call *call;
	uint32_t i;

	for (i = 0; i < bemu_recorder_count(ex->rec); i++) {
		call = bemu_recorder_get(ex->rec, i);
		if (call->kind == BEMU_CALL_BPF && call->cmd == BPF_PROG_LOAD &&
		    !strncmp((const char *)call->attr_in + name_off, name, BPF_OBJ_NAME_LEN - 1))
			return call;
	}
	fail_msg("no PROG_LOAD of %s", name);
	return NULL;
}

/* "func_info {off 0 type 18} {off 15 type 20} line_info_cnt 11" */
static void check_infos(const struct example *ex, const char *name, const char *line)
{
	const struct bemu_call *call = find_load(ex, name);
	struct bemu_attr_prog_load attr = { 0 };
	const struct bpf_func_info *func = NULL;
	unsigned int off, type, cnt, nr = 0;
	uint32_t i;
	int len = 0;

	for (i = 0; i < call->nr_payloads; i++)
		if (!strcmp(call->payloads[i].field, "func_info"))
			func = call->payloads[i].data;
	assert_non_null(func);
	memcpy(&attr, call->attr_in, call->attr_len < sizeof(attr) ? call->attr_len : sizeof(attr));
	assert_int_equal(attr.func_info_rec_size, sizeof(*func));
	for (line += strlen("func_info");
	     sscanf(line, " {off %u type %u}%n", &off, &type, &len) == 2; line += len, nr++) {
		assert_true(nr < attr.func_info_cnt);
		assert_int_equal(func[nr].insn_off, off);
		assert_int_equal(func[nr].type_id, type);
	}
	assert_int_equal(nr, attr.func_info_cnt);
	assert_int_equal(sscanf(line, " line_info_cnt %u", &cnt), 1);
	assert_int_equal(cnt, attr.line_info_cnt);
}

/* The stand-in took every program; a kernel refuses one whose poison is sure to be reached. */
static void check_verdict(const struct example *ex, int want)
{
	const struct bemu_load_result *res = bemu_load_result(ex->ld);

	if (!want && ex->verdict == -EINVAL && res->stage == BEMU_STAGE_PROGS) {
		assert_true(res->err_prog_idx >= 0);
		assert_true(res->progs[res->err_prog_idx].poisoned);
		return;
	}
	assert_int_equal(ex->verdict, want);
}

static void gives_the_recorded_words(void **state)
{
	static const char dir[] = BEMU_CORPUS "/examples";
	const char *name = *state, *what = NULL;
	const struct bemu_load_prog *prog = NULL;
	unsigned int idx, nr, type, attach, words = 0, loads = 0;
	char prog_name[64] = "", word[32], *line, *next, *text;
	struct example ex = { 0 };
	int load;
	size_t len;

	text = slurp(dir, name, ".expected", &len);
	text = strdup(text);
	assert_non_null(text);
	for (line = text; *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		else
			next = line + strlen(line);
		if (!strncmp(line, "# with ", 7)) {
			what = line + 7;
			continue;
		}
		if (!*line || *line == '#')
			continue;
		if (!ex.em)
			start(&ex, name, what);
		if (sscanf(line, "prog %63s type %u insns %u attach_btf_id %u", prog_name, &type,
			   &nr, &attach) == 4) {
			prog = find_prog(&ex, prog_name);
			if (prog->nr_insns != nr)
				fail_msg("%s: %u words, expected %u", prog_name, prog->nr_insns,
					 nr);
			assert_int_equal(prog->attach_btf_id, attach);
			words += nr;
		} else if (sscanf(line, "%u %31s", &idx, word) == 2) {
			assert_non_null(prog);
			assert_true(idx < prog->nr_insns && strlen(word) == WORD_CHARS);
			check_word(prog, prog_name, idx, word);
			words--;
		} else if (!strncmp(line, "fd_array", 8)) {
			check_fd_array(&ex, line);
		} else if (!strncmp(line, "func_info", 9)) {
			check_infos(&ex, prog_name, line);
		} else if (sscanf(line, "LOAD = %d", &load) == 1) {
			check_verdict(&ex, load);
			end(&ex);
			memset(&ex, 0, sizeof(ex));
			loads++;
		} else {
			fail_msg("not understood: %s", line);
		}
	}
	free(text);
	assert_int_equal(words, 0);
	assert_true(loads);
}

int main(void)
{
	struct CMUnitTest tests[MAX_EXAMPLES] = { 0 };
	struct dirent **list;
	size_t nr = 0;
	int found, i;

	found = scandir(BEMU_CORPUS "/examples", &list, NULL, alphasort);
	for (i = 0; i < found; i++) {
		char *ext = strstr(list[i]->d_name, ".expected");

		if (ext && nr < MAX_EXAMPLES) {
			snprintf(names[nr], sizeof(names[nr]), "%.*s", (int)(ext - list[i]->d_name),
				 list[i]->d_name);
			tests[nr] = (struct CMUnitTest){ .name = names[nr],
							 .test_func = gives_the_recorded_words,
							 .initial_state = names[nr] };
			nr++;
		}
		free(list[i]);
	}
	if (found >= 0)
		free(list);
	if (!nr)
		return 1;
	return _cmocka_run_group_tests("examples", tests, nr, NULL, NULL);
}
