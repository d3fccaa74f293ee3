/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the object leaves to the kernel: configuration values, addresses of symbols, variables and functions
 * by type, and the places of module BTFs in fd_array.
 * Mirrors bpf_object__resolve_externs() and what it calls, tools/lib/bpf/libbpf.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bemu/quirks.h>

#include "base/cursor.h"
#include "load/kconfig.h"
#include "relo/core.h"

enum {
	MAX_SYM_NAME = 499, /* "%499s" */
	MAX_FD_ARRAY = INT16_MAX, /* insn->off */
};

/* ---- virtual kconfig variables ---- */

static int set_virtual(struct bemu_load *ld, uint32_t ext_idx)
{
	static const char linux_prefix[] = "LINUX_";
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	uint32_t version = 0;
	int ret;

	if (!strcmp(desc->name, "LINUX_KERNEL_VERSION")) {
		ret = bemu_load_kernel_version(ld, &version);
		if (ret)
			return ret;
		if (!version)
			return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
					 "%s: the release has no version", desc->name);
		return bemu_load_kconfig_num(ld, ext_idx, version);
	}
	if (!strcmp(desc->name, "LINUX_HAS_BPF_COOKIE"))
		ret = bemu_load_feature(ld, BEMU_FEAT_BPF_COOKIE);
	else if (!strcmp(desc->name, "LINUX_HAS_SYSCALL_WRAPPER"))
		ret = bemu_load_feature(ld, BEMU_FEAT_SYSCALL_WRAPPER);
	else if (desc->is_weak && !strncmp(desc->name, linux_prefix, sizeof(linux_prefix) - 1))
		ret = 0;
	else
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: libbpf knows no such variable", desc->name);
	return ret < 0 ? ret : bemu_load_kconfig_num(ld, ext_idx, (uint64_t)ret);
}

/* ---- typeless symbols: /proc/kallsyms ---- */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One entry as scanf("%llx %c %499s%*[^\n]\n") reads it. */
struct symbol {
	uint64_t addr;
	char type;
	char name[MAX_SYM_NAME + 1];
};

static void skip_blanks(struct bemu_cursor *cur)
{
	while (cur->pos < cur->len && is_blank((char)cur->data[cur->pos]))
		cur->pos++;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_addr(struct bemu_cursor *cur, uint64_t *out)
{
	bool any = false;
	uint64_t v = 0;

	skip_blanks(cur);
	if (bemu_cur_left(cur) > 2 && cur->data[cur->pos] == '0' &&
	    (cur->data[cur->pos + 1] | 0x20) == 'x')
		cur->pos += 2;
	for (; cur->pos < cur->len && hex_digit(cur->data[cur->pos]) >= 0; cur->pos++) {
		v = v >> 60 ? UINT64_MAX : v << 4 | (uint64_t)hex_digit(cur->data[cur->pos]);
		any = true;
	}
	*out = v;
	return any ? 0 : -EINVAL;
}

static int read_symbol(struct bemu_cursor *cur, struct symbol *sym)
{
	uint8_t type = 0;
	size_t n = 0;

	if (read_addr(cur, &sym->addr))
		return -EINVAL;
	skip_blanks(cur);
	if (bemu_cur_u8(cur, &type))
		return -EINVAL;
	sym->type = (char)type;
	skip_blanks(cur);
	while (cur->pos < cur->len && n < MAX_SYM_NAME && !is_blank((char)cur->data[cur->pos]))
		sym->name[n++] = (char)cur->data[cur->pos++];
	sym->name[n] = '\0';
	while (cur->pos < cur->len && cur->data[cur->pos] != '\n')
		cur->pos++;
	skip_blanks(cur);
	return n ? 0 : -EINVAL;
}

/* Mirrors kallsyms_cb(); since 1.5 data symbols are also known without a ".llvm.NUMBER" behind them. */
static int use_symbol(struct bemu_load *ld, const struct symbol *sym)
{
	const char *suffix = strstr(sym->name, ".llvm.");
	bool cut = suffix && sym->type == 'd' && bemu_load_at_least(ld, BEMU_LIBBPF_1_5);
	size_t len = cut ? (size_t)(suffix - sym->name) : strlen(sym->name);
	const struct bemu_obj *obj = ld->obj;
	struct bemu_load_extern *ext;
	uint32_t i;

	for (i = 0; i < obj->nr_externs; i++)
		if (!strncmp(obj->externs[i].name, sym->name, len) && !obj->externs[i].name[len])
			break;
	if (i == obj->nr_externs || obj->externs[i].kind != BEMU_EXT_KSYM ||
	    obj->externs[i].is_func)
		return 0;
	ext = &ld->externs[i];
	if (ext->is_set && ext->value != sym->addr)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KALLSYMS, i,
				 "%s is at %#llx and at %#llx", sym->name,
				 (unsigned long long)ext->value, (unsigned long long)sym->addr);
	ext->is_set = true;
	ext->value = sym->addr;
	return 0;
}

static int scan_symbols(struct bemu_load *ld, const void *data, size_t len)
{
	struct bemu_cursor cur;
	struct symbol sym;
	uint64_t line = 0;
	int err = 0;

	bemu_cur_init(&cur, data, len, false);
	skip_blanks(&cur);
	while (!err && bemu_cur_left(&cur)) {
		line++;
		err = bemu_env_step(ld->env, 1 + ld->obj->nr_externs / 16);
		if (err)
			break;
		err = read_symbol(&cur, &sym);
		if (err)
			return bemu_fail(ld->env, err, BEMU_R_LOAD_KALLSYMS, line,
					 "line %llu is no symbol", (unsigned long long)line);
		err = use_symbol(ld, &sym);
	}
	return err;
}

static int read_kallsyms(struct bemu_load *ld)
{
	static const char path[] = "/proc/kallsyms";
	const void *data;
	size_t len;
	long fd;
	int err, close_err;

	err = bemu_load_read_path(ld, path,
				  bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? BEMU_LOAD_O_CLOEXEC : 0,
				  &data, &len, &fd);
	if (err)
		return err;
	if (fd < 0)
		return bemu_fail(ld->env, (int)fd, BEMU_R_LOAD_NO_KALLSYMS, 0, "%s cannot be read",
				 path);
	err = scan_symbols(ld, data, len);
	close_err = bemu_load_close_fd(ld, (int)fd);
	return err ? err : close_err;
}

/* ---- typed symbols ---- */

static const char *owner_of(const struct bemu_load *ld, uint32_t mod_idx)
{
	return mod_idx == UINT32_MAX ? "vmlinux" : ld->modules[mod_idx].name;
}

/* Not found anywhere: weak ones may be. Everything else is passed up. */
static int not_found(struct bemu_load *ld, uint32_t ext_idx, int err)
{
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];

	if (bemu_load_faulted(ld))
		return err;
	if (err == -ESRCH && desc->is_weak)
		return 0;
	return bemu_fail(ld->env, err, BEMU_R_LOAD_KSYM, ext_idx,
			 "%s: no such %s in vmlinux or %u module%s", desc->name,
			 desc->is_func ? "function" : "variable", ld->nr_modules,
			 ld->nr_modules == 1 ? "" : "s");
}

/* 1 compatible, 0 not, negative for a fault of ours. */
static int compatible(struct bemu_load *ld, const struct bemu_obj_extern *desc,
		      const struct bemu_btf *btf, uint32_t type_id)
{
	int ret = bemu_core_types_compat(ld->env, ld->obj->btf, desc->ksym_type_id, btf, type_id);

	return ret < 0 && !bemu_load_faulted(ld) ? 0 : ret;
}

static int mismatch(struct bemu_load *ld, uint32_t ext_idx, const struct bemu_btf *btf,
		    uint32_t type_id, const char *owner)
{
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	struct bemu_buf want, have;
	int err;

	bemu_buf_init(&want, ld->env);
	bemu_buf_init(&have, ld->env);
	bemu_btf_decl_append(&want, ld->obj->btf, desc->ksym_type_id);
	bemu_btf_decl_append(&have, btf, type_id);
	err = bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KSYM, ext_idx,
			"%s: declared as %s [%u], %s has %s [%u]", desc->name, bemu_buf_str(&want),
			desc->ksym_type_id, owner, bemu_buf_str(&have), type_id);
	bemu_buf_fini(&want);
	bemu_buf_fini(&have);
	return err;
}

/* False: the name is read where it is no more, and nothing of that name is found. */
static bool name_lives(struct bemu_load *ld, const struct bemu_obj_extern *desc)
{
	return bemu_guard_ok(&ld->env->guard, BEMU_GUARD_STRING, false, 0,
			     ld->names_gone ? strlen(desc->name) + 1 : 0, 0,
			     "the name of extern %.32s", desc->name);
}

/* Mirrors bpf_object__resolve_ksym_var_btf_id(): the full name; a wrong type is an error even if weak. */
static int resolve_var(struct bemu_load *ld, uint32_t ext_idx)
{
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	struct bemu_load_extern *ext = &ld->externs[ext_idx];
	uint32_t type_id, mod_idx, targ_id = 0;
	const struct bemu_btf *btf;
	int ret;

	ret = bemu_load_find_kernel_type(ld, desc->name, BTF_KIND_VAR, &type_id, &mod_idx);
	if (ret)
		return not_found(ld, ext_idx, ret);
	btf = bemu_load_btf_of(ld, mod_idx);
	ext->owner = owner_of(ld, mod_idx);
	if (bemu_btf_skip_mods(btf, bemu_btf_type(btf, type_id)->type, true, &targ_id))
		ret = compatible(ld, desc, btf, targ_id);
	if (ret < 0)
		return ret;
	if (!ret)
		return mismatch(ld, ext_idx, btf, targ_id, ext->owner);
	ext->is_set = true;
	ext->kernel_btf_id = type_id;
	ext->btf_fd = mod_idx == UINT32_MAX ? 0 : ld->modules[mod_idx].fd;
	return 0;
}

/* One place a module for the whole object; place 0 stands for the kernel and stays empty. */
static int fd_array_add(struct bemu_load *ld, uint32_t ext_idx, struct bemu_load_module *mod)
{
	int err;

	if (mod->fd_array_idx)
		return 0;
	if (ld->nr_fd_array == MAX_FD_ARRAY)
		return bemu_fail(ld->env, -E2BIG, BEMU_R_LOAD_FD_ARRAY, ext_idx,
				 "%s: index %u of module %s does not fit insn->off",
				 ld->obj->externs[ext_idx].name, ld->nr_fd_array, mod->name);
	if (!ld->nr_fd_array)
		ld->nr_fd_array = 1;
	err = bemu_grow(ld->env, &ld->fd_array, &ld->fd_array_cap, ld->nr_fd_array + 1,
			sizeof(*ld->fd_array));
	if (err)
		return err;
	mod->fd_array_idx = ld->nr_fd_array;
	ld->fd_array[ld->nr_fd_array++] = mod->fd;
	ld->res.fd_array = ld->fd_array;
	ld->res.nr_fd_array = ld->nr_fd_array;
	return 0;
}

/*
 * Mirrors bpf_object__resolve_ksym_func_btf_id(). Since 1.3 a flavour is dropped from the name and a weak
 * function of another prototype counts as missing.
 */
static int resolve_func(struct bemu_load *ld, uint32_t ext_idx)
{
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	struct bemu_load_extern *ext = &ld->externs[ext_idx];
	bool since_1_3 = bemu_load_at_least(ld, BEMU_LIBBPF_1_5);
	struct bemu_load_module *mod = NULL;
	uint32_t type_id, mod_idx, proto_id;
	const struct bemu_btf *btf;
	char *name;
	int ret;

	name = bemu_strndup(ld->env, desc->name,
			    since_1_3 && desc->essential_len ? desc->essential_len
							     : strlen(desc->name));
	if (!name)
		return -ENOMEM;
	ret = bemu_load_find_kernel_type(ld, name, BTF_KIND_FUNC, &type_id, &mod_idx);
	bemu_mem_free(ld->env, name);
	if (ret)
		return not_found(ld, ext_idx, ret);
	btf = bemu_load_btf_of(ld, mod_idx);
	ext->owner = owner_of(ld, mod_idx);
	proto_id = bemu_btf_type(btf, type_id)->type;
	ret = compatible(ld, desc, btf, proto_id);
	if (ret < 0)
		return ret;
	if (!ret) {
		ret = mismatch(ld, ext_idx, btf, proto_id, ext->owner);
		if (mod_idx != UINT32_MAX && bemu_load_quirk(ld, BEMU_QUIRK_CIL_KFUNC_HANDLE_LEAK))
			ld->modules[mod_idx].fd = -1; /* nobody closes the handle */
		return desc->is_weak && since_1_3 && !bemu_load_faulted(ld) ? 0 : ret;
	}
	if (mod_idx != UINT32_MAX) {
		mod = &ld->modules[mod_idx];
		ret = fd_array_add(ld, ext_idx, mod);
		if (ret)
			return ret;
	}
	ext->is_set = true;
	ext->kernel_btf_id = type_id;
	ext->fd_array_idx = mod ? mod->fd_array_idx : 0;
	ext->btf_fd = mod ? mod->fd : 0;
	return 0;
}

static int resolve_types(struct bemu_load *ld)
{
	const struct bemu_obj *obj = ld->obj;
	uint32_t i;
	int err;

	for (i = 0; i < obj->nr_externs; i++) {
		if (obj->externs[i].kind != BEMU_EXT_KSYM || !obj->externs[i].ksym_type_id)
			continue;
		if (ld->opts.gen) {
			ld->externs[i].is_set =
				true; /* looked up by the loader, zeroes until then */
			continue;
		}
		if (!name_lives(ld, &obj->externs[i]))
			err = not_found(ld, i, -ESRCH);
		else
			err = obj->externs[i].is_func ? resolve_func(ld, i) : resolve_var(ld, i);
		if (err)
			return err;
	}
	return 0;
}

/* ---- all of them ---- */

/* What went wrong inside of a step is not told apart: -EINVAL. Faults of ours stay what they are. */
static int as_einval(struct bemu_load *ld, int err)
{
	return err && !bemu_load_faulted(ld) ? -EINVAL : err;
}

static int read_kconfig(struct bemu_load *ld)
{
	const char *text = ld->opts.kconfig;
	bool complete = false;
	uint32_t i;
	int err;

	if (text) {
		err = bemu_load_kconfig_text(ld, text, strlen(text));
		if (err)
			return err;
		complete = true;
		for (i = 0; i < ld->obj->nr_externs; i++)
			if (ld->obj->externs[i].kind == BEMU_EXT_KCONFIG && !ld->externs[i].is_set)
				complete = false;
	}
	return complete ? 0 : bemu_load_kconfig_file(ld);
}

int bemu_load_externs(struct bemu_load *ld)
{
	static const char config_prefix[] = "CONFIG_";
	bool config = false, kallsyms = false, types = false;
	const struct bemu_obj *obj = ld->obj;
	uint32_t i;
	int err = 0;

	for (i = 0; i < obj->nr_externs; i++) {
		const struct bemu_obj_extern *desc = &obj->externs[i];

		if (desc->kind == BEMU_EXT_KSYM) {
			types |= desc->ksym_type_id != 0;
			kallsyms |= !desc->ksym_type_id;
		} else if (!strncmp(desc->name, config_prefix, sizeof(config_prefix) - 1)) {
			config = true;
		} else {
			err = set_virtual(ld, i);
			if (err)
				return err;
		}
	}
	if (config)
		err = as_einval(ld, read_kconfig(ld));
	if (!err && kallsyms)
		err = as_einval(ld, read_kallsyms(ld));
	if (!err && types)
		err = as_einval(ld, resolve_types(ld));
	for (i = 0; !err && i < obj->nr_externs; i++)
		if (!ld->externs[i].is_set && !obj->externs[i].is_weak)
			err = bemu_fail(ld->env, -ESRCH, BEMU_R_LOAD_KSYM, i,
					"%s: not resolved, and not weak", obj->externs[i].name);
	return err;
}
