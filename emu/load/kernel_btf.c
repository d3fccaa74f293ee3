/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * BTF of the kernel: where libbpf looks for it, in which order, and how it finds a type. Mirrors
 * btf__load_vmlinux_btf() in tools/lib/bpf/btf.c, find_ksym_btf_id() in tools/lib/bpf/libbpf.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load/private.h"

enum {
	VMLINUX_ID = 1, /* the kernel registers its own BTF before any other */
	MAX_PATH = 256,
};

static const char vmlinux_path[] = "/sys/kernel/btf/vmlinux";

/* fopen(3): close-on-exec since 1.3 ("re"). */
static int fopen_flags(const struct bemu_load *ld)
{
	return bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? BEMU_LOAD_O_CLOEXEC : 0;
}

int bemu_load_read_path(struct bemu_load *ld, const char *path, int flags, const void **data,
			size_t *len, long *kret)
{
	const void *bytes = NULL;
	size_t nr = 0;
	long fd, got;
	int err;

	err = bemu_load_latch(ld, ld->be.ops->open(ld->be.ctx, path, flags, &fd));
	if (err)
		return err;
	if (fd >= 0) {
		err = bemu_load_latch(ld, ld->be.ops->read_file(ld->be.ctx, (int)fd, &bytes, &nr,
								&got));
		if (err) {
			bemu_load_go_on(bemu_load_close_fd(ld, (int)fd));
			return err;
		}
		if (got < 0) /* as a file that ends at once */
			nr = 0;
	}
	*data = bytes;
	*len = nr;
	*kret = fd;
	return 0;
}

/* 1 when there is such a file, 0 when not; mirrors faccessat(AT_FDCWD, path, R_OK, AT_EACCESS). */
static int can_read(struct bemu_load *ld, const char *path)
{
	long kret;
	int err = bemu_load_latch(ld, ld->be.ops->access(ld->be.ctx, path, &kret));

	return err ? err : kret == 0;
}

/* The parsed form that the backend has of bytes it handed out itself. */
static const struct bemu_btf *shared_vmlinux(struct bemu_load *ld, const void *data, size_t len)
{
	const struct bemu_btf *btf = NULL;
	size_t raw_len;

	if (ld->be.ops->kernel_btf)
		btf = ld->be.ops->kernel_btf(ld->be.ctx, VMLINUX_ID);
	if (btf && !bemu_btf_base(btf) && bemu_btf_raw(btf, &raw_len) == data && raw_len == len)
		return btf;
	return NULL;
}

/* Mirrors btf_new() over a whole file. */
static int new_btf(struct bemu_load *ld, const void *data, size_t len, struct bemu_btf **out)
{
	const struct bemu_btf *btf = shared_vmlinux(ld, data, len);

	if (btf) {
		*out = bemu_btf_get(btf);
		return 0;
	}
	return bemu_btf_parse(ld->env, data, len, NULL, bemu_load_parse_flags(ld), out);
}

/* Mirrors btf_parse_raw(): -EPROTO when the file does not begin like BTF. */
static int parse_raw(struct bemu_load *ld, const char *path, struct bemu_btf **out)
{
	struct bemu_btf *btf = NULL;
	uint16_t magic = 0;
	const void *data;
	size_t len;
	long fd;
	int err, close_err;

	err = bemu_load_read_path(ld, path, fopen_flags(ld), &data, &len, &fd);
	if (err)
		return err;
	if (fd < 0)
		return (int)fd;
	if (len >= sizeof(magic))
		memcpy(&magic, data, sizeof(magic));
	if (len < sizeof(magic))
		err = -EIO;
	else if (magic != BTF_MAGIC && magic != bemu_swap16(BTF_MAGIC))
		err = -EPROTO;
	else
		err = new_btf(ld, data, len, &btf);
	close_err = bemu_load_close_fd(ld, (int)fd);
	if (!err && !close_err)
		*out = btf;
	else
		bemu_btf_put(btf);
	return close_err ? close_err : err;
}

/* Mirrors btf_parse_raw_mmap(), 1.6: mapped, and the descriptor without close-on-exec. */
static int parse_mapped(struct bemu_load *ld, const char *path, struct bemu_btf **out)
{
	struct bemu_btf *btf = NULL;
	const void *data;
	size_t len;
	long fd;
	int err, close_err;

	err = bemu_load_read_path(ld, path, 0, &data, &len, &fd);
	if (err)
		return err;
	if (fd < 0)
		return (int)fd;
	err = len ? new_btf(ld, data, len, &btf) : -EINVAL; /* nothing cannot be mapped */
	close_err = bemu_load_close_fd(ld, (int)fd);
	if (!err && !close_err)
		*out = btf;
	else
		bemu_btf_put(btf);
	return close_err ? close_err : err;
}

/* Mirrors btf_parse_elf(). */
static int parse_elf(struct bemu_load *ld, const char *path, struct bemu_btf **out)
{
	struct bemu_btf *btf = NULL;
	const void *data;
	void *raw = NULL;
	size_t len, raw_len = 0;
	long fd;
	int err, close_err;

	err = bemu_load_read_path(ld, path, BEMU_LOAD_O_CLOEXEC, &data, &len, &fd);
	if (err)
		return err;
	if (fd < 0)
		return (int)fd;
	err = bemu_obj_read_btf_elf(ld->env, data, len, &raw, &raw_len);
	if (!err)
		err = bemu_btf_parse(ld->env, raw, raw_len, NULL, bemu_load_parse_flags(ld), &btf);
	bemu_mem_free(ld->env, raw);
	close_err = bemu_load_close_fd(ld, (int)fd);
	if (!err && !close_err)
		*out = btf;
	else
		bemu_btf_put(btf);
	return close_err ? close_err : err;
}

int bemu_load_parse_btf_file(struct bemu_load *ld, const char *path, struct bemu_btf **out)
{
	int err = parse_raw(ld, path, out);

	if (err == -EPROTO && !bemu_load_faulted(ld))
		err = parse_elf(ld, path, out);
	return err;
}

/* Paths on disk by release, tried in turn; whatever is wrong with one, the next gets its chance. */
static int search_disk(struct bemu_load *ld, const char *release, struct bemu_btf **out)
{
	static const struct {
		const char *before, *between,
			*after; /* @between NULL: the release stands there once */
	} places[] = {
		{ "/boot/vmlinux-", NULL, "" },
		{ "/lib/modules/", "/vmlinux-", "" },
		{ "/lib/modules/", NULL, "/build/vmlinux" },
		{ "/usr/lib/modules/", NULL, "/kernel/vmlinux" },
		{ "/usr/lib/debug/boot/vmlinux-", NULL, "" },
		{ "/usr/lib/debug/boot/vmlinux-", NULL, ".debug" },
		{ "/usr/lib/debug/lib/modules/", NULL, "/vmlinux" },
	};
	char path[MAX_PATH];
	size_t i;
	int err;

	for (i = 0; i < BEMU_ARRAY_SIZE(places); i++) {
		const char *between = places[i].between;

		snprintf(path, sizeof(path), "%s%s%s%s%s", places[i].before, release,
			 between ? between : "", between ? release : "", places[i].after);
		err = can_read(ld, path);
		if (err < 0)
			return err;
		if (!err)
			continue;
		err = bemu_load_parse_btf_file(ld, path, out);
		if (!err || bemu_load_faulted(ld))
			return err;
	}
	return bemu_fail(ld->env, -ESRCH, BEMU_R_LOAD_KERNEL_BTF, ESRCH,
			 "no kernel BTF at %s, nor a vmlinux with BTF for %s", vmlinux_path,
			 release);
}

static int get_uname(struct bemu_load *ld, struct bemu_uname *uts)
{
	long kret;

	memset(uts, 0, sizeof(*uts));
	return bemu_load_latch(ld, ld->be.ops->uname(ld->be.ctx, uts, &kret));
}

/* Mirrors btf__load_vmlinux_btf(). Up to 1.2 the file in sysfs was only the first place of the list. */
static int load_vmlinux(struct bemu_load *ld, struct bemu_btf **out)
{
	bool sysfs_only = bemu_load_at_least(ld, BEMU_LIBBPF_1_5);
	struct bemu_uname uts;
	int err, there;

	if (!sysfs_only) {
		err = get_uname(ld, &uts);
		if (err)
			return err;
	}
	there = can_read(ld, vmlinux_path);
	if (there < 0)
		return there;
	if (there) {
		err = -EAGAIN;
		if (bemu_load_at_least(ld, BEMU_LIBBPF_1_7))
			err = parse_mapped(ld, vmlinux_path, out);
		if (err && !bemu_load_faulted(ld))
			err = bemu_load_parse_btf_file(ld, vmlinux_path, out);
		if (!err || bemu_load_faulted(ld))
			return err;
		if (sysfs_only)
			return bemu_fail(ld->env, err, BEMU_R_LOAD_KERNEL_BTF, (uint64_t)-err,
					 "%s cannot be used", vmlinux_path);
	}
	if (sysfs_only) {
		err = get_uname(ld, &uts);
		if (err)
			return err;
	}
	return search_disk(ld, uts.release, out);
}

/* Mirrors obj_needs_vmlinux_btf(); struct_ops maps count since 1.4. */
static bool needs_vmlinux(const struct bemu_load *ld)
{
	const struct bemu_obj *obj = ld->obj;
	uint32_t i;

	if (obj->ext && obj->ext->sub[BEMU_BTF_EXT_CORE_RELO].rec_size && !ld->opts.btf_custom_path)
		return true;
	for (i = 0; i < obj->nr_externs; i++)
		if (obj->externs[i].kind == BEMU_EXT_KSYM && obj->externs[i].ksym_type_id)
			return true;
	for (i = 0; i < obj->nr_progs; i++) {
		uint32_t type = obj->progs[i].type;

		if (!ld->texts[i].autoload)
			continue;
		if (type == BPF_PROG_TYPE_STRUCT_OPS || type == BPF_PROG_TYPE_LSM ||
		    (type == BPF_PROG_TYPE_TRACING && !ld->texts[i].attach_prog_fd))
			return true;
	}
	for (i = 0; i < obj->nr_maps && bemu_load_at_least(ld, BEMU_LIBBPF_1_5); i++)
		if (obj->maps[i].kind == BEMU_MAP_STRUCT_OPS)
			return true;
	return false;
}

int bemu_load_kernel_btf(struct bemu_load *ld)
{
	int err;

	if (ld->kernel_btf || ld->opts.gen || !needs_vmlinux(ld))
		return 0;
	err = load_vmlinux(ld, &ld->kernel_btf_own);
	ld->kernel_btf = ld->kernel_btf_own;
	ld->kernel_btf_error = err;
	return err;
}

void bemu_load_free_btfs(struct bemu_load *ld)
{
	uint32_t i;

	for (i = 0; i < ld->nr_modules; i++) {
		bemu_mem_free(ld->env, (void *)(uintptr_t)ld->modules[i].name);
		bemu_btf_put((struct bemu_btf *)(uintptr_t)ld->modules[i].btf);
	}
	bemu_mem_free(ld->env, ld->modules);
	ld->modules = NULL;
	ld->nr_modules = ld->modules_cap = 0;
	bemu_btf_put(ld->custom_btf);
	bemu_btf_put(ld->kernel_btf_own);
	ld->custom_btf = ld->kernel_btf_own = NULL;
	ld->kernel_btf = NULL;
}

const struct bemu_btf *bemu_load_btf_of(const struct bemu_load *ld, uint32_t mod_idx)
{
	return mod_idx == UINT32_MAX ? ld->kernel_btf : ld->modules[mod_idx].btf;
}

int bemu_load_find_kernel_type(struct bemu_load *ld, const char *name, uint32_t kind,
			       uint32_t *type_id, uint32_t *mod_idx)
{
	uint32_t id, i;
	int err;

	if (!ld->kernel_btf || kind == BTF_KIND_UNKN || !strcmp(name, "void"))
		return -ESRCH; /* id 0, which libbpf takes for nothing */
	id = bemu_btf_find(ld->kernel_btf, name, kind, false);
	if (id) {
		*type_id = id;
		*mod_idx = UINT32_MAX;
		return 0;
	}
	err = bemu_load_module_btfs(ld);
	if (err)
		return err;
	for (i = 0; i < ld->nr_modules; i++) {
		id = bemu_btf_find(ld->modules[i].btf, name, kind, true);
		if (id) {
			*type_id = id;
			*mod_idx = i;
			return 0;
		}
	}
	return -ESRCH;
}

/* "6.1.192" as KERNEL_VERSION() has it; 0 when there are not three numbers. */
static uint32_t parse_version(const char *s)
{
	uint32_t part[3] = { 0 };
	int i;

	for (i = 0; i < 3; i++) {
		if (i && *s++ != '.')
			return 0;
		if (*s < '0' || *s > '9')
			return 0;
		for (; *s >= '0' && *s <= '9'; s++)
			part[i] = part[i] * 10 + (uint32_t)(*s - '0');
	}
	return (part[0] << 16) + (part[1] << 8) + (part[2] > 255 ? 255 : part[2]);
}

/* "Ubuntu 5.4.0-12.15-generic 5.4.8": the third word is what LINUX_VERSION_CODE was. */
static int ubuntu_version(struct bemu_load *ld, uint32_t *out)
{
	static const char path[] = "/proc/version_signature";
	static const char blank[] = " \t\n\v\f\r";
	char line[256];
	const void *data;
	const char *s = line;
	size_t len;
	long fd;
	int err, i;

	*out = 0;
	err = can_read(ld, path);
	if (err <= 0)
		return err;
	err = bemu_load_read_path(ld, path, fopen_flags(ld), &data, &len, &fd);
	if (err || fd < 0)
		return err;
	len = len < sizeof(line) ? len : sizeof(line) - 1;
	if (len)
		memcpy(line, data, len);
	line[len] = '\0';
	for (i = 0; i < 2; i++) {
		s += strspn(s, blank);
		s += strcspn(s, blank);
	}
	*out = parse_version(s + strspn(s, blank));
	return bemu_load_close_fd(ld, (int)fd);
}

int bemu_load_kernel_version(struct bemu_load *ld, uint32_t *out)
{
	static const char debian[] = "Debian ";
	struct bemu_uname uts;
	const char *s;
	int err;

	err = ubuntu_version(ld, out);
	if (err || *out)
		return err;
	err = get_uname(ld, &uts);
	if (err)
		return err;
	s = bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? strstr(uts.version, debian) : NULL;
	if (s)
		*out = parse_version(s + sizeof(debian) - 1);
	if (!*out)
		*out = parse_version(uts.release);
	return 0;
}
