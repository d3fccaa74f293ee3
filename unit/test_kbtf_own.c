/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF of the kernel itself, as it is given to a world: the kernel's own rules for it. */
#include "helpers.h"

#include <bemu/bemu.h>

#include "btf/encode.h"
#include "sys/sys.h"

struct blobs {
	struct bemu_env *env;
	struct bemu_btf *base;
	void *vmlinux, *other, *module, *bad_name, *swapped;
	size_t vmlinux_len, other_len, module_len, bad_name_len, swapped_len;
};

/* A vmlinux with one structure; @pad is a string more, so that what lies behind it moves. */
static void make_vmlinux(struct bemu_env *env, const char *member, const char *pad, bool swap,
			 void **out, size_t *len)
{
	struct bemu_btf_enc *enc;
	uint32_t id;

	assert_int_equal(bemu_btf_enc_new(env, NULL, &enc), 0);
	id = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	if (pad)
		bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, pad, id);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "task", 4);
	bemu_btf_enc_member(enc, member, id, 0, 0);
	assert_int_equal(bemu_btf_enc_finish(enc, swap, out, len), 0);
	bemu_btf_enc_free(enc);
}

static void make_module(struct blobs *b)
{
	struct bemu_btf_enc *enc;

	assert_int_equal(bemu_btf_parse(b->env, b->vmlinux, b->vmlinux_len, NULL, 0, &b->base), 0);
	assert_int_equal(bemu_btf_enc_new(b->env, b->base, &enc), 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "conn", 8);
	bemu_btf_enc_member(enc, "id", 1, 0, 0);
	bemu_btf_enc_member(enc, "state", 1, 32, 0);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &b->module, &b->module_len), 0);
	bemu_btf_enc_free(enc);
}

static int set_up(void **state)
{
	static struct blobs b;

	memset(&b, 0, sizeof(b));
	assert_int_equal(bemu_env_new(NULL, NULL, &b.env), 0);
	make_vmlinux(b.env, "pid", NULL, false, &b.vmlinux, &b.vmlinux_len);
	make_vmlinux(b.env, "pid", "a-b", false, &b.other, &b.other_len);
	make_vmlinux(b.env, "p-d", NULL, false, &b.bad_name, &b.bad_name_len);
	make_vmlinux(b.env, "p-d", NULL, true, &b.swapped, &b.swapped_len);
	make_module(&b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct blobs *b = *state;

	bemu_btf_put(b->base);
	bemu_env_free(b->env);
	return 0;
}

static struct bemu *new_world(uint32_t kernel)
{
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = kernel };
	struct bemu *em;

	assert_int_equal(bemu_new(&opts, &em), 0);
	return em;
}

static void assert_rule(struct bemu *em, uint64_t type_id, const char *words)
{
	const struct bemu_log_record *rec = bemu_log_last(bemu_get_log(em));

	assert_non_null(rec);
	assert_int_equal(rec->reason, BEMU_R_KBTF_RULE);
	assert_int_equal(rec->pos, type_id);
	assert_non_null(strstr(rec->text, words));
}

static void a_name_that_c_forbids_in_vmlinux_is_refused_when_checked(void **state)
{
	struct blobs *b = *state;
	struct bemu *em = new_world(0);

	assert_int_equal(bemu_set_vmlinux(em, b->bad_name, b->bad_name_len, BEMU_BTF_CHECK),
			 -EINVAL);
	assert_rule(em, 2, "Invalid name");
	assert_null(em->model.vmlinux);
	assert_int_equal(bemu_set_vmlinux(em, b->vmlinux, b->vmlinux_len, BEMU_BTF_CHECK), 0);
	assert_int_equal(em->model.vmlinux->obj.id, 1);
	bemu_free(em);
}

static void vmlinux_is_taken_by_its_bounds_and_references_when_not_checked(void **state)
{
	struct blobs *b = *state;
	struct bemu *em = new_world(0);

	assert_int_equal(bemu_set_vmlinux(em, b->bad_name, b->bad_name_len, 0), 0);
	bemu_free(em);
}

static void rules_of_another_byte_order_are_not_guessed(void **state)
{
	struct blobs *b = *state;
	struct bemu *em = new_world(0);

	assert_int_equal(bemu_set_vmlinux(em, b->swapped, b->swapped_len, BEMU_BTF_CHECK), 0);
	bemu_free(em);
}

static void a_module_over_its_own_vmlinux_is_taken(void **state)
{
	struct blobs *b = *state;
	struct bemu *em = new_world(0);

	assert_int_equal(bemu_set_vmlinux(em, b->vmlinux, b->vmlinux_len, 0), 0);
	assert_int_equal(bemu_add_module(em, "m", b->module, b->module_len, 0), 0);
	bemu_free(em);
}

/* Its types would fit, but where it looks for its names, the other vmlinux has something else. */
static void a_module_over_another_vmlinux_is_refused_with_both_places(void **state)
{
	struct blobs *b = *state;
	struct bemu *em = new_world(0);

	assert_int_equal(bemu_set_vmlinux(em, b->other, b->other_len, 0), 0);
	assert_int_equal(bemu_add_module(em, "m", b->module, b->module_len, 0), -EINVAL);
	assert_rule(em, 4, "Invalid name; types begin at 4 and strings at 18 here");
	assert_int_equal(em->model.nr_modules, 0);
	bemu_free(em);
}

static void a_kind_that_is_younger_than_the_kernel_is_refused(void **state)
{
	struct blobs *b = *state;
	struct bemu_btf_enc *enc;
	struct bemu *em;
	size_t len;
	void *raw;

	assert_int_equal(bemu_btf_enc_new(b->env, b->base, &enc), 0);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "big", 8, false);
	bemu_btf_enc_enumerator(enc, "ONE", 1);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &raw, &len), 0);
	bemu_btf_enc_free(enc);
	em = new_world(BEMU_KERNEL_5_15);
	assert_int_equal(bemu_set_vmlinux(em, b->vmlinux, b->vmlinux_len, 0), 0);
	assert_int_equal(bemu_add_module(em, "m", raw, len, 0), -EINVAL);
	assert_rule(em, 3, "Invalid kind:19");
	bemu_free(em);
	em = new_world(BEMU_KERNEL_6_1);
	assert_int_equal(bemu_set_vmlinux(em, b->vmlinux, b->vmlinux_len, 0), 0);
	assert_int_equal(bemu_add_module(em, "m", raw, len, 0), 0);
	bemu_free(em);
}

static int check_in(struct bemu_env *env, void *arg)
{
	struct blobs *b = arg;
	struct bemu *em = new_world(0);
	int err;

	err = bemu_kbtf_check_own(&em->model, env, b->module, b->module_len, b->base);
	bemu_free(em);
	return err;
}

static void a_check_that_runs_out_of_memory_says_so(void **state)
{
	test_failure_sweep(check_in, *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_c_forbids_in_vmlinux_is_refused_when_checked),
		cmocka_unit_test(vmlinux_is_taken_by_its_bounds_and_references_when_not_checked),
		cmocka_unit_test(rules_of_another_byte_order_are_not_guessed),
		cmocka_unit_test(a_module_over_its_own_vmlinux_is_taken),
		cmocka_unit_test(a_module_over_another_vmlinux_is_refused_with_both_places),
		cmocka_unit_test(a_kind_that_is_younger_than_the_kernel_is_refused),
		cmocka_unit_test(a_check_that_runs_out_of_memory_says_so),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
