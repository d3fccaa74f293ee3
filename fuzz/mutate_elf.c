// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Object files: section headers, symbols, relocations, instructions, BTF; and loaders with their blob. */
#include "mutate.h"

enum {
	EHDR = 64,
	SHDR = 64,
	SYM = 24,
	REL = 16,
	SHT_PROGBITS_ = 1,
	SHT_SYMTAB_ = 2,
	SHT_REL_ = 9,
	SHF_EXEC_ = 4,
	MAX_SECS = 64,
};

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

struct elf_sec {
	uint8_t *hdr, *data;
	size_t len;
	uint32_t type;
	uint64_t flags;
};

/* Sections of a 64-bit file in this byte order that lie within it. */
static uint32_t sections(uint8_t *data, size_t size, struct elf_sec *out)
{
	uint32_t nr = 0, i, shnum;
	uint64_t shoff, off, len;
	uint16_t n;

	if (size < EHDR || memcmp(data, "\177ELF\2\1", 6))
		return 0;
	shoff = get64(data + 0x28);
	memcpy(&n, data + 0x3c, sizeof(n));
	shnum = n;
	for (i = 0; i < shnum && nr < MAX_SECS; i++) {
		uint8_t *hdr;

		if (shoff > size || size - shoff < (uint64_t)SHDR * (i + 1))
			break;
		hdr = data + shoff + (uint64_t)SHDR * i;
		off = get64(hdr + 0x18);
		len = get64(hdr + 0x20);
		if (off > size || len > size - off)
			continue;
		out[nr++] = (struct elf_sec){ hdr, data + off, (size_t)len, fuzz_get32(hdr + 4),
					      get64(hdr + 8) };
	}
	return nr;
}

static void change_header(struct elf_sec *sec, struct fuzz_rng *rng, uint32_t nr)
{
	static const uint8_t fields[] = { 0x08, 0x10, 0x18, 0x20, 0x30, 0x38 };

	switch (fuzz_rng_below(rng, 4)) {
	case 0:
		fuzz_put32(sec->hdr, fuzz_rng_below(rng, 512)); /* another name */
		break;
	case 1:
		fuzz_put32(sec->hdr + 4, fuzz_rng_below(rng, 20));
		break;
	case 2:
		fuzz_put32(sec->hdr + (fuzz_rng_below(rng, 2) ? 0x28 : 0x2c),
			   fuzz_rng_below(rng, nr + 2));
		break;
	default:
		put64(sec->hdr + fields[fuzz_rng_below(rng, sizeof(fields))], fuzz_rng_edge(rng));
		break;
	}
}

static void change_symbol(uint8_t *sym, struct fuzz_rng *rng, uint32_t nr)
{
	uint16_t shndx = (uint16_t)(fuzz_rng_below(rng, 4) ? fuzz_rng_below(rng, nr + 2)
							   : 0xfff0 + fuzz_rng_below(rng, 4));

	switch (fuzz_rng_below(rng, 5)) {
	case 0:
		fuzz_put32(sym, fuzz_rng_below(rng, 512));
		break;
	case 1:
		sym[4] = (uint8_t)(fuzz_rng_below(rng, 3) << 4 | fuzz_rng_below(rng, 5));
		break;
	case 2:
		memcpy(sym + 6, &shndx, sizeof(shndx));
		break;
	case 3:
		put64(sym + 8, fuzz_rng_below(rng, 64) * 8u);
		break;
	default:
		put64(sym + 16,
		      fuzz_rng_below(rng, 2) ? fuzz_rng_edge(rng) : fuzz_rng_below(rng, 64) * 8u);
		break;
	}
}

static void change_rel(uint8_t *rel, struct fuzz_rng *rng)
{
	static const uint8_t kinds[] = { 0, 1, 2, 3, 4, 10 };

	switch (fuzz_rng_below(rng, 3)) {
	case 0:
		put64(rel, fuzz_rng_below(rng, 64) * 8u);
		break;
	case 1:
		fuzz_put32(rel + 8, kinds[fuzz_rng_below(rng, sizeof(kinds))]);
		break;
	default:
		fuzz_put32(rel + 12, fuzz_rng_below(rng, 40));
		break;
	}
}

size_t fuzz_mutate_elf(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	struct elf_sec secs[MAX_SECS], *sec;
	uint32_t nr = sections(data, size, secs);
	size_t n;

	(void)max;
	if (!nr)
		return 0;
	sec = &secs[fuzz_rng_below(rng, nr)];
	if (!fuzz_rng_below(rng, 6)) {
		change_header(sec, rng, nr);
		return size;
	}
	if (sec->type == SHT_SYMTAB_ && sec->len >= SYM) {
		change_symbol(sec->data + SYM * fuzz_rng_below(rng, (uint32_t)(sec->len / SYM)),
			      rng, nr);
	} else if (sec->type == SHT_REL_ && sec->len >= REL) {
		change_rel(sec->data + REL * fuzz_rng_below(rng, (uint32_t)(sec->len / REL)), rng);
	} else if (sec->type == SHT_PROGBITS_ && (sec->flags & SHF_EXEC_) && sec->len >= 8) {
		fuzz_mutate_insn(sec->data + 8 * fuzz_rng_below(rng, (uint32_t)(sec->len / 8)),
				 rng);
	} else if (sec->len >= 4 && sec->data[0] == 0x9f && sec->data[1] == 0xeb) {
		n = fuzz_mutate_btf(sec->data, sec->len, sec->len, rng); /* without growing */
		if (!n) /* .BTF.ext, or BTF that is no more: a word of it */
			fuzz_put32(sec->data + 4 * fuzz_rng_below(rng, (uint32_t)(sec->len / 4)),
				   fuzz_rng_below(rng, 64));
	} else if (sec->len) {
		(void)fuzz_mutate_bytes(sec->data, sec->len, sec->len, rng);
	}
	return size;
}

size_t fuzz_mutate_blob(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng)
{
	struct fuzz_section secs[FUZZ_MAX_SECTIONS], *sec;
	uint32_t nr;
	uint8_t *body;

	if (size >= 4 && !memcmp(data, "\177ELF", 4))
		return fuzz_mutate_elf(data, size, max, rng);
	nr = fuzz_sections(data, size, secs);
	if (!nr)
		return 0;
	sec = &secs[fuzz_rng_below(rng, nr)];
	body = data + sec->at + FUZZ_SECTION_HEAD;
	if (sec->len < 8)
		return 0;
	if (!memcmp(data + sec->at, "INSN", 4))
		fuzz_mutate_insn(body + 8 * fuzz_rng_below(rng, sec->len / 8), rng);
	else if (fuzz_rng_below(rng, 2))
		fuzz_put32(body + 4 * fuzz_rng_below(rng, sec->len / 4), fuzz_rng_edge(rng));
	else
		(void)fuzz_mutate_bytes(body, sec->len, sec->len, rng);
	return size;
}
