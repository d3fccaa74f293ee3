// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Types that a scenario declares, and where their names are looked up. */
#include <errno.h>
#include <string.h>

#include "scenario/builtin.h"
#include "scenario/lex.h"
#include "scenario/private.h"

static const char default_vmlinux[] = "struct list_head { void *next; void *prev; };\n"
				      "struct task_struct { int pid; int tgid; };\n"
				      "int bpf_kfunc(int a);\n"
				      "int jiffies;\n"
				      "typedef void *btf_trace_task_rename;\n";

const struct bemu_btf *bemu_scn_vmlinux(const struct bemu_scn_run *run)
{
	return run->modules ? run->modules->btf : NULL;
}

int bemu_scn_add_btf(struct bemu_scn_run *run, const char *name, void *raw, size_t len)
{
	struct bemu_scn_module **link, *mod;
	int err;

	for (link = &run->modules; *link; link = &(*link)->next)
		if (link != &run->modules && !strcmp((*link)->name, name))
			break;
	mod = bemu_zalloc(run->env, sizeof(*mod));
	if (!mod) {
		bemu_mem_free(run->env, raw);
		return -ENOMEM;
	}
	/* the newest of a name comes first; the others stay, because the world may use their bytes */
	mod->next = *link;
	memcpy(mod->name, name, strnlen(name, sizeof(mod->name) - 1));
	mod->raw = raw;
	mod->len = len;
	err = bemu_btf_parse(run->env, raw, len, bemu_scn_vmlinux(run), 0, &mod->btf);
	*link = mod;
	if (err && run->env->fault)
		return err;
	return 0; /* what is no BTF has no names */
}

void bemu_scn_free_btfs(struct bemu_scn_run *run)
{
	struct bemu_scn_module *mod, *next, *vmlinux = run->modules;
	uint32_t i;

	for (i = 0; i < run->nr_names; i++)
		bemu_btf_put(run->names[i].btf);
	for (mod = vmlinux ? vmlinux->next : NULL; mod; mod = next) {
		next = mod->next;
		bemu_btf_put(mod->btf);
		bemu_mem_free(run->env, mod->raw);
		bemu_mem_free(run->env, mod);
	}
	if (vmlinux) {
		bemu_btf_put(vmlinux->btf);
		bemu_mem_free(run->env, vmlinux->raw);
		bemu_mem_free(run->env, vmlinux);
	}
	run->modules = NULL;
}

int bemu_scn_type_bytes(struct bemu_scn_run *run, bool split, void **out, size_t *len)
{
	const struct bemu_scn_arg *file = bemu_scn_setting(run, "file"),
				  *hex = bemu_scn_setting(run, "hex"),
				  *builtin = bemu_scn_setting(run, "builtin");
	const void *data = NULL;
	char name[16];
	uint8_t *bytes;
	int err;

	if (run->line->has_block)
		return bemu_scn_types(run->env, run->scn, run->where, &run->line->block,
				      split ? bemu_scn_vmlinux(run) : NULL, out, len);
	if (hex) {
		err = bemu_scn_hex(run, &hex->val, &bytes, len);
		if (!err)
			*out = bytes;
		return err;
	}
	if (builtin) {
		data = bemu_scn_builtin(bemu_scn_copy(run, builtin, name, sizeof(name)), len);
		err = data ? 0 : bemu_scn_mistake(run, &builtin->val, "mini, m1 or m2");
	} else if (file) {
		err = bemu_scn_file(run, file, &data, len);
	} else {
		err = bemu_scn_mistake(run, NULL, "types are missing: a block, file= or hex=");
	}
	if (err)
		return err;
	*out = bemu_memdup(run->env, data, *len);
	return *out ? 0 : -ENOMEM;
}

static uint32_t find_type(const struct bemu_btf *btf, const char *name, size_t len)
{
	uint32_t id, nr = bemu_btf_nr_types(btf), start = bemu_btf_start_id(btf);
	int64_t number;

	if (!bemu_scn_number(name, len, &number))
		return number < 0 ? 0 : (uint32_t)number;
	for (id = start; id < nr; id++) {
		const char *known = bemu_btf_name(btf, id);

		if (known && strlen(known) == len && !memcmp(known, name, len))
			return id;
	}
	return bemu_btf_base(btf) ? find_type(bemu_btf_base(btf), name, len) : 0;
}

int bemu_scn_type_id(struct bemu_scn_run *run, const char *btf, size_t btf_len, const char *name,
		     size_t len, uint32_t *out)
{
	const struct bemu_scn_name *given = bemu_scn_find_name(run, btf, btf_len);
	const struct bemu_btf *in = given ? given->btf : NULL;
	const struct bemu_scn_module *mod;

	for (mod = run->modules; mod && !in; mod = mod->next)
		if (strlen(mod->name) == btf_len && !memcmp(mod->name, btf, btf_len))
			in = mod->btf;
	if (!in)
		return -ENOENT;
	*out = find_type(in, name, len);
	return *out || (len == 1 && *name == '0') ? 0 : -ENOENT;
}

int bemu_scn_set_vmlinux(struct bemu_scn_run *run, const struct bemu_scn_line *line)
{
	struct bemu_scn builtin = { .env = run->env, .text = (char *)default_vmlinux };
	const struct bemu_scn_str block = { .len = sizeof(default_vmlinux) - 1,
					    .line = 1,
					    .col = 1 };
	const struct bemu_scn_kernel *kernel = run->opts->kernel;
	size_t len = 0;
	void *raw;
	int err = 0;

	if (kernel) {
		len = kernel->vmlinux_len;
		raw = bemu_memdup(run->env, kernel->vmlinux, len);
		err = raw ? 0 : -ENOMEM;
	} else
		err = line ? bemu_scn_type_bytes(run, false, &raw, &len)
			   : bemu_scn_types(run->env, &builtin, NULL, &block, NULL, &raw, &len);
	if (!err)
		err = bemu_scn_add_btf(run, "vmlinux", raw, len);
	if (!err && !run->modules->btf)
		return bemu_scn_mistake(run, NULL, "no BTF that a kernel could have");
	if (err)
		return err;
	err = bemu_set_vmlinux(run->em, run->modules->raw, run->modules->len, BEMU_BTF_BORROW);
	if (err == -EINVAL || err == -E2BIG)
		return bemu_scn_mistake(run, NULL, "no BTF that a kernel could have");
	return err;
}
