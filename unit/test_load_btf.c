/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* BTF on both sides of a load: where the kernel's is found, the list of modules, what is uploaded. */
#include <errno.h>
#include <stdio.h>

#include <bemu/backend.h>

#include "helpers.h"

#include "btf/encode.h"
#include "load/private.h"

/*
 * A kernel made for the test: files by name, BTF objects by id, and a text of what was asked. Every
 * BTF_LOAD succeeds unless its bytes hold a kind that is in @unknown_kinds.
 */
enum { MAX_BTFS = 6, FIRST_FD = 3 };

struct fake_btf {
	uint32_t id;
	const char *name;
	bool user;
	int open_err, info_err; /* instead of an FD, of the info */
	const void *raw;
	uint32_t len;
	uint32_t claim; /* size in infos when not @len */
};

struct fake {
	const char *path; /* the only file there is */
	const void *data;
	size_t len;
	struct fake_btf btfs[MAX_BTFS]; /* ids rising, 0 ends */
	int next_err; /* at the end of the list; 0 is -ENOENT */
	uint32_t unknown_kinds; /* bit a kind */
	bool no_qmark;
	uint32_t grow; /* of each answer over the one before */
	uint32_t grown;
	int load_err[2]; /* of the last uploads, without and with a log */
	int open_fds[16]; /* id behind each number, 0 closed, -1 a file or probe */
	struct bemu_buf calls;
	struct bemu_btf *uploaded; /* by the last successful BTF_LOAD that was no probe */
	void *module_raw;
};

static long new_fd(struct fake *f, int what)
{
	int fd = FIRST_FD;

	while (f->open_fds[fd])
		fd++;
	f->open_fds[fd] = what;
	return fd;
}

static const struct fake_btf *btf_at(const struct fake *f, uint32_t id)
{
	size_t i;

	for (i = 0; i < MAX_BTFS; i++)
		if (f->btfs[i].id == id)
			return &f->btfs[i];
	return NULL;
}

static long next_id(struct fake *f, union bpf_attr *attr)
{
	uint32_t i, start = attr->start_id;

	for (i = 0; i < MAX_BTFS && f->btfs[i].id; i++)
		if (f->btfs[i].id > start) {
			attr->next_id = f->btfs[i].id;
			return 0;
		}
	return f->next_err ? f->next_err : -ENOENT;
}

static long get_info(struct fake *f, const union bpf_attr *attr)
{
	struct bpf_btf_info *info = (void *)(uintptr_t)attr->info.info;
	int id = f->open_fds[attr->info.bpf_fd];
	const struct fake_btf *btf = id > 0 ? btf_at(f, (uint32_t)id) : NULL;
	uint32_t room = info->btf_size;

	if (!btf)
		return 0; /* the probe */
	if (btf->info_err)
		return btf->info_err;
	if (info->name)
		snprintf((char *)(uintptr_t)info->name, info->name_len, "%s", btf->name);
	info->kernel_btf = !btf->user;
	info->btf_size = (btf->claim ? btf->claim : btf->len) + f->grown;
	f->grown += f->grow;
	if (info->btf)
		memcpy((void *)(uintptr_t)info->btf, btf->raw, room < btf->len ? room : btf->len);
	bemu_buf_printf(&f->calls, "info %u %s %u\n", btf->id, info->name ? "name" : "data", room);
	return 0;
}

static bool known(const struct fake *f, const struct bemu_btf *btf)
{
	uint32_t id;

	for (id = 1; id < bemu_btf_nr_types(btf); id++) {
		const struct btf_type *t = bemu_btf_type(btf, id);
		const char *name = bemu_btf_name(btf, id);

		if (f->unknown_kinds >> bemu_btf_kind(t) & 1)
			return false;
		if (f->no_qmark && bemu_btf_kind(t) == BTF_KIND_DATASEC && name[0] == '?')
			return false;
	}
	return true;
}

static long load_btf(struct fake *f, struct bemu_env *env, const struct bemu_attr_btf_load *attr)
{
	struct bemu_btf *btf = NULL;
	int err = f->load_err[attr->btf_log_level ? 1 : 0];
	bool probe = attr->btf_size < 150;

	if (bemu_btf_parse(env, (void *)(uintptr_t)attr->btf, attr->btf_size, NULL, 0, &btf))
		return -EINVAL;
	if (probe)
		err = 0;
	if (!known(f, btf))
		err = -EINVAL;
	if (!probe) {
		bemu_buf_printf(&f->calls, "upload level %u\n", attr->btf_log_level);
		if (!err) {
			bemu_btf_put(f->uploaded);
			f->uploaded = bemu_btf_get(btf);
		} else if (attr->btf_log_level) {
			memcpy((void *)(uintptr_t)attr->btf_log_buf, "first\nwhy\n", 11);
		}
	}
	bemu_btf_put(btf);
	return err ? err : new_fd(f, -1);
}

static int fake_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	struct fake *f = ctx;
	union bpf_attr *u = attr;
	const struct fake_btf *btf;

	(void)size;
	switch (cmd) {
	case BPF_BTF_GET_NEXT_ID:
		*kret = next_id(f, u);
		bemu_buf_printf(&f->calls, "next\n");
		break;
	case BPF_BTF_GET_FD_BY_ID:
		btf = btf_at(f, u->btf_id);
		*kret = btf->open_err ? btf->open_err : new_fd(f, (int)btf->id);
		bemu_buf_printf(&f->calls, "open %u\n", u->btf_id);
		break;
	case BPF_OBJ_GET_INFO_BY_FD:
		*kret = get_info(f, u);
		break;
	case BPF_BTF_LOAD:
		*kret = load_btf(f, f->calls.env, attr);
		break;
	default:
		*kret = new_fd(f, -1);
		break;
	}
	return 0;
}

static int fake_close(void *ctx, int fd, long *kret)
{
	struct fake *f = ctx;

	*kret = f->open_fds[fd] ? 0 : -EBADF;
	if (f->open_fds[fd] > 0)
		bemu_buf_printf(&f->calls, "close %d\n", f->open_fds[fd]);
	assert_int_not_equal(f->open_fds[fd], 0);
	f->open_fds[fd] = 0;
	return 0;
}

static int fake_access(void *ctx, const char *path, long *kret)
{
	struct fake *f = ctx;

	bemu_buf_printf(&f->calls, "access %s\n", path);
	*kret = f->path && !strcmp(path, f->path) ? 0 : -ENOENT;
	return 0;
}

static int fake_open(void *ctx, const char *path, int flags, long *kret)
{
	struct fake *f = ctx;

	bemu_buf_printf(&f->calls, "open %s %s\n", path, flags ? "cloexec" : "plain");
	*kret = f->path && !strcmp(path, f->path) ? new_fd(f, -1) : -ENOENT;
	return 0;
}

static int fake_read(void *ctx, int fd, const void **data, size_t *len, long *kret)
{
	struct fake *f = ctx;

	(void)fd;
	*data = f->data;
	*len = f->len;
	*kret = 0;
	return 0;
}

static int fake_uname(void *ctx, struct bemu_uname *out, long *kret)
{
	struct fake *f = ctx;

	bemu_buf_printf(&f->calls, "uname\n");
	memset(out, 0, sizeof(*out));
	memcpy(out->release, "6.9", 4);
	*kret = 0;
	return 0;
}

static const struct bemu_backend_ops fake_ops = {
	.size = sizeof(fake_ops),
	.bpf = fake_bpf,
	.close = fake_close,
	.access = fake_access,
	.open = fake_open,
	.read_file = fake_read,
	.uname = fake_uname,
};

struct world {
	struct bemu_env *env;
	struct fake f;
	struct bemu_obj obj;
	struct bemu_obj_extern ext;
	struct bemu_load ld; /* by hand: only what these files use */
};

static void start(struct world *w, uint32_t libbpf)
{
	memset(w, 0, sizeof(*w));
	w->env = test_env();
	bemu_env_budget(w->env);
	bemu_buf_init(&w->f.calls, w->env);
	w->ext.kind = BEMU_EXT_KSYM;
	w->ext.ksym_type_id = 1; /* enough to want kernel BTF */
	w->obj.externs = &w->ext;
	w->obj.nr_externs = 1;
	w->ld.env = w->env;
	w->ld.obj = &w->obj;
	w->ld.libbpf = libbpf;
	w->ld.token_fd = w->ld.btf_fd = -1;
	w->ld.be.ops = &fake_ops;
	w->ld.be.ctx = &w->f;
	w->ld.feats[BEMU_FEAT_MEMCG_ACCOUNT] = w->ld.feats[BEMU_FEAT_PROG_NAME] =
		BEMU_FEAT_SUPPORTED;
}

static void stop(struct world *w)
{
	bemu_load_free_btfs(&w->ld);
	bemu_buf_fini(&w->f.calls);
	bemu_btf_put(w->obj.btf);
	bemu_btf_put(w->f.uploaded);
	assert_int_equal(bemu_env_live(w->env), 0);
	bemu_env_free(w->env);
}

static void expect_calls(struct world *w, const char *want)
{
	assert_string_equal(bemu_buf_str(&w->f.calls), want);
	bemu_buf_clear(&w->f.calls);
}

/* One INT "int". */
static const uint32_t int_btf[] = {
	0x0001eb9f, 24, 0, 16, 16, 8, 1, 0x01000000, 4, 0x01000020, 0x746e6900, 0,
};
static const char sysfs[] = "/sys/kernel/btf/vmlinux";

/* ---- where the kernel's BTF is ---- */

static void vmlinux_is(struct world *w, const char *path, const void *data, size_t len)
{
	w->f.path = path;
	w->f.data = data;
	w->f.len = len;
}

static void sysfs_file_is_read_without_asking_for_the_release(void **state)
{
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_5);
	vmlinux_is(&w, sysfs, int_btf, sizeof(int_btf));
	assert_int_equal(bemu_load_kernel_btf(&w.ld), 0);
	expect_calls(&w, "access /sys/kernel/btf/vmlinux\nopen /sys/kernel/btf/vmlinux cloexec\n");
	assert_int_equal(bemu_btf_nr_types(w.ld.kernel_btf), 2);
	assert_int_equal(bemu_load_kernel_btf(&w.ld), 0);
	expect_calls(&w, "");
	stop(&w);
}

static void sysfs_file_is_mapped_since_1_6(void **state)
{
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	vmlinux_is(&w, sysfs, int_btf, sizeof(int_btf));
	assert_int_equal(bemu_load_kernel_btf(&w.ld), 0);
	expect_calls(&w, "access /sys/kernel/btf/vmlinux\nopen /sys/kernel/btf/vmlinux plain\n");
	stop(&w);
}

static void a_release_before_1_3_asks_for_the_name_first(void **state)
{
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_1);
	vmlinux_is(&w, sysfs, int_btf, sizeof(int_btf));
	assert_int_equal(bemu_load_kernel_btf(&w.ld), 0);
	expect_calls(&w,
		     "uname\naccess /sys/kernel/btf/vmlinux\nopen /sys/kernel/btf/vmlinux plain\n");
	stop(&w);
}

static void the_disk_is_searched_when_sysfs_has_nothing(void **state)
{
	static const char want[] = "access /sys/kernel/btf/vmlinux\nuname\n"
				   "access /boot/vmlinux-6.9\n"
				   "access /lib/modules/6.9/vmlinux-6.9\n"
				   "access /lib/modules/6.9/build/vmlinux\n"
				   "access /usr/lib/modules/6.9/kernel/vmlinux\n"
				   "access /usr/lib/debug/boot/vmlinux-6.9\n"
				   "access /usr/lib/debug/boot/vmlinux-6.9.debug\n"
				   "access /usr/lib/debug/lib/modules/6.9/vmlinux\n";
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_kernel_btf(&w.ld), -ESRCH);
	expect_calls(&w, want);
	vmlinux_is(&w, "/usr/lib/modules/6.9/kernel/vmlinux", int_btf, sizeof(int_btf));
	assert_int_equal(bemu_load_kernel_btf(&w.ld), 0);
	stop(&w);
}

static void broken_sysfs_file_ends_the_search_since_1_3(void **state)
{
	static const uint32_t cut[] = { 0x0001eb9f, 24, 0, 16, 16, 8 };
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	vmlinux_is(&w, sysfs, cut, sizeof(cut));
	assert_int_equal(bemu_load_kernel_btf(&w.ld), -EINVAL);
	expect_calls(&w, "access /sys/kernel/btf/vmlinux\nopen /sys/kernel/btf/vmlinux plain\n"
			 "open /sys/kernel/btf/vmlinux cloexec\n");
	stop(&w);

	start(&w, BEMU_LIBBPF_1_1);
	vmlinux_is(&w, sysfs, cut, sizeof(cut));
	assert_int_equal(bemu_load_kernel_btf(&w.ld), -ESRCH);
	stop(&w);

	start(&w, BEMU_LIBBPF_1_5);
	vmlinux_is(&w, sysfs, cut, 1);
	assert_int_equal(bemu_load_kernel_btf(&w.ld), -EIO);
	stop(&w);
}

/* ---- modules ---- */

static void list_modules(struct world *w, uint32_t libbpf)
{
	struct bemu_btf_enc *enc;
	void *raw;
	size_t len;

	start(w, libbpf);
	vmlinux_is(w, sysfs, int_btf, sizeof(int_btf));
	assert_int_equal(bemu_load_kernel_btf(&w->ld), 0);
	bemu_buf_clear(&w->f.calls);
	assert_int_equal(bemu_btf_enc_new(w->env, w->ld.kernel_btf, &enc), 0);
	bemu_btf_enc_var(enc, "v", BTF_VAR_GLOBAL_ALLOCATED, 1);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &raw, &len), 0);
	bemu_btf_enc_free(enc);
	w->f.btfs[0] = (struct fake_btf){ .id = 1, .name = "vmlinux" };
	w->f.btfs[1] = (struct fake_btf){ .id = 4, .name = "m1", .raw = raw, .len = (uint32_t)len };
	w->f.btfs[2] = (struct fake_btf){ .id = 6, .name = "mine", .user = true };
	w->f.btfs[3] = (struct fake_btf){ .id = 9, .name = "m2", .raw = raw, .len = (uint32_t)len };
	w->f.module_raw = raw;
	w->ld.feats[BEMU_FEAT_MODULE_BTF] = BEMU_FEAT_SUPPORTED;
}

static void stop_modules(struct world *w)
{
	bemu_mem_free(w->env, w->f.module_raw);
	stop(w);
}

static void modules_are_kept_open_in_id_order(void **state)
{
	uint32_t id, mod;
	struct world w;

	(void)state;
	list_modules(&w, BEMU_LIBBPF_1_7);
	assert_int_equal(bemu_load_find_kernel_type(&w.ld, "v", BTF_KIND_VAR, &id, &mod), 0);
	assert_int_equal(mod, 0);
	assert_int_equal(id, 2);
	expect_calls(&w, "next\nopen 1\ninfo 1 name 0\nclose 1\n"
			 "next\nopen 4\ninfo 4 name 0\ninfo 4 data 4096\n"
			 "next\nopen 6\ninfo 6 name 0\nclose 6\n"
			 "next\nopen 9\ninfo 9 name 0\ninfo 9 data 4096\nnext\n");
	assert_int_equal(w.ld.nr_modules, 2);
	assert_string_equal(w.ld.modules[1].name, "m2");
	assert_int_equal(bemu_load_find_kernel_type(&w.ld, "w", BTF_KIND_VAR, &id, &mod), -ESRCH);
	assert_int_equal(bemu_load_find_kernel_type(&w.ld, "int", BTF_KIND_INT, &id, &mod), 0);
	assert_int_equal(mod, UINT32_MAX);
	expect_calls(&w, "");
	assert_int_equal(bemu_load_drop_btfs(&w.ld), 0);
	expect_calls(&w, "close 4\nclose 9\n");
	assert_int_equal(bemu_load_drop_btfs(&w.ld), 0);
	expect_calls(&w, "");
	stop_modules(&w);
}

static void a_module_that_is_unloaded_meanwhile_is_passed_over(void **state)
{
	struct world w;

	(void)state;
	list_modules(&w, BEMU_LIBBPF_1_1);
	w.f.btfs[1].open_err = -ENOENT;
	assert_int_equal(bemu_load_module_btfs(&w.ld), 0);
	assert_int_equal(w.ld.nr_modules, 1);
	assert_int_equal(bemu_load_drop_btfs(&w.ld), 0);
	stop_modules(&w);
}

static void an_error_is_told_once_and_leaves_what_was_there(void **state)
{
	struct world w;

	(void)state;
	list_modules(&w, BEMU_LIBBPF_1_7);
	w.f.btfs[3].info_err = -EPERM;
	assert_int_equal(bemu_load_module_btfs(&w.ld), -EPERM);
	assert_int_equal(w.ld.nr_modules, 1);
	bemu_buf_clear(&w.f.calls);
	assert_int_equal(bemu_load_module_btfs(&w.ld), 0);
	expect_calls(&w, "");
	assert_int_equal(bemu_load_drop_btfs(&w.ld), 0);
	expect_calls(&w, "close 4\n");
	stop_modules(&w);
}

static void a_list_that_may_not_be_read_is_empty_since_1_3(void **state)
{
	struct world w;

	(void)state;
	list_modules(&w, BEMU_LIBBPF_1_5);
	w.f.btfs[0].id = 0;
	w.f.next_err = -EPERM;
	assert_int_equal(bemu_load_module_btfs(&w.ld), 0);
	stop_modules(&w);
	list_modules(&w, BEMU_LIBBPF_1_1);
	w.f.btfs[0].id = 0;
	w.f.next_err = -EPERM;
	assert_int_equal(bemu_load_module_btfs(&w.ld), -EPERM);
	stop_modules(&w);
}

static void larger_btf_is_asked_for_once_more_with_its_size(void **state)
{
	struct world w;

	(void)state;
	list_modules(&w, BEMU_LIBBPF_1_7);
	w.f.btfs[1].claim = 5000; /* zeroes behind the strings, which nobody minds */
	w.f.btfs[2].id = 0;
	assert_int_equal(bemu_load_module_btfs(&w.ld), 0);
	expect_calls(&w, "next\nopen 1\ninfo 1 name 0\nclose 1\nnext\nopen 4\ninfo 4 name 0\n"
			 "info 4 data 4096\ninfo 4 data 5000\nnext\n");
	assert_int_equal(w.ld.nr_modules, 1);
	assert_int_equal(bemu_load_drop_btfs(&w.ld), 0);
	stop_modules(&w);

	list_modules(&w, BEMU_LIBBPF_1_7);
	w.f.btfs[1].claim = 5000;
	w.f.grow = 1; /* and larger again each time */
	assert_int_equal(bemu_load_module_btfs(&w.ld), -E2BIG);
	assert_int_equal(w.ld.nr_modules, 0);
	stop_modules(&w);
}

static void a_kernel_without_module_btf_has_no_modules(void **state)
{
	struct world w;

	(void)state;
	list_modules(&w, BEMU_LIBBPF_1_7);
	w.ld.feats[BEMU_FEAT_MODULE_BTF] = BEMU_FEAT_MISSING;
	assert_int_equal(bemu_load_module_btfs(&w.ld), 0);
	expect_calls(&w, "");
	stop_modules(&w);
}

/* ---- what is uploaded ---- */

/* One type of each kind that some kernel does not know. */
static void make_object(struct world *w)
{
	struct bemu_btf_enc *enc;
	uint32_t num, proto, func, var;
	void *raw;
	size_t len;

	assert_int_equal(bemu_btf_enc_new(w->env, NULL, &enc), 0);
	num = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	proto = bemu_btf_enc_func_proto(enc, num);
	bemu_btf_enc_param(enc, "p", num);
	func = bemu_btf_enc_func(enc, "f", BTF_FUNC_GLOBAL, proto);
	var = bemu_btf_enc_var(enc, "v", BTF_VAR_GLOBAL_ALLOCATED, num);
	bemu_btf_enc_datasec(enc, "?.data.x", 12);
	bemu_btf_enc_secinfo(enc, var, 8, 4);
	bemu_btf_enc_float(enc, "float", 8);
	bemu_btf_enc_decl_tag(enc, "tag", func, -1);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPE_TAG, "user", num);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "e", 4, true);
	bemu_btf_enc_enumerator(enc, "A", -1);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "e64", 8, false);
	bemu_btf_enc_enumerator(enc, "B", 1);
	assert_int_equal(bemu_btf_enc_finish(enc, false, &raw, &len), 0);
	bemu_btf_enc_free(enc);
	assert_int_equal(bemu_btf_parse(w->env, raw, len, NULL, 0, &w->obj.btf), 0);
	bemu_mem_free(w->env, raw);
	w->ld.obj_btf = w->obj.btf;
}

static void expect_upload(struct world *w, const char *want)
{
	struct bemu_buf text;

	assert_int_equal(bemu_load_object_btf(&w->ld), 0);
	assert_true(w->ld.btf_fd >= FIRST_FD);
	bemu_buf_init(&text, w->env);
	bemu_btf_dump_raw(&text, w->f.uploaded);
	assert_string_equal(bemu_buf_str(&text), want);
	bemu_buf_fini(&text);
}

static void a_kernel_that_knows_all_gets_the_bytes_as_they_are(void **state)
{
	const void *a, *b;
	size_t a_len, b_len;
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	make_object(&w);
	assert_int_equal(bemu_load_object_btf(&w.ld), 0);
	a = bemu_btf_raw(w.obj.btf, &a_len);
	b = bemu_btf_raw(w.f.uploaded, &b_len);
	assert_int_equal(a_len, b_len);
	assert_memory_equal(a, b, a_len);
	stop(&w);
}

static void every_unknown_kind_is_replaced_and_ids_stay(void **state)
{
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	make_object(&w);
	w.f.unknown_kinds = 1u << BTF_KIND_FUNC | 1u << BTF_KIND_DATASEC | 1u << BTF_KIND_FLOAT |
			    1u << BTF_KIND_DECL_TAG | 1u << BTF_KIND_TYPE_TAG |
			    1u << BTF_KIND_ENUM64;
	expect_upload(&w, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			  "[2] ENUM '(anon)' encoding=UNSIGNED size=4 vlen=1\n\t'p' val=1\n"
			  "[3] TYPEDEF 'f' type_id=2\n"
			  "[4] INT 'v' size=1 bits_offset=0 nr_bits=8 encoding=(none)\n"
			  "[5] STRUCT '__data_x' size=12 vlen=1\n"
			  "\t'v' type_id=4 bits_offset=64\n"
			  "[6] STRUCT '(anon)' size=8 vlen=0\n"
			  "[7] INT 'tag' size=1 bits_offset=0 nr_bits=8 encoding=(none)\n"
			  "[8] CONST '(anon)' type_id=1\n"
			  "[9] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n\t'A' val=4294967295\n"
			  "[10] UNION 'e64' size=8 vlen=1\n\t'B' type_id=11 bits_offset=0\n"
			  "[11] INT 'enum64_placeholder' size=1 bits_offset=0 nr_bits=8 "
			  "encoding=(none)\n");
	stop(&w);
}

static void only_the_question_mark_is_replaced_where_sections_are_known(void **state)
{
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	make_object(&w);
	w.f.no_qmark = true;
	assert_int_equal(bemu_load_object_btf(&w.ld), 0);
	assert_string_equal(bemu_btf_name(w.f.uploaded, 5), "_.data.x");
	assert_string_equal(bemu_btf_name(w.obj.btf, 5), "?.data.x"); /* ours is left alone */
	assert_int_equal(bemu_btf_kind(bemu_btf_type(w.f.uploaded, 10)), BTF_KIND_ENUM64);
	stop(&w);
}

static void refused_btf_is_tried_again_with_a_log_and_then_left_out(void **state)
{
	const struct bemu_log_record *rec;
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	make_object(&w);
	w.f.load_err[0] = w.f.load_err[1] = -EPERM;
	assert_int_equal(bemu_load_object_btf(&w.ld), 0);
	expect_calls(&w, "upload level 0\nupload level 1\n");
	assert_int_equal(w.ld.btf_fd, -1);
	rec = bemu_log_get(&w.env->log, bemu_log_count(&w.env->log) - 1);
	assert_int_equal(rec->reason, BEMU_R_LOAD_BTF_REFUSED);
	assert_string_equal(rec->text, "BTF_LOAD: why");
	stop(&w);
}

static void struct_ops_cannot_do_without_btf(void **state)
{
	static struct bemu_obj_map map = { .kind = BEMU_MAP_STRUCT_OPS };
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	make_object(&w);
	w.obj.maps = &map;
	w.obj.nr_maps = 1;
	w.f.load_err[0] = w.f.load_err[1] = -EPERM;
	assert_int_equal(bemu_load_object_btf(&w.ld), -EPERM);
	w.f.unknown_kinds = 1u << BTF_KIND_INT;
	w.ld.feats[BEMU_FEAT_BTF] = BEMU_FEAT_UNKNOWN;
	assert_int_equal(bemu_load_object_btf(&w.ld), -EOPNOTSUPP);
	stop(&w);
}

static void a_full_log_doubles_the_buffer(void **state)
{
	struct world w;

	(void)state;
	start(&w, BEMU_LIBBPF_1_7);
	make_object(&w);
	w.f.load_err[0] = -EINVAL;
	w.f.load_err[1] = -ENOSPC;
	bemu_buf_clear(&w.f.calls);
	w.env->limits.max_memory = 64u << 20;
	assert_int_equal(bemu_load_object_btf(&w.ld), -ENOMEM);
	assert_int_equal(w.env->fault, -ENOMEM);
	w.env->fault = 0;
	stop(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_that_knows_all_gets_the_bytes_as_they_are),
		cmocka_unit_test(every_unknown_kind_is_replaced_and_ids_stay),
		cmocka_unit_test(only_the_question_mark_is_replaced_where_sections_are_known),
		cmocka_unit_test(refused_btf_is_tried_again_with_a_log_and_then_left_out),
		cmocka_unit_test(struct_ops_cannot_do_without_btf),
		cmocka_unit_test(a_full_log_doubles_the_buffer),
		cmocka_unit_test(sysfs_file_is_read_without_asking_for_the_release),
		cmocka_unit_test(sysfs_file_is_mapped_since_1_6),
		cmocka_unit_test(a_release_before_1_3_asks_for_the_name_first),
		cmocka_unit_test(the_disk_is_searched_when_sysfs_has_nothing),
		cmocka_unit_test(broken_sysfs_file_ends_the_search_since_1_3),
		cmocka_unit_test(modules_are_kept_open_in_id_order),
		cmocka_unit_test(a_module_that_is_unloaded_meanwhile_is_passed_over),
		cmocka_unit_test(an_error_is_told_once_and_leaves_what_was_there),
		cmocka_unit_test(a_list_that_may_not_be_read_is_empty_since_1_3),
		cmocka_unit_test(larger_btf_is_asked_for_once_more_with_its_size),
		cmocka_unit_test(a_kernel_without_module_btf_has_no_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
