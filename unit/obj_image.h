/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Writes a relocatable BPF ELF image in host byte order, so that a test can be read where it is. */
#ifndef BEMU_UNIT_OBJ_IMAGE_H
#define BEMU_UNIT_OBJ_IMAGE_H

#include <elf.h>

#include "base/buf.h"
#include "helpers.h"

enum { IMAGE_MAX_SECS = 40 };

/**
 * struct image - section 1 is .strtab (all names), section 2 .symtab; then what the test adds
 * @hdrs: may be changed until image_finish(); offsets and sizes are filled in there
 */
struct image {
	struct bemu_env *env;
	Elf64_Ehdr hdr;
	Elf64_Shdr hdrs[IMAGE_MAX_SECS];
	struct bemu_buf data[IMAGE_MAX_SECS];
	uint32_t nr;
};

static inline uint32_t image_str(struct image *im, const char *s)
{
	uint32_t off = (uint32_t)im->data[1].len;

	if (!s || !*s)
		return 0;
	bemu_buf_add(&im->data[1], s, strlen(s) + 1);
	return off;
}

static inline uint32_t image_sec(struct image *im, const char *name, uint32_t type, uint64_t flags,
				 const void *data, size_t len)
{
	uint32_t idx = im->nr++;

	assert_in_range(idx, 0, IMAGE_MAX_SECS - 1);
	bemu_buf_init(&im->data[idx], im->env);
	memset(&im->hdrs[idx], 0, sizeof(im->hdrs[idx]));
	im->hdrs[idx].sh_name = image_str(im, name);
	im->hdrs[idx].sh_type = type;
	im->hdrs[idx].sh_flags = flags;
	im->hdrs[idx].sh_addralign = 8;
	if (type == SHT_NOBITS)
		im->hdrs[idx].sh_size = len;
	else
		bemu_buf_add(&im->data[idx], data, len);
	return idx;
}

static inline uint32_t image_sym(struct image *im, const char *name, unsigned int bind,
				 unsigned int type, unsigned int visibility, uint32_t shndx,
				 uint64_t value, uint64_t size)
{
	Elf64_Sym sym = {
		.st_name = image_str(im, name),
		.st_info = (unsigned char)ELF64_ST_INFO(bind, type),
		.st_other = (unsigned char)visibility,
		.st_shndx = (uint16_t)shndx,
		.st_value = value,
		.st_size = size,
	};

	bemu_buf_add(&im->data[2], &sym, sizeof(sym));
	return (uint32_t)(im->data[2].len / sizeof(sym) - 1);
}

static inline Elf64_Sym *image_sym_at(struct image *im, uint32_t idx)
{
	return (Elf64_Sym *)(void *)im->data[2].data + idx;
}

/* A section of relocations for @target; add entries with image_rel(). */
static inline uint32_t image_rel_sec(struct image *im, const char *name, uint32_t target)
{
	uint32_t idx = image_sec(im, name, SHT_REL, SHF_INFO_LINK, NULL, 0);

	im->hdrs[idx].sh_info = target;
	im->hdrs[idx].sh_link = 2;
	im->hdrs[idx].sh_entsize = sizeof(Elf64_Rel);
	return idx;
}

static inline void image_rel(struct image *im, uint32_t rel_sec, uint64_t off, uint32_t sym)
{
	Elf64_Rel rel = { .r_offset = off, .r_info = ELF64_R_INFO((uint64_t)sym, 1) };

	bemu_buf_add(&im->data[rel_sec], &rel, sizeof(rel));
}

static inline void image_init(struct image *im, struct bemu_env *env)
{
	static const unsigned char ident[EI_NIDENT] = {
		ELFMAG0,    ELFMAG1,
		ELFMAG2,    ELFMAG3,
		ELFCLASS64, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB,
		EV_CURRENT,
	};

	memset(im, 0, sizeof(*im));
	im->env = env;
	memcpy(im->hdr.e_ident, ident, sizeof(ident));
	im->hdr.e_type = ET_REL;
	im->hdr.e_machine = EM_BPF;
	im->hdr.e_version = EV_CURRENT;
	im->hdr.e_ehsize = sizeof(Elf64_Ehdr);
	im->hdr.e_shentsize = sizeof(Elf64_Shdr);
	im->hdr.e_shstrndx = 1;
	im->nr = 1;
	bemu_buf_init(&im->data[0], env);
	bemu_buf_init(&im->data[1], env);
	bemu_buf_add(&im->data[1], NULL, 1);
	im->hdrs[1].sh_type = SHT_STRTAB;
	im->hdrs[1].sh_name = image_str(im, ".strtab");
	im->hdrs[1].sh_addralign = 1;
	im->nr = 2;
	image_sec(im, ".symtab", SHT_SYMTAB, 0, NULL, 0);
	im->hdrs[2].sh_link = 1;
	im->hdrs[2].sh_entsize = sizeof(Elf64_Sym);
	image_sym(im, "", STB_LOCAL, STT_NOTYPE, STV_DEFAULT, SHN_UNDEF, 0, 0);
}

/* The bytes, to be freed with bemu_mem_free(); the image is used up. */
static inline void *image_finish(struct image *im, size_t *len)
{
	struct bemu_buf out;
	uint32_t i;

	bemu_buf_init(&out, im->env);
	bemu_buf_add(&out, NULL, sizeof(im->hdr));
	for (i = 1; i < im->nr; i++) {
		bemu_buf_add(&out, NULL, (8 - out.len % 8) % 8);
		im->hdrs[i].sh_offset = out.len;
		if (im->hdrs[i].sh_type != SHT_NOBITS)
			im->hdrs[i].sh_size = im->data[i].len;
		bemu_buf_add(&out, im->data[i].data, im->data[i].len);
		assert_int_equal(im->data[i].err, 0);
		bemu_buf_fini(&im->data[i]);
	}
	bemu_buf_add(&out, NULL, (8 - out.len % 8) % 8);
	im->hdr.e_shoff = out.len;
	im->hdr.e_shnum = (uint16_t)im->nr;
	bemu_buf_add(&out, im->hdrs, im->nr * sizeof(im->hdrs[0]));
	assert_int_equal(out.err, 0);
	memcpy(out.data, &im->hdr, sizeof(im->hdr));
	*len = out.len;
	return out.data;
}

#endif
