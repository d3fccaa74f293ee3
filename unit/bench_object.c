// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "bench_object.h"

#include <elf.h>
#include <string.h>

#include "base/buf.h"
#include "bench.h"
#include "btf/encode.h"
#include "relo/core.h"
#include "uapi/bpf.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

static void finish(struct bemu_btf_enc *enc, struct bench_bytes *out)
{
	if (bemu_btf_enc_finish(enc, false, &out->data, &out->len))
		bench_die("encoder", "failed");
	bemu_btf_enc_free(enc);
}

static uint32_t named(struct bemu_btf_enc *enc, const char *prefix, uint32_t idx, uint32_t int_id)
{
	char name[48];
	uint32_t id;

	snprintf(name, sizeof(name), "%s%u", prefix, idx);
	id = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, name, 16);
	bemu_btf_enc_member(enc, "first", int_id, 0, 0);
	bemu_btf_enc_member(enc, "second", int_id, 32, 0);
	bemu_btf_enc_member(enc, "third", int_id, 64, 0);
	bemu_btf_enc_member(enc, "fourth", int_id, 96, 0);
	return id;
}

void bench_kernel(struct bemu_env *env, uint32_t nr_types, struct bench_bytes *out)
{
	uint32_t int_id, id, ptr_id, proto_id, unit, i;
	struct bemu_btf_enc *enc;
	char name[48];

	if (bemu_btf_enc_new(env, NULL, &enc))
		bench_die("encoder", "no memory");
	int_id = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	for (unit = 0; unit < nr_types / 10; unit++) {
		id = named(enc, "type_", unit, int_id);
		ptr_id = bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, id);
		bemu_btf_enc_ref(enc, BTF_KIND_CONST, NULL, id);
		for (i = 0; i < 3; i++) {
			proto_id = bemu_btf_enc_func_proto(enc, i ? int_id : 0);
			bemu_btf_enc_param(enc, "arg", ptr_id);
			snprintf(name, sizeof(name), "func_%u_of_type_%u", i, unit);
			bemu_btf_enc_func(enc, name, BTF_FUNC_STATIC, proto_id);
		}
		snprintf(name, sizeof(name), "other_func_of_type_%u", unit);
		bemu_btf_enc_func(enc, name, BTF_FUNC_STATIC, proto_id);
	}
	finish(enc, out);
}

void bench_module(struct bemu_env *env, const struct bench_bytes *vmlinux, uint32_t module_idx,
		  uint32_t nr_structs, struct bench_bytes *out)
{
	struct bemu_btf_enc *enc;
	struct bemu_btf *base;
	char prefix[32];
	uint32_t i;

	if (bemu_btf_parse(env, vmlinux->data, vmlinux->len, NULL, BEMU_BTF_PARSE_BORROW, &base) ||
	    bemu_btf_enc_new(env, base, &enc))
		bench_die("module", "no memory");
	snprintf(prefix, sizeof(prefix), "of_module_%u_", module_idx);
	for (i = 0; i < nr_structs; i++)
		named(enc, prefix, i, 1);
	finish(enc, out);
	bemu_btf_put(base);
}

/* What .BTF.ext begins with, up to where later releases added fields. */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	uint32_t func_info_off, func_info_len;
	uint32_t line_info_off, line_info_len;
	uint32_t core_relo_off, core_relo_len;
};

struct ext_block {
	uint32_t sec_name_off, nr_recs;
};

enum { SEC_STRTAB = 1, SEC_SYMTAB, SEC_PROG, SEC_LICENSE, SEC_BTF, SEC_BTF_EXT, NR_SECS };

static const char strtab[] = "\0.strtab\0.symtab\0raw_tp/bench\0license\0.BTF\0.BTF.ext\0bench";

static uint32_t str_off(const char *str)
{
	const char *at = strtab + 1;

	while (strcmp(at, str))
		at += strlen(at) + 1;
	return (uint32_t)(at - strtab);
}

static void add_section(struct bemu_buf *file, Elf64_Shdr *sh, const char *name, uint32_t type,
			const void *data, size_t len, size_t entsize)
{
	bemu_buf_add(file, NULL, (8 - file->len % 8) % 8);
	sh->sh_name = str_off(name);
	sh->sh_type = type;
	sh->sh_offset = file->len;
	sh->sh_size = len;
	sh->sh_entsize = entsize;
	sh->sh_addralign = 8;
	bemu_buf_add(file, data, len);
}

static void write_elf(struct bemu_env *env, const struct bemu_buf *insns,
		      const struct bench_bytes *btf, const struct bemu_buf *ext,
		      struct bench_bytes *out)
{
	Elf64_Sym syms[2] = { { 0 },
			      { .st_name = str_off("bench"),
				.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				.st_shndx = SEC_PROG,
				.st_size = insns->len } };
	Elf64_Ehdr eh = { .e_type = ET_REL,
			  .e_machine = EM_BPF,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh),
			  .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = NR_SECS,
			  .e_shstrndx = SEC_STRTAB };
	Elf64_Shdr sh[NR_SECS] = { 0 };
	struct bemu_buf file;

	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	bemu_buf_init(&file, env);
	bemu_buf_add(&file, &eh, sizeof(eh));
	add_section(&file, &sh[SEC_STRTAB], ".strtab", SHT_STRTAB, strtab, sizeof(strtab), 0);
	add_section(&file, &sh[SEC_SYMTAB], ".symtab", SHT_SYMTAB, syms, sizeof(syms),
		    sizeof(syms[0]));
	sh[SEC_SYMTAB].sh_link = SEC_STRTAB;
	sh[SEC_SYMTAB].sh_info = 1;
	add_section(&file, &sh[SEC_PROG], "raw_tp/bench", SHT_PROGBITS, insns->data, insns->len, 0);
	sh[SEC_PROG].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	add_section(&file, &sh[SEC_LICENSE], "license", SHT_PROGBITS, "GPL", 4, 0);
	sh[SEC_LICENSE].sh_flags = SHF_ALLOC | SHF_WRITE;
	add_section(&file, &sh[SEC_BTF], ".BTF", SHT_PROGBITS, btf->data, btf->len, 0);
	add_section(&file, &sh[SEC_BTF_EXT], ".BTF.ext", SHT_PROGBITS, ext->data, ext->len, 0);
	bemu_buf_add(&file, NULL, (8 - file.len % 8) % 8);
	eh.e_shoff = file.len;
	bemu_buf_add(&file, sh, sizeof(sh));
	out->data = bemu_memdup(env, file.data, file.len);
	out->len = file.len;
	if (!out->data)
		bench_die("object", "no memory");
	memcpy(out->data, &eh, sizeof(eh));
	bemu_buf_fini(&file);
}

/* struct type_N { int first; int third; }: the third member has moved, as seen from the object. */
static uint32_t local_struct(struct bemu_btf_enc *enc, uint32_t idx, uint32_t int_id)
{
	char name[48];
	uint32_t id;

	snprintf(name, sizeof(name), "type_%u", idx);
	id = bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, name, 8);
	bemu_btf_enc_member(enc, "first", int_id, 0, 0);
	bemu_btf_enc_member(enc, "third", int_id, 32, 0);
	return id;
}

void bench_object(struct bemu_env *env, uint32_t nr_relos, uint32_t nr_types, uint32_t stride,
		  struct bench_bytes *out)
{
	const struct bpf_insn mov = { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 4 };
	const struct bpf_insn leave = { .code = BPF_JMP | BPF_EXIT };
	uint32_t int_id, first = 0, access_off, i, rec_size = sizeof(struct bemu_core_relo);
	struct ext_header hdr = { .magic = BTF_MAGIC,
				  .version = BTF_VERSION,
				  .hdr_len = sizeof(hdr) };
	struct bemu_buf insns, ext;
	struct bemu_btf_enc *enc;
	struct ext_block block;
	struct bench_bytes btf;

	if (bemu_btf_enc_new(env, NULL, &enc))
		bench_die("encoder", "no memory");
	int_id = bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	for (i = 0; i < nr_types; i++) {
		uint32_t id = local_struct(enc, i * stride, int_id);

		if (!i)
			first = id;
	}
	access_off = bemu_btf_enc_str(enc, "0:1");
	block.sec_name_off = bemu_btf_enc_str(enc, "raw_tp/bench");
	block.nr_recs = nr_relos;

	bemu_buf_init(&insns, env);
	bemu_buf_init(&ext, env);
	if (nr_relos)
		hdr.core_relo_len =
			(uint32_t)(sizeof(rec_size) + sizeof(block)) + nr_relos * rec_size;
	bemu_buf_add(&ext, &hdr, sizeof(hdr));
	if (nr_relos) {
		bemu_buf_add(&ext, &rec_size, sizeof(rec_size));
		bemu_buf_add(&ext, &block, sizeof(block));
	}
	for (i = 0; i < nr_relos; i++) {
		struct bemu_core_relo relo = { .insn_off = i * (uint32_t)sizeof(mov),
					       .type_id = first + i % nr_types,
					       .access_str_off = access_off,
					       .kind = BEMU_CORE_FIELD_BYTE_OFFSET };

		bemu_buf_add(&insns, &mov, sizeof(mov));
		bemu_buf_add(&ext, &relo, sizeof(relo));
	}
	bemu_buf_add(&insns, &mov, sizeof(mov));
	bemu_buf_add(&insns, &leave, sizeof(leave));
	finish(enc, &btf);
	write_elf(env, &insns, &btf, &ext, out);
	bemu_mem_free(env, btf.data);
	bemu_buf_fini(&insns);
	bemu_buf_fini(&ext);
}
