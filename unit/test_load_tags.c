/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Arguments tagged "arg:ctx": which type a kernel gets for them that does not know the tag. */
#include <errno.h>
#include <stdio.h>

#include <bemu/backend.h>
#include <bemu/watch.h>

#include "helpers.h"

#include "load/private.h"

struct file {
	void *data;
	size_t len;
};

static struct file read_file(const char *path)
{
	char full[512];
	struct file f = { 0 };
	FILE *in;
	long len;

	snprintf(full, sizeof(full), "%s/%s", BEMU_CORPUS, path);
	in = fopen(full, "rb");
	if (!in)
		fail_msg("%s cannot be read", full);
	fseek(in, 0, SEEK_END);
	len = ftell(in);
	assert_true(len > 0);
	rewind(in);
	f.len = (size_t)len;
	f.data = malloc(f.len);
	assert_non_null(f.data);
	assert_int_equal(fread(f.data, 1, f.len, in), f.len);
	fclose(in);
	return f;
}

/* A kernel before v6.8: its verifier refuses the program that asks for the tag. */
static bool refuse_tag(void *ctx, const struct bemu_seen *seen, int64_t *ret)
{
	struct bemu_attr_prog_load attr = { 0 };

	(void)ctx;
	if (seen->kind != BEMU_SEEN_BPF || seen->cmd != BPF_PROG_LOAD)
		return false;
	memcpy(&attr, seen->attr,
	       sizeof(attr) < BEMU_SEEN_ATTR_LEN ? sizeof(attr) : BEMU_SEEN_ATTR_LEN);
	if (strcmp(attr.prog_name, "det_arg_ctx"))
		return false;
	*ret = -EINVAL;
	return true;
}

static int begin(void *ctx, const struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

static int end(void *ctx, struct bemu_seen *seen)
{
	(void)ctx;
	(void)seen;
	return 0;
}

static const struct bemu_watch old_kernel = {
	.size = sizeof(old_kernel),
	.begin = begin,
	.end = end,
	.answer = refuse_tag,
};

struct world {
	struct bemu *em;
	struct bemu_task *task;
	struct bemu_env *env;
	struct file vmlinux, file;
	struct bemu_backend be;
	struct bemu_obj *obj;
	struct bemu_load *ld;
};

static void load(struct world *w, bool old, uint32_t libbpf)
{
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = libbpf };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = libbpf };
	int verdict = -1;

	memset(w, 0, sizeof(*w));
	w->env = test_env();
	w->vmlinux = read_file("btf/mini/vmlinux.btf");
	w->file = read_file("obj/sub_arg_ctx.bpf.o");
	assert_int_equal(bemu_new(NULL, &w->em), 0);
	assert_int_equal(bemu_set_vmlinux(w->em, w->vmlinux.data, w->vmlinux.len, 0), 0);
	assert_int_equal(bemu_seal(w->em), 0);
	assert_int_equal(bemu_task_new(w->em, &topts, &w->task), 0);
	if (old)
		bemu_task_watch(w->task, &old_kernel);
	bemu_backend_sys(w->task, &w->be);
	assert_int_equal(bemu_obj_parse(w->env, w->file.data, w->file.len, &oopts, &w->obj), 0);
	assert_int_equal(bemu_load_new(w->env, w->obj, &w->be, &lopts, &w->ld, &verdict), 0);
	assert_int_equal(verdict, 0);
	assert_int_equal(bemu_load_run(w->ld, &verdict), 0);
	assert_int_equal(verdict, 0);
}

static void unload(struct world *w)
{
	assert_int_equal(bemu_load_close(w->ld), 0);
	bemu_load_free(w->ld);
	bemu_obj_free(w->obj);
	assert_int_equal(bemu_env_live(w->env), 0);
	bemu_free(w->em);
	bemu_env_free(w->env);
	free(w->vmlinux.data);
	free(w->file.data);
}

/* Type of an argument of a function, as the func_info of a program names it; past modifiers. */
static const struct btf_type *argument(const struct world *w, const char *prog, const char *func,
				       uint32_t arg)
{
	const struct bemu_btf *btf = w->ld->obj_btf;
	uint32_t i, p;

	for (p = 0; p < w->obj->nr_progs && strcmp(w->obj->progs[p].name, prog);)
		p++;
	assert_true(p < w->obj->nr_progs);
	for (i = 0; i < w->ld->texts[p].nr_func_info; i++) {
		const struct bemu_load_text *text = &w->ld->texts[p];
		const struct btf_type *t;
		struct bpf_func_info rec;

		memcpy(&rec, (const char *)text->func_info + i * text->func_info_rec_size,
		       sizeof(rec));
		t = bemu_btf_type(btf, rec.type_id);
		assert_int_equal(bemu_btf_kind(t), BTF_KIND_FUNC);
		if (strcmp(bemu_btf_str(btf, t->name_off), func))
			continue;
		t = bemu_btf_type(btf, t->type);
		assert_int_equal(bemu_btf_kind(t), BTF_KIND_FUNC_PROTO);
		assert_true(arg < bemu_btf_vlen(t));
		t = bemu_btf_skip_mods(btf, bemu_btf_params(t)[arg].type, true, NULL);
		assert_non_null(t);
		assert_int_equal(bemu_btf_kind(t), BTF_KIND_PTR);
		t = bemu_btf_skip_mods(btf, t->type, true, NULL);
		assert_non_null(t);
		return t;
	}
	fail_msg("%s has no %s", prog, func);
	return NULL;
}

static void assert_points_to(const struct world *w, const char *prog, const char *func,
			     uint32_t arg, const char *name)
{
	const struct btf_type *t = argument(w, prog, func, arg);

	if (!name) {
		assert_int_equal(bemu_btf_kind(t), BTF_KIND_UNKN); /* void */
		return;
	}
	assert_int_equal(bemu_btf_kind(t), BTF_KIND_STRUCT);
	assert_string_equal(bemu_btf_str(w->ld->obj_btf, t->name_off), name);
}

static void each_program_type_has_a_struct_of_its_own(void **state)
{
	struct world w;

	(void)state;
	load(&w, true, BEMU_LIBBPF_1_7);
	assert_points_to(&w, "ctx_xdp", "any_ctx", 0, "xdp_md");
	assert_points_to(&w, "ctx_tc", "any_ctx", 0, "__sk_buff");
	assert_points_to(&w, "ctx_kprobe", "any_ctx", 0, "bpf_user_pt_regs_t");
	assert_points_to(&w, "ctx_raw_tp", "any_ctx", 0, "bpf_raw_tracepoint_args");
	assert_points_to(&w, "ctx_perf", "any_ctx", 0, "bpf_perf_event_data");
	assert_points_to(&w, "ctx_sk_lookup", "any_ctx", 0, "bpf_sk_lookup");
	assert_points_to(&w, "ctx_cgroup_skb", "any_ctx", 0, "__sk_buff");
	unload(&w);
}

static void a_tagged_argument_behind_qualifiers_and_others_is_the_one(void **state)
{
	struct world w;

	(void)state;
	load(&w, true, BEMU_LIBBPF_1_5);
	assert_points_to(&w, "ctx_xdp", "second", 1, "xdp_md");
	assert_points_to(&w, "ctx_tc", "second", 1, "__sk_buff");
	unload(&w);
}

static void what_is_not_tagged_or_no_context_keeps_its_type(void **state)
{
	struct world w;

	(void)state;
	load(&w, true, BEMU_LIBBPF_1_7);
	assert_points_to(&w, "ctx_xdp", "untagged", 0, NULL);
	assert_points_to(&w, "ctx_kprobe", "own_struct", 0, "mine");
	assert_points_to(&w, "ctx_tp", "any_ctx", 0, NULL); /* such programs have no struct */
	unload(&w);
}

static void numbers_are_a_raw_tracepoints_context(void **state)
{
	struct world w;

	(void)state;
	load(&w, true, BEMU_LIBBPF_1_7);
	assert_points_to(&w, "ctx_raw_tp", "numbers", 0, "bpf_raw_tracepoint_args");
	unload(&w);
}

static void a_kernel_that_knows_the_tag_gets_the_types_as_they_are(void **state)
{
	struct world w;

	(void)state;
	load(&w, false, BEMU_LIBBPF_1_7);
	assert_points_to(&w, "ctx_xdp", "any_ctx", 0, NULL);
	assert_ptr_equal(w.ld->obj_btf, w.obj->btf);
	unload(&w);
}

static void libbpf_1_1_does_not_know_the_tag(void **state)
{
	struct world w;

	(void)state;
	load(&w, true, BEMU_LIBBPF_1_1);
	assert_points_to(&w, "ctx_xdp", "any_ctx", 0, NULL);
	unload(&w);
}

/* The program that asks has a global function whose argument points to nothing that has a size. */
static void kernels_before_6_8_refuse_the_program_that_asks(void **state)
{
	static const uint32_t kernels[] = { BEMU_KERNEL_5_15, BEMU_KERNEL_6_1, BEMU_KERNEL_6_6,
					    BEMU_KERNEL_6_12 };
	struct bemu_task_opts topts = { .size = sizeof(topts), .nr_std = BEMU_TASK_STD };
	struct bemu_opts opts = { .size = sizeof(opts) };
	struct bemu_load_opts lopts = { .size = sizeof(lopts), .libbpf = BEMU_LIBBPF_1_7 };
	struct bemu_obj_opts oopts = { .size = sizeof(oopts), .libbpf = BEMU_LIBBPF_1_7 };
	struct file file = read_file("obj/sub_arg_ctx.bpf.o");
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(kernels); i++) {
		struct bemu_env *env = test_env();
		struct bemu_backend be;
		struct bemu_task *task;
		struct bemu_load *ld;
		struct bemu_obj *obj;
		struct bemu *em;
		int verdict = -1;

		opts.kernel = kernels[i];
		assert_int_equal(bemu_new(&opts, &em), 0);
		assert_int_equal(bemu_seal(em), 0);
		assert_int_equal(bemu_task_new(em, &topts, &task), 0);
		bemu_backend_sys(task, &be);
		assert_int_equal(bemu_obj_parse(env, file.data, file.len, &oopts, &obj), 0);
		assert_int_equal(bemu_load_new(env, obj, &be, &lopts, &ld, &verdict), 0);
		assert_int_equal(bemu_load_feature(ld, BEMU_FEAT_ARG_CTX_TAG),
				 kernels[i] == BEMU_KERNEL_6_12);
		assert_int_equal(bemu_load_close(ld), 0);
		bemu_load_free(ld);
		bemu_obj_free(obj);
		bemu_free(em);
		bemu_env_free(env);
	}
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_type_has_a_struct_of_its_own),
		cmocka_unit_test(a_tagged_argument_behind_qualifiers_and_others_is_the_one),
		cmocka_unit_test(what_is_not_tagged_or_no_context_keeps_its_type),
		cmocka_unit_test(numbers_are_a_raw_tracepoints_context),
		cmocka_unit_test(a_kernel_that_knows_the_tag_gets_the_types_as_they_are),
		cmocka_unit_test(libbpf_1_1_does_not_know_the_tag),
		cmocka_unit_test(kernels_before_6_8_refuse_the_program_that_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
