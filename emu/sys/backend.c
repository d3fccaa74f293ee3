/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The backend over a task of the model: bpf(2) and the few files that loaders read. */
#include <stdio.h>
#include <string.h>

#include <bemu/backend.h>

#include "sys/sys.h"

static const char sys_btf[] = "/sys/kernel/btf/";
/* There when the kernel is built with CONFIG_KPROBE_EVENTS, which its BTF tells; the number may be any. */
static const char kprobe_type[] = "/sys/bus/event_source/devices/kprobe/type";
static const char kprobe_nr[] = "8\n";

enum { K_PAGE = 4096, MAX_ARENA = 16 << 20 /* bytes that one may have here */ };

static const uint64_t user_addr = 0x7e0000000000; /* arenas of processes start here */

/** struct content - what a path names; @pin for a bpffs directory */
struct content {
	const void *data;
	size_t len;
	struct bemu_pin *pin;
	bool dir;
};

static int take_fault(struct bemu_task *task, int err)
{
	struct bemu_env *env = task->model->env;

	if (env->fault)
		err = env->fault;
	env->fault = 0;
	return err;
}

static int find_btf(struct bemu_model *model, const char *name, struct content *out)
{
	const struct bemu_module *mod;

	if (!strcmp(name, "vmlinux") && model->vmlinux) {
		out->data = bemu_btf_raw(model->vmlinux->btf, &out->len);
		return 0;
	}
	for (mod = model->modules; mod; mod = mod->next)
		if (mod->btf && !strcmp(mod->name, name)) {
			out->data = bemu_btf_raw(mod->btf->btf, &out->len);
			return 0;
		}
	return -ENOENT;
}

static bool has_func(const struct bemu_model *model, const char *name)
{
	return model->vmlinux && bemu_btf_find(model->vmlinux->btf, name, BTF_KIND_FUNC, false);
}

/* Directories that every system has, and the world's files are in. */
static bool is_outside_dir(const char *path, size_t len)
{
	static const char *const dirs[] = { "/boot",   "/dev",		 "/etc", "/home",
					    "/proc",   "/root",		 "/run", "/sys",
					    "/sys/fs", "/sys/kernel",	 "/tmp", "/usr",
					    "/var",    "/sys/kernel/btf" };
	size_t i;

	while (len && path[len - 1] == '/')
		len--;
	if (!len)
		return path[0] == '/';
	for (i = 0; i < BEMU_ARRAY_SIZE(dirs); i++)
		if (strlen(dirs[i]) == len && !memcmp(dirs[i], path, len))
			return true;
	return false;
}

static int find_path(struct bemu_task *task, const char *path, struct content *out)
{
	const struct bemu *em = task->owner;
	const struct bemu_vfile *file;
	char boot[96];
	int err;

	memset(out, 0, sizeof(*out));
	if (!strcmp(path, "/"))
		return 0; /* opened by libbpf for its number; nothing is read of it */
	for (file = em->files; file; file = file->next)
		if (!strcmp(file->path, path)) {
			out->data = file->data;
			out->len = file->len;
			return 0;
		}
	if (!strncmp(path, sys_btf, sizeof(sys_btf) - 1))
		return find_btf(task->model, path + sizeof(sys_btf) - 1, out);
	snprintf(boot, sizeof(boot), "/boot/config-%s", task->model->prof->release);
	if (em->kconfig && (!strcmp(path, boot) || !strcmp(path, "/proc/config.gz"))) {
		out->data = em->kconfig;
		out->len = em->kconfig_len;
		return 0;
	}
	if (em->kallsyms && !strcmp(path, "/proc/kallsyms")) {
		out->data = em->kallsyms;
		out->len = em->kallsyms_len;
		return 0;
	}
	if (!strcmp(path, kprobe_type) && has_func(task->model, "perf_kprobe_event_init")) {
		out->data = kprobe_nr;
		out->len = sizeof(kprobe_nr) - 1;
		return 0;
	}
	err = bemu_pin_find(task->model, NULL, path, BEMU_PIN_FOLLOW, &out->pin);
	if (err)
		return err == -EXDEV ? -ENOENT : err;
	out->dir = !out->pin->inode;
	return 0;
}

bool bemu_path_exists(struct bemu_task *task, const char *path)
{
	struct content c;

	return is_outside_dir(path, strlen(path)) || !find_path(task, path, &c);
}

bool bemu_path_has_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	/* a task without a current directory has one all the same */
	return !slash || is_outside_dir(path, (size_t)(slash - path));
}

static int be_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size, long *kret)
{
	return bemu_sys_bpf(ctx, cmd, (uint64_t)(uintptr_t)attr, size, kret);
}

static int be_close(void *ctx, int fd, long *kret)
{
	return bemu_sys_close(ctx, fd, kret);
}

static int be_dup(void *ctx, int fd, long *kret)
{
	return bemu_sys_dup(ctx, fd, kret);
}

static int be_dup2(void *ctx, int fd, int newfd, long *kret)
{
	return bemu_sys_dup2(ctx, fd, newfd, kret);
}

static int be_dup3(void *ctx, int fd, int newfd, int flags, long *kret)
{
	return bemu_sys_dup3(ctx, fd, newfd, flags, kret);
}

static int be_dupfd(void *ctx, int fd, int min_fd, long *kret)
{
	return bemu_sys_dupfd(ctx, fd, min_fd, 1, kret);
}

static int be_memfd(void *ctx, const char *name, unsigned int flags, long *kret)
{
	char what[64];

	snprintf(what, sizeof(what), "memfd:%s", name);
	return bemu_sys_open_other(ctx, what, (int)(flags & BEMU_K_MFD_CLOEXEC), kret);
}

static int open_path(struct bemu_task *task, const char *path, int flags, long *kret)
{
	struct bemu_file *file = NULL;
	struct content c;
	int err = find_path(task, path, &c);

	if (!err && c.pin && !c.dir)
		err = -EIO;
	if (!err && flags & BEMU_K_O_DIRECTORY && !c.dir)
		err = -ENOTDIR;
	if (!err && c.dir && (flags & BEMU_K_O_ACCMODE) != 0)
		err = -EISDIR;
	if (!err)
		err = bemu_fd_prepare(task, c.dir ? BEMU_FILE_BPFFS : BEMU_FILE_DATA, BEMU_ACC_READ,
				      &file);
	if (take_fault(task, 0))
		return -ENOMEM;
	if (err) {
		*kret = err;
		return 0;
	}
	if (c.pin) {
		c.pin->refs++;
		task->model->bpffs.nr_open++;
	}
	file->dir = c.pin;
	file->path_only = flags & BEMU_K_O_PATH;
	file->data = c.data;
	file->len = c.len;
	memcpy(file->what, path, strnlen(path, sizeof(file->what) - 1));
	*kret = bemu_fd_install(task, file, flags & BEMU_K_O_CLOEXEC);
	return 0;
}

int bemu_sys_open(struct bemu_task *task, const char *path, int flags, long *kret)
{
	struct bemu_told told = { .task = task };
	long res = 0;
	int err;

	told.seen.kind = BEMU_SEEN_OPEN;
	told.seen.insn_idx = BEMU_SEEN_NATIVE;
	told.seen.fd = -1;
	told.seen.name = path;
	told.seen.cloexec = flags & BEMU_K_O_CLOEXEC;
	err = bemu_tell_begin(&told);
	if (err)
		return err;
	if (told.answered)
		res = (long)told.answer;
	else
		err = open_path(task, path, flags, &res);
	if (!err)
		err = bemu_tell_end(&told, res);
	if (!err)
		*kret = res;
	return err;
}

static int be_open(void *ctx, const char *path, int flags, long *kret)
{
	return bemu_sys_open(ctx, path, flags, kret);
}

static int be_read_file(void *ctx, int fd, const void **data, size_t *len, long *kret)
{
	const struct bemu_file *file = bemu_fd_find(ctx, fd);

	if (!file) {
		*kret = -EBADF;
	} else if (file->kind != BEMU_FILE_DATA) {
		*kret = file->kind == BEMU_FILE_BPFFS ? -EISDIR : -EINVAL;
	} else {
		*data = file->data;
		*len = file->len;
		*kret = 0;
	}
	return 0;
}

static int be_access(void *ctx, const char *path, long *kret)
{
	struct content c;
	int err = find_path(ctx, path, &c), fault = take_fault(ctx, 0);

	if (!fault)
		*kret = err;
	return fault;
}

static int be_mkdir(void *ctx, const char *path, unsigned int mode, long *kret)
{
	(void)mode;
	return bemu_sys_mkdir(ctx, path, kret);
}

static int be_unlink(void *ctx, const char *path, long *kret)
{
	return bemu_sys_unlink(ctx, path, kret);
}

static int be_statfs(void *ctx, const char *path, long *f_type, long *kret)
{
	static const struct {
		const char *prefix;
		long magic;
	} mounts[] = {
		{ "/sys/fs/bpf", BEMU_BPFFS_MAGIC },
		{ "/sys", 0x62656572 },
		{ "/proc", 0x9fa0 },
		{ "", 0xef53 },
	};
	struct content c;
	size_t i, len;
	int err = find_path(ctx, path, &c), fault = take_fault(ctx, 0);

	if (fault)
		return fault;
	if (err && strcmp(path, "/") && strcmp(path, "/sys") && strcmp(path, "/proc") &&
	    strcmp(path, "/tmp") && strcmp(path, ".")) {
		*kret = err;
		return 0;
	}
	for (i = 0; i < BEMU_ARRAY_SIZE(mounts); i++) {
		len = strlen(mounts[i].prefix);
		if (!strncmp(path, mounts[i].prefix, len) &&
		    (!len || !path[len] || path[len] == '/')) {
			*f_type = mounts[i].magic;
			*kret = 0;
			return 0;
		}
	}
	return 0;
}

/*
 * Mirrors arena_get_unmapped_area(), kernel/bpf/arena.c, v6.18. The first mapping says where the arena
 * lies and how long it is, unless map_extra did. A caller asks for the address of map_extra, or for none.
 */
static long place_arena(const struct bemu_map *map, size_t len)
{
	uint64_t range = map->user_end - map->user_start, bytes;

	if (len > BEMU_K_ARENA_MAX)
		return -E2BIG;
	if (!map->user_start)
		return 0;
	bytes = ((uint64_t)len + K_PAGE - 1) & ~(uint64_t)(K_PAGE - 1);
	if (bytes != range)
		return bytes > range ? -E2BIG : -EINVAL;
	return map->extra ? 0 : -EINVAL;
}

/* Mirrors do_mmap() of a shared mapping, bpf_map_mmap() and array_map_mmap(). */
static long check_mmap(const struct bemu_file *file, size_t len, int prot)
{
	const struct bemu_map *map = (const struct bemu_map *)file->obj;
	bool arena = map->type == BEMU_BPF_MAP_TYPE_ARENA, write = prot & BEMU_K_PROT_WRITE;
	uint64_t bytes = (uint64_t)map->stride * map->max_entries;
	long err = len ? 0 : -EINVAL;

	if (!err && arena)
		err = place_arena(map, len);
	if (err)
		return err;
	if (!(file->acc & BEMU_ACC_READ) || (write && !(file->acc & BEMU_ACC_WRITE)))
		return -EACCES;
	if (prot & BEMU_K_PROT_EXEC)
		return -EPERM;
	if (!arena && map->type != BPF_MAP_TYPE_ARRAY)
		return -BEMU_K_ENOTSUPP;
	if (write && (map->frozen || map->flags & BPF_F_RDONLY_PROG))
		return map->frozen ? -EPERM : -EACCES;
	if (arena)
		return 0;
	bytes = (bytes + K_PAGE - 1) & ~(uint64_t)(K_PAGE - 1);
	return map->flags & BPF_F_MMAPABLE && len <= bytes ? 0 : -EINVAL;
}

static int unmodelled_mmap(struct bemu_task *task, const struct bemu_map *map, size_t len)
{
	return bemu_fail(task->model->env, -EOPNOTSUPP, BEMU_R_SYS_UNMODELLED, map->obj.id,
			 "not modelled: %zu bytes of map %u, %s, in a process's memory; an arena "
			 "can have %u",
			 len, map->obj.id,
			 map->type == BEMU_BPF_MAP_TYPE_ARENA ? "an arena" : "a ring buffer",
			 MAX_ARENA);
}

/*
 * Memory for a mapping; for an arena all of it at once, because nobody tells which pages are touched.
 * Differs: the address that programs see is made up, because that of our memory is another in each run.
 */
static int touch_for_mmap(struct bemu_task *task, struct bemu_map *map, size_t len)
{
	uint64_t start = map->user_start, end = map->user_end;
	int err;

	if (map->type == BEMU_BPF_MAP_TYPE_ARENA) {
		if (len > MAX_ARENA)
			return unmodelled_mmap(task, map, len);
		if (!start) {
			map->user_start = user_addr + ((uint64_t)(map->obj.id & 0xff) << 33);
			map->user_end = map->user_start + ((len + K_PAGE - 1) & ~(K_PAGE - 1ull));
		}
	}
	err = bemu_map_touch(task->model, map);
	if (err) {
		map->user_start = start;
		map->user_end = end;
	}
	return err;
}

static void unmap(struct bemu_task *task, const void *addr)
{
	struct bemu_mapping **at = &task->mappings, *mapping;

	while (*at && (*at)->addr != addr)
		at = &(*at)->next;
	mapping = *at;
	if (!mapping)
		return;
	*at = mapping->next;
	if (mapping->write)
		((struct bemu_map *)mapping->file->obj)->writecnt--;
	bemu_file_put(task->model, mapping->file);
	bemu_mem_free(task->model->env, mapping);
}

static int be_mmap(void *ctx, int fd, size_t len, int prot, void **addr, long *kret)
{
	struct bemu_task *task = ctx;
	struct bemu_file *file = bemu_fd_find(task, fd);
	struct bemu_mapping *mapping;
	struct bemu_map *map;
	long verdict;
	int err;

	if (!file || file->kind != BEMU_FILE_MAP) {
		*kret = file ? -ENODEV : -EBADF;
		return 0;
	}
	map = (struct bemu_map *)file->obj;
	if (len && (map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_USER_RINGBUF))
		return unmodelled_mmap(task, map, len);
	verdict = check_mmap(file, len, prot);
	if (verdict) {
		*kret = verdict;
		return 0;
	}
	mapping = bemu_zalloc(task->model->env, sizeof(*mapping));
	err = mapping ? touch_for_mmap(task, map, len) : -ENOMEM;
	if (err) {
		bemu_mem_free(task->model->env, mapping);
		return take_fault(task, err);
	}
	if (map->type == BEMU_BPF_MAP_TYPE_ARENA)
		unmap(task, map->data); /* there is one address, and MAP_FIXED makes room */
	bemu_file_get(file);
	mapping->file = file;
	mapping->addr = map->data;
	mapping->len = len;
	mapping->write = prot & BEMU_K_PROT_WRITE;
	if (mapping->write)
		map->writecnt++;
	mapping->next = task->mappings;
	task->mappings = mapping;
	*addr = map->data;
	*kret = 0;
	return 0;
}

static int be_munmap(void *ctx, void *addr, size_t len, long *kret)
{
	(void)len;
	unmap(ctx, addr);
	*kret = 0; /* also of what is not mapped */
	return 0;
}

static int be_uname(void *ctx, struct bemu_uname *out, long *kret)
{
	const struct bemu_task *task = ctx;

	memset(out, 0, sizeof(*out));
	snprintf(out->release, sizeof(out->release), "%s", task->model->prof->release);
	snprintf(out->version, sizeof(out->version), "#1 SMP");
	snprintf(out->machine, sizeof(out->machine), "x86_64");
	*kret = 0;
	return 0;
}

static const struct bemu_btf *be_kernel_btf(void *ctx, uint32_t btf_id)
{
	const struct bemu_task *task = ctx;
	struct bemu_kobj *obj = bemu_obj_find(task->model, BEMU_OBJ_BTF, btf_id);
	const struct bemu_kbtf *kbtf = (const struct bemu_kbtf *)obj;

	return obj && kbtf->kernel ? kbtf->btf : NULL;
}

/* Mirrors perf_kprobe_init(), kernel/trace/trace_event_perf.c: a function that is not there is -ENOENT. */
static int be_perf_kprobe(void *ctx, const char *func, long *kret)
{
	const struct bemu_task *task = ctx;

	if (has_func(task->model, "perf_kprobe_event_init") && has_func(task->model, func))
		return bemu_sys_open_other(ctx, "perf_event", 1, kret);
	*kret = -ENOENT;
	return 0;
}

void bemu_backend_sys(struct bemu_task *task, struct bemu_backend *out)
{
	static const struct bemu_backend_ops ops = {
		.size = sizeof(ops),
		.bpf = be_bpf,
		.close = be_close,
		.dup = be_dup,
		.dup2 = be_dup2,
		.dup3 = be_dup3,
		.dupfd = be_dupfd,
		.memfd_create = be_memfd,
		.open = be_open,
		.read_file = be_read_file,
		.access = be_access,
		.mkdir = be_mkdir,
		.unlink = be_unlink,
		.statfs_type = be_statfs,
		.mmap = be_mmap,
		.munmap = be_munmap,
		.uname = be_uname,
		.perf_kprobe = be_perf_kprobe,
		.kernel_btf = be_kernel_btf,
	};

	out->ops = &ops;
	out->ctx = task;
}
