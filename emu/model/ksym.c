/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Kernel symbols: from the text of /proc/kallsyms, or invented from what the BTFs name. */
#include <string.h>

#include "model/model.h"

static uint32_t hash_name(const char *name, size_t len)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h ^ h >> 15;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "address type name [module]"; false when the line is not of that form */
static bool parse_line(const char *text, size_t pos, size_t end, struct bemu_ksym *out)
{
	uint64_t addr = 0;
	size_t i = pos, start;

	while (i < end && hex_digit(text[i]) >= 0)
		addr = addr << 4 | (uint64_t)hex_digit(text[i++]);
	if (i == pos || i - pos > 16 || end - i < 4 || text[i] != ' ' || text[i + 2] != ' ')
		return false;
	start = i + 3;
	for (i = start; i < end && text[i] != ' ' && text[i] != '\t'; i++)
		;
	if (i == start || start > UINT32_MAX)
		return false;
	out->addr = addr;
	out->name_off = (uint32_t)start;
	out->name_len = (uint32_t)(i - start);
	return true;
}

int bemu_ksyms_parse(struct bemu_model *model, const char *text, size_t len)
{
	struct bemu_env *env = model->sealed;
	struct bemu_ksyms syms = { .text = text, .len = len };
	size_t pos = 0, line = 1;
	uint32_t i, mask;
	int err = -ENOMEM;

	for (; pos < len; line++) {
		const char *nl = memchr(text + pos, '\n', len - pos);
		size_t end = nl ? (size_t)(nl - text) : len;

		if (end > pos) {
			if (bemu_grow(env, &syms.arr, &syms.cap, (size_t)syms.nr + 1,
				      sizeof(*syms.arr)))
				goto out;
			if (!parse_line(text, pos, end, &syms.arr[syms.nr])) {
				err = bemu_fail(env, -EINVAL, BEMU_R_KSYM_LINE, line,
						"line %zu is not \"address type name\"", line);
				goto out;
			}
			syms.nr++;
		}
		pos = end + 1;
	}
	for (syms.hash_bits = 4; ((uint64_t)1 << syms.hash_bits) < (uint64_t)syms.nr * 2;)
		syms.hash_bits++;
	syms.hash = bemu_zalloc_array(env, (size_t)1 << syms.hash_bits, sizeof(*syms.hash));
	if (!syms.hash)
		goto out;
	mask = (uint32_t)(((uint64_t)1 << syms.hash_bits) - 1);
	for (i = syms.nr; i-- > 0;) { /* backwards, so that the first of a name is found last set */
		const struct bemu_ksym *sym = &syms.arr[i];
		uint32_t h = hash_name(text + sym->name_off, sym->name_len) & mask;

		while (syms.hash[h]) {
			const struct bemu_ksym *old = &syms.arr[syms.hash[h] - 1];

			if (old->name_len == sym->name_len &&
			    !memcmp(text + old->name_off, text + sym->name_off, sym->name_len))
				break;
			h = (h + 1) & mask;
		}
		syms.hash[h] = i + 1;
	}
	bemu_mem_free(env, model->syms.arr);
	bemu_mem_free(env, model->syms.hash);
	model->syms = syms;
	return 0;
out:
	bemu_mem_free(env, syms.arr);
	return err;
}

/* 16 bytes a type id: vmlinux in the text area, each module in a megabyte of the module area */
static bool invent(const struct bemu_kbtf *kbtf, const char *name, uint64_t *addr)
{
	uint32_t id = bemu_btf_find(kbtf->btf, name, BTF_KIND_FUNC, true);

	if (!id)
		id = bemu_btf_find(kbtf->btf, name, BTF_KIND_VAR, true);
	if (!id)
		return false;
	if (kbtf->mod)
		*addr = 0xffffffffc0000000ull + (uint64_t)(kbtf->mod->idx % 512) * 0x100000 +
			(uint64_t)(id - bemu_btf_start_id(kbtf->btf)) * 16;
	else
		*addr = 0xffffffff81000000ull + (uint64_t)id * 16;
	return true;
}

bool bemu_ksym_find(const struct bemu_model *model, const struct bemu_kbtf *hint, const char *name,
		    uint64_t *addr)
{
	const struct bemu_ksyms *syms = &model->syms;
	const struct bemu_module *mod;
	size_t len = strlen(name);
	uint32_t h, mask;

	if (syms->text) {
		mask = (uint32_t)(((uint64_t)1 << syms->hash_bits) - 1);
		for (h = hash_name(name, len) & mask; syms->hash[h]; h = (h + 1) & mask) {
			const struct bemu_ksym *sym = &syms->arr[syms->hash[h] - 1];

			if (sym->name_len == len &&
			    !memcmp(syms->text + sym->name_off, name, len)) {
				*addr = sym->addr;
				return true;
			}
		}
		return false;
	}
	if (hint && hint->mod && invent(hint, name, addr))
		return true;
	if (model->vmlinux && invent(model->vmlinux, name, addr))
		return true;
	for (mod = model->modules; mod; mod = mod->next)
		if (mod->btf && mod->btf != hint && invent(mod->btf, name, addr))
			return true;
	return false;
}
