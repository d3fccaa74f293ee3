// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The image as libelf sees it: header checks, string tables, the one section that a BTF reader wants.
 * Headers are copied out: libelf's own may lie at any address that the image puts them at.
 */
#include "obj/private.h"

#include <inttypes.h>
#include <stdio.h>

enum { HOST_ORDER = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB };

/* libelf's thread-local message about its last failure; it names no addresses. */
static const char *elf_text(void)
{
	const char *text = elf_errmsg(-1);

	return text ? text : "no reason given";
}

static Elf *open_image(const void *image, size_t len)
{
	if (elf_version(EV_CURRENT) == EV_NONE)
		return NULL;
	/* it is only read: libelf writes back to files alone */
	return elf_memory((char *)(uintptr_t)image, len);
}

/* libelf says no more than "no kind". */
static int bad_kind(struct bemu_env *env, const void *image, size_t len)
{
	const unsigned char *ident = image;

	if (len < SELFMAG || memcmp(ident, ELFMAG, SELFMAG))
		return bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_KIND, len,
				 "no ELF magic in the %zu bytes of the file", len);
	if (len < sizeof(Elf64_Ehdr))
		return bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_KIND, len,
				 "the file has %zu bytes, an ELF header %zu", len,
				 sizeof(Elf64_Ehdr));
	return bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_KIND, len,
			 "no such ELF: EI_CLASS %u, EI_DATA %u, EI_VERSION %u", ident[EI_CLASS],
			 ident[EI_DATA], ident[EI_VERSION]);
}

/*
 * Why libelf found no section names in @len bytes. It answers the same for any damage, so that the
 * header's own numbers say more; they decide nothing.
 */
static void sections_text(char *text, size_t size, const GElf_Ehdr *hdr, size_t len)
{
	uint64_t table = (uint64_t)hdr->e_shnum * hdr->e_shentsize;

	if (hdr->e_version == __builtin_bswap32(EV_CURRENT))
		snprintf(text, size, "e_version is 0x%x, not %d: EI_DATA %u is not the byte order",
			 hdr->e_version, EV_CURRENT, hdr->e_ident[EI_DATA]);
	else if (!hdr->e_shoff)
		snprintf(text, size, "no section headers: e_shoff is 0");
	else if (hdr->e_shoff > len || table > len - hdr->e_shoff)
		snprintf(text, size,
			 "e_shoff %" PRIu64
			 " + e_shnum %u * e_shentsize %u is past the %zu bytes of "
			 "the file",
			 hdr->e_shoff, hdr->e_shnum, hdr->e_shentsize, len);
	else if (hdr->e_shstrndx != SHN_XINDEX && hdr->e_shstrndx >= hdr->e_shnum)
		snprintf(text, size, "e_shstrndx %u is not below e_shnum %u", hdr->e_shstrndx,
			 hdr->e_shnum);
	else
		snprintf(text, size, "section %u with the section names cannot be read: %s",
			 hdr->e_shstrndx, elf_text());
}

/* The machines that a wrong file is likely to be for. */
static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_386:
		return " (i386)";
	case EM_ARM:
		return " (ARM)";
	case EM_X86_64:
		return " (x86-64)";
	case EM_AARCH64:
		return " (AArch64)";
	case EM_RISCV:
		return " (RISC-V)";
	case EM_BPF:
		return " (BPF)";
	default:
		return "";
	}
}

/*
 * Mirrors what elf_strptr(), libelf, asks of a string table. Done once here, because it looks for the
 * final NUL from the end at each call, which is a walk over the whole table where there is none.
 */
static int copy_strs(struct bemu_obj_open *o, size_t sec_idx, struct bemu_obj_strs *out)
{
	Elf_Scn *scn = elf_getscn(o->elf, sec_idx);
	Elf_Data *data;
	GElf_Shdr hdr;
	size_t len;

	out->data = NULL;
	out->len = 0;
	/* Differs: libelf would unpack a compressed table; nobody compresses those of an object */
	if (!scn || !gelf_getshdr(scn, &hdr) || hdr.sh_type != SHT_STRTAB ||
	    (hdr.sh_flags & SHF_COMPRESSED))
		return 0;
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf)
		return 0;
	len = data->d_size < hdr.sh_size ? data->d_size : (size_t)hdr.sh_size;
	while (len && ((const char *)data->d_buf)[len - 1])
		len--;
	out->data = bemu_obj_keep(o, bemu_memdup(o->env, data->d_buf, len));
	if (!out->data)
		return -ENOMEM;
	out->len = len;
	return 0;
}

int bemu_obj_sym_strs(struct bemu_obj_open *o)
{
	if (o->strtab_idx == o->shstrndx) {
		o->sym_strs = o->sec_strs;
		return 0;
	}
	return copy_strs(o, o->strtab_idx, &o->sym_strs);
}

/* Mirrors bpf_object__elf_init(), tools/lib/bpf/libbpf.c; 1.1 refused another byte order after it. */
int bemu_obj_elf_open(struct bemu_obj_open *o, const void *image, size_t len)
{
	struct bemu_env *env = o->env;
	GElf_Ehdr hdr;
	unsigned int order;
	char text[160];
	bool no_kind;

	o->image_len = len;
	(void)elf_errno(); /* forget what an earlier image left */
	/* a file that ends in its header is for libelf one of no kind; the same bytes in memory fail */
	no_kind = o->opts->path && len < sizeof(hdr);
	if (!no_kind)
		o->elf = open_image(image, len);
	if (!no_kind && !o->elf)
		return bemu_fail(env, -BEMU_LIBBPF_ERR_LIBELF, BEMU_R_OBJ_LIBELF, len,
				 "libelf does not open %zu bytes: %s", len, elf_text());
	if (no_kind || elf_kind(o->elf) != ELF_K_ELF)
		return bad_kind(env, image, len);
	if (gelf_getclass(o->elf) != ELFCLASS64)
		return bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_CLASS,
				 (uint64_t)gelf_getclass(o->elf), "ELF of class %d, not %d",
				 gelf_getclass(o->elf), ELFCLASS64);
	if (!gelf_getehdr(o->elf, &hdr))
		return bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_HEADER, len,
				 "the ELF header in %zu bytes cannot be read: %s", len, elf_text());
	order = hdr.e_ident[EI_DATA];
	if (bemu_obj_since(o, BEMU_LIBBPF_1_5) && order != ELFDATA2LSB && order != ELFDATA2MSB)
		return bemu_fail(env, -BEMU_LIBBPF_ERR_ENDIAN, BEMU_R_OBJ_BYTE_ORDER, order,
				 "byte order %u is neither %d nor %d", order, ELFDATA2LSB,
				 ELFDATA2MSB);
	o->obj->foreign_order = order != HOST_ORDER;
	o->shstrndx = hdr.e_shstrndx; /* until libelf has looked whether it is a larger one */
	if (elf_getshdrstrndx(o->elf, &o->shstrndx) ||
	    !elf_rawdata(elf_getscn(o->elf, o->shstrndx), NULL)) {
		sections_text(text, sizeof(text), &hdr, len);
		return bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SEC_STRINGS, o->shstrndx,
				 "%s", text);
	}
	if (hdr.e_type != ET_REL || (hdr.e_machine != EM_NONE && hdr.e_machine != EM_BPF))
		return bemu_fail(
			env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_TYPE, hdr.e_machine,
			"e_type %u and e_machine %u%s, wanted a relocatable object (%d) for "
			"machine %d (BPF)",
			hdr.e_type, hdr.e_machine, machine_name(hdr.e_machine), ET_REL, EM_BPF);
	if (o->obj->foreign_order && !bemu_obj_since(o, BEMU_LIBBPF_1_5))
		return bemu_fail(env, -BEMU_LIBBPF_ERR_ENDIAN, BEMU_R_OBJ_BYTE_ORDER, order,
				 "byte order %u is not this machine's %d", order, HOST_ORDER);
	return copy_strs(o, o->shstrndx, &o->sec_strs);
}

/* Mirrors btf_find_elf_sections(), tools/lib/bpf/btf.c: the first section of that name. */
static Elf_Data *find_btf(Elf *elf, size_t shstrndx)
{
	Elf_Scn *scn = NULL;
	const char *name;
	GElf_Shdr hdr;

	while ((scn = elf_nextscn(elf, scn))) {
		name = gelf_getshdr(scn, &hdr) ? elf_strptr(elf, shstrndx, hdr.sh_name) : NULL;
		if (!name)
			return NULL;
		if (!strcmp(name, ".BTF"))
			return hdr.sh_type == SHT_PROGBITS ? elf_getdata(scn, NULL) : NULL;
	}
	return NULL;
}

int bemu_obj_read_btf_elf(struct bemu_env *env, const void *image, size_t len, void **out,
			  size_t *out_len)
{
	size_t shstrndx;
	GElf_Ehdr hdr;
	Elf_Data *data;
	char text[160];
	void *copy;
	Elf *elf;
	int err = 0;

	elf = len ? open_image(image, len) : NULL;
	if (!elf || elf_kind(elf) != ELF_K_ELF || gelf_getclass(elf) != ELFCLASS64 ||
	    !gelf_getehdr(elf, &hdr)) {
		err = bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_ELF_KIND, len,
				"%zu bytes that are no 64-bit ELF file", len);
		goto out;
	}
	if (elf_getshdrstrndx(elf, &shstrndx) || !elf_rawdata(elf_getscn(elf, shstrndx), NULL)) {
		sections_text(text, sizeof(text), &hdr, len);
		err = bemu_fail(env, -BEMU_LIBBPF_ERR_FORMAT, BEMU_R_OBJ_SEC_STRINGS, 0, "%s",
				text);
		goto out;
	}
	data = find_btf(elf, shstrndx);
	if (!data || !data->d_buf) {
		err = bemu_fail(env, -ENODATA, BEMU_R_OBJ_BTF_NEEDED, 0,
				"no section .BTF can be read in %zu bytes of ELF", len);
		goto out;
	}
	copy = bemu_memdup(env, data->d_buf, data->d_size);
	if (!copy) {
		err = -ENOMEM;
		goto out;
	}
	*out = copy;
	*out_len = data->d_size;
out:
	if (elf)
		elf_end(elf);
	return err;
}
