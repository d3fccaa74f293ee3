/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Targets: which files make a kernel, and the world that is made of them. */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "sys/sys.h"

#define RUNNING_BTF "/sys/kernel/btf"

int bemu_cli_kernel_add_module(struct bemu_env *env, struct bemu_cli_kernel *kernel,
			       const char *name, const char *path)
{
	struct bemu_cli_module module = { .name = name, .path = path };

	if (bemu_grow(env, &kernel->modules, &kernel->cap_modules, kernel->nr_modules + 1u,
		      sizeof(module)))
		return bemu_cli_fault(path, -ENOMEM, NULL);
	kernel->modules[kernel->nr_modules++] = module;
	return BEMU_CLI_YES;
}

int bemu_cli_kernels_add(struct bemu_env *env, struct bemu_cli_kernels *set,
			 const struct bemu_cli_kernel *kernel)
{
	if (bemu_grow(env, &set->arr, &set->cap, set->nr + 1u, sizeof(*kernel)))
		return bemu_cli_fault(kernel->name, -ENOMEM, NULL);
	set->arr[set->nr++] = *kernel;
	return BEMU_CLI_YES;
}

static char *join(struct bemu_env *env, const char *dir, const char *name)
{
	size_t len = strlen(dir);
	struct bemu_buf buf;
	char *path;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	bemu_buf_init(&buf, env);
	bemu_buf_printf(&buf, "%.*s/%s", (int)len, dir, name);
	path = buf.err ? NULL : bemu_strdup(env, bemu_buf_str(&buf));
	bemu_buf_fini(&buf);
	return path;
}

/* "nf_conntrack" of "nf_conntrack.btf" and "nf_conntrack.ko" */
static const char *stem(struct bemu_env *env, const char *file)
{
	static const char *const ends[] = { ".btf", ".ko" };
	size_t len = strlen(file), i;

	for (i = 0; i < BEMU_ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len > end && !strcmp(file + len - end, ends[i]))
			return bemu_strndup(env, file, len - end);
	}
	return bemu_strdup(env, file);
}

struct entry {
	char *name, *path;
	bool is_dir, is_file;
};

struct listing {
	uint32_t nr, cap;
	struct entry *arr;
};

/* Sorted by bytes as it grows, so that neither locale nor file system changes the ids of modules. */
static int read_dir(struct bemu_env *env, const char *dir, struct listing *out)
{
	int code = BEMU_CLI_YES;
	struct dirent *found;
	DIR *handle;

	handle = opendir(dir);
	if (!handle) {
		bemu_cli_error("%s: %s", dir, strerror(errno));
		return BEMU_CLI_USAGE;
	}
	while ((found = readdir(handle))) {
		struct entry e = { 0 };
		struct stat st;
		uint32_t at;

		if (found->d_name[0] == '.')
			continue;
		e.name = bemu_strdup(env, found->d_name);
		e.path = join(env, dir, found->d_name);
		if (!e.name || !e.path ||
		    bemu_grow(env, &out->arr, &out->cap, out->nr + 1u, sizeof(e))) {
			code = bemu_cli_fault(dir, -ENOMEM, NULL);
			break;
		}
		if (stat(e.path, &st))
			continue;
		e.is_dir = S_ISDIR(st.st_mode);
		e.is_file = S_ISREG(st.st_mode);
		for (at = out->nr++; at && strcmp(out->arr[at - 1].name, e.name) > 0; at--)
			out->arr[at] = out->arr[at - 1];
		out->arr[at] = e;
	}
	closedir(handle);
	return code;
}

static bool is_vmlinux(const struct entry *e)
{
	return e->is_file && (!strcmp(e->name, "vmlinux") || !strcmp(e->name, "vmlinux.btf"));
}

/* A file that can be a BTF: it begins as one, in either byte order, or as an ELF file. */
static bool looks_like_btf(const struct entry *e)
{
	unsigned char head[4] = { 0 };
	FILE *file;
	size_t n;

	if (!e->is_file)
		return false;
	file = fopen(e->path, "re");
	if (!file)
		return true; /* let the real reader say why */
	n = fread(head, 1, sizeof(head), file);
	fclose(file);
	return n == sizeof(head) &&
	       ((head[0] == 0x9f && head[1] == 0xeb) || (head[0] == 0xeb && head[1] == 0x9f) ||
		!memcmp(head, "\177ELF", 4));
}

/* A file that somebody may have meant as a kernel or a module is not passed over in silence. */
static void say_skipped(const struct entry *e)
{
	static const char *const packed[] = { ".xz", ".gz", ".zst", ".bz2" };
	size_t len = strlen(e->name), i;

	for (i = 0; i < BEMU_ARRAY_SIZE(packed); i++) {
		size_t end = strlen(packed[i]);

		if (len > end && !strcmp(e->name + len - end, packed[i])) {
			bemu_cli_error("%s: skipped: compressed, unpack it first", e->path);
			return;
		}
	}
	if (is_vmlinux(e) || (len > 4 && !strcmp(e->name + len - 4, ".btf")) ||
	    (len > 3 && !strcmp(e->name + len - 3, ".ko")))
		bemu_cli_error("%s: skipped: neither BTF nor an ELF file", e->path);
}

/* 1 when @list has a vmlinux and became a kernel, 0 when it has none, else minus an exit code */
static int kernel_from_listing(struct bemu_env *env, const char *name, const struct listing *list,
			       struct bemu_cli_kernels *out)
{
	struct bemu_cli_kernel kernel = { .name = name };
	uint32_t i;
	int code;

	for (i = 0; i < list->nr && !kernel.vmlinux; i++) {
		if (is_vmlinux(&list->arr[i]))
			kernel.vmlinux = list->arr[i].path;
	}
	if (!kernel.vmlinux)
		return 0;
	for (i = 0; i < list->nr; i++) {
		const struct entry *e = &list->arr[i];
		const char *module;

		if (e->is_dir || is_vmlinux(e))
			continue;
		if (!looks_like_btf(e)) {
			say_skipped(e);
			continue;
		}
		module = stem(env, e->name);
		code = module ? bemu_cli_kernel_add_module(env, &kernel, module, e->path)
			      : bemu_cli_fault(e->path, -ENOMEM, NULL);
		if (code)
			return -code;
	}
	code = bemu_cli_kernels_add(env, out, &kernel);
	return code ? -code : 1;
}

int bemu_cli_kernels_dir(struct bemu_env *env, const char *dir, struct bemu_cli_kernels *out)
{
	struct listing list = { 0 };
	const char *name;
	size_t len = strlen(dir);
	int code, made;
	uint32_t i;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	name = bemu_strndup(env, dir, len);
	if (!name)
		return bemu_cli_fault(dir, -ENOMEM, NULL);
	code = read_dir(env, dir, &list);
	if (code)
		return code;
	made = kernel_from_listing(env, bemu_cli_base_name(name), &list, out);
	if (made)
		return made < 0 ? -made : BEMU_CLI_YES;
	for (i = 0; i < list.nr; i++) {
		const struct entry *e = &list.arr[i];
		struct bemu_cli_kernel kernel = { 0 };

		if (e->is_dir) {
			struct listing sub = { 0 };

			code = read_dir(env, e->path, &sub);
			if (code)
				return code;
			made = kernel_from_listing(env, e->name, &sub, out);
			if (made < 0)
				return -made;
			continue;
		}
		if (!looks_like_btf(e)) {
			say_skipped(e);
			continue;
		}
		kernel.name = stem(env, e->name);
		kernel.vmlinux = e->path;
		code = kernel.name ? bemu_cli_kernels_add(env, out, &kernel)
				   : bemu_cli_fault(e->path, -ENOMEM, NULL);
		if (code)
			return code;
	}
	if (out->nr)
		return BEMU_CLI_YES;
	bemu_cli_error("%s: no vmlinux, no folder with a vmlinux, and no BTF file in it", dir);
	return BEMU_CLI_USAGE;
}

int bemu_cli_kernels_running(struct bemu_env *env, struct bemu_cli_kernels *out)
{
	struct bemu_cli_kernel kernel = { .vmlinux = RUNNING_BTF "/vmlinux" };
	struct listing list = { 0 };
	struct utsname uts;
	struct bemu_buf name;
	FILE *file;
	uint32_t i;
	int code;

	file = fopen(kernel.vmlinux, "re");
	if (!file) {
		bemu_cli_error("%s: %s; name a kernel with --vmlinux FILE or --btf-dir DIR",
			       kernel.vmlinux, strerror(errno));
		return BEMU_CLI_USAGE;
	}
	fclose(file);
	bemu_buf_init(&name, env);
	bemu_buf_printf(&name, "the running kernel %s", uname(&uts) ? "" : uts.release);
	kernel.name = bemu_strdup(env, bemu_buf_str(&name));
	bemu_buf_fini(&name);
	if (!kernel.name)
		return bemu_cli_fault(kernel.vmlinux, -ENOMEM, NULL);
	code = read_dir(env, RUNNING_BTF, &list);
	for (i = 0; !code && i < list.nr; i++) {
		if (!is_vmlinux(&list.arr[i]))
			code = bemu_cli_kernel_add_module(env, &kernel, list.arr[i].name,
							  list.arr[i].path);
	}
	return code ? code : bemu_cli_kernels_add(env, out, &kernel);
}

/*
 * A BTF does not say which release it is of, but its own BPF enumerators came one by one: the newest of
 * our releases whose mark is there is the profile. One that has not even "enum bpf_cmd" says nothing.
 */
static uint32_t profile_of_btf(const struct bemu_btf *btf, const char **from)
{
	static const struct {
		uint32_t profile;
		const char *type, *enumerator;
	} marks[] = {
		{ BEMU_KERNEL_6_18, "bpf_cmd", "BPF_PROG_STREAM_READ_BY_FD" }, /* v6.17 */
		{ BEMU_KERNEL_6_12, "bpf_cmd", "BPF_TOKEN_CREATE" }, /* v6.9 */
		{ BEMU_KERNEL_6_6, "bpf_link_type", "BPF_LINK_TYPE_UPROBE_MULTI" }, /* v6.6 */
		{ BEMU_KERNEL_6_1, "bpf_map_type", "BPF_MAP_TYPE_USER_RINGBUF" }, /* v6.1 */
	};
	uint32_t i, j, id;

	*from = " (default)";
	if (!bemu_btf_find(btf, "bpf_cmd", BTF_KIND_ENUM, false))
		return BEMU_KERNEL_6_18;
	*from = " (by its BTF)";
	for (i = 0; i < BEMU_ARRAY_SIZE(marks); i++) {
		const struct btf_type *t;

		id = bemu_btf_find(btf, marks[i].type, BTF_KIND_ENUM, false);
		t = bemu_btf_type(btf, id);
		for (j = 0; id && t && j < bemu_btf_vlen(t); j++) {
			const char *name = bemu_btf_str(btf, bemu_btf_enums(t)[j].name_off);

			if (name && !strcmp(name, marks[i].enumerator))
				return marks[i].profile;
		}
	}
	return BEMU_KERNEL_5_15;
}

/* Why the emulated kernel does not take a file, in one line. */
static int refused(const struct bemu_cli_world *world, const char *path, const char *what, int err,
		   struct bemu_buf *line)
{
	struct bemu_buf why;

	if (err == -ENOMEM || err == -EDQUOT)
		return bemu_cli_fault(path, err, bemu_get_log(world->em));
	bemu_buf_init(&why, world->env);
	bemu_cli_log_line(&why, bemu_get_log(world->em));
	bemu_cli_refuse(line, "%s: not acceptable as %s: %s: %s", path, what, bemu_cli_errno(err),
			bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

static int read_texts(struct bemu_cli_world *world)
{
	const struct bemu_cli_kernel *kernel = world->kernel;
	struct bemu_cli_file file;
	int code, err;

	if (kernel->kconfig) {
		code = bemu_cli_read(world->env, kernel->kconfig, &file);
		if (code)
			return code;
		if (file.len > 1 && !memcmp(file.data, "\037\213", 2)) {
			bemu_cli_error("%s: compressed; --kconfig takes text, as zcat writes it",
				       kernel->kconfig);
			return BEMU_CLI_NO;
		}
		err = bemu_set_kconfig(world->em, file.data, file.len);
		if (err)
			return refused(world, kernel->kconfig, "a kernel configuration", err, NULL);
	}
	if (kernel->kallsyms) {
		code = bemu_cli_read(world->env, kernel->kallsyms, &file);
		if (code)
			return code;
		err = bemu_set_kallsyms(world->em, file.data, file.len);
		if (err)
			return refused(world, kernel->kallsyms, "a symbol table", err, NULL);
	}
	return BEMU_CLI_YES;
}

static int pick_profile(struct bemu_cli_world *world, const struct bemu_cli_file *vmlinux,
			struct bemu_buf *line, int *verdict)
{
	struct bemu_btf *btf;
	struct bemu_buf why;
	int err;

	if (world->profile != BEMU_KERNEL_DEFAULT)
		return BEMU_CLI_YES;
	err = bemu_btf_parse(world->env, vmlinux->data, vmlinux->len, NULL, BEMU_BTF_PARSE_BORROW,
			     &btf);
	if (!err) {
		world->profile = profile_of_btf(btf, &world->profile_from);
		bemu_btf_put(btf);
		return BEMU_CLI_YES;
	}
	if (world->env->fault)
		return bemu_cli_fault(world->kernel->vmlinux, err, &world->env->log);
	*verdict = err;
	bemu_buf_init(&why, world->env);
	bemu_cli_log_line(&why, &world->env->log);
	bemu_cli_refuse(line, "%s: not a BTF: %s", world->kernel->vmlinux, bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

/* A module's own strings and types go on where those of its vmlinux end, so that it is no BTF by itself. */
static bool stands_alone(struct bemu_cli_world *world, const struct bemu_cli_file *file,
			 uint32_t *nr_types)
{
	struct bemu_btf *btf;

	if (bemu_btf_parse(world->env, file->data, file->len, NULL,
			   BEMU_BTF_PARSE_BORROW | BEMU_BTF_PARSE_NO_INDEX, &btf))
		return false;
	*nr_types = bemu_btf_nr_types(btf);
	bemu_btf_put(btf);
	return true;
}

static int add_modules(struct bemu_cli_world *world, struct bemu_buf *line, int *verdict)
{
	const struct bemu_cli_kernel *kernel = world->kernel;
	struct bemu_cli_file file;
	uint32_t i, nr;
	int code;

	for (i = 0; i < kernel->nr_modules; i++) {
		const struct bemu_cli_module *module = &kernel->modules[i];

		code = bemu_cli_read_btf_or_say(world->env, module->path, &file, line);
		if (code)
			return code;
		if (stands_alone(world, &file, &nr)) {
			bemu_cli_refuse(line,
					"%s: not BTF of a module: it has types 1 to %u, a module's "
					"begin at %u behind those of this vmlinux",
					module->path, nr - 1,
					bemu_btf_nr_types(world->em->model.vmlinux->btf));
			return BEMU_CLI_NO;
		}
		if (world->env->fault)
			return bemu_cli_fault(module->path, world->env->fault, &world->env->log);
		*verdict = bemu_add_module(world->em, module->name, file.data, file.len,
					   BEMU_BTF_BORROW);
		if (*verdict)
			return refused(world, module->path, "BTF of a module of this vmlinux",
				       *verdict, line);
	}
	return BEMU_CLI_YES;
}

static int fill_world(struct bemu_cli_world *world, struct bemu_buf *line, int *verdict)
{
	const struct bemu_cli_kernel *kernel = world->kernel;
	struct bemu_opts opts = { .size = sizeof(opts) };
	unsigned int flags = BEMU_BTF_BORROW;
	struct bemu_cli_file file;
	int code, err;

	code = bemu_cli_read_btf_or_say(world->env, kernel->vmlinux, &file, line);
	if (!code)
		code = pick_profile(world, &file, line, verdict);
	if (code)
		return code;
	opts.kernel = world->profile;
	err = bemu_new(&opts, &world->em);
	if (err)
		return bemu_cli_fault(kernel->vmlinux, err, NULL);
	/* who names a release may want its rules for a BTF that it could not have had */
	if (*world->profile_from)
		flags |= BEMU_BTF_CHECK;
	*verdict = bemu_set_vmlinux(world->em, file.data, file.len, flags);
	if (*verdict)
		return refused(world, kernel->vmlinux, "vmlinux BTF", *verdict, line);
	code = add_modules(world, line, verdict);
	if (!code)
		code = read_texts(world);
	if (code)
		return code;
	err = bemu_seal(world->em);
	return err ? bemu_cli_fault(kernel->vmlinux, err, bemu_get_log(world->em)) : BEMU_CLI_YES;
}

int bemu_cli_world_try(struct bemu_cli_world *world, const struct bemu_cli_kernel *kernel,
		       uint32_t profile, struct bemu_buf *why, int *verdict)
{
	int code;

	memset(world, 0, sizeof(*world));
	world->kernel = kernel;
	world->profile = profile;
	world->profile_from = "";
	*verdict = 0;
	if (bemu_env_new(NULL, NULL, &world->env))
		return bemu_cli_fault(kernel->vmlinux, -ENOMEM, NULL);
	code = fill_world(world, why, verdict);
	if (code)
		bemu_cli_world_close(world);
	return code;
}

int bemu_cli_world_open(struct bemu_cli_world *world, const struct bemu_cli_kernel *kernel,
			uint32_t profile)
{
	int verdict;

	return bemu_cli_world_try(world, kernel, profile, NULL, &verdict);
}

void bemu_cli_world_close(struct bemu_cli_world *world)
{
	bemu_free(world->em);
	bemu_env_free(world->env);
	world->em = NULL;
	world->env = NULL;
}
