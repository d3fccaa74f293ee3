// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Finds BPF objects inside other files: 64-bit relocatable ELF images of machine EM_BPF, of either byte
 * order, at any offset; that is how a skeleton carries its object in a program's read-only data. Each
 * goes to a file of its own, PREFIX.N.bpf.o. Prints one line for each: its path and its offset.
 *
 * Usage: elf-images FILE PREFIX     Exit 0 also when there is none; 1 trouble with a file; 2 usage
 */
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

/* The integer of @size bytes at @p, in the image's byte order. */
static uint64_t number(const uint8_t *p, size_t size, bool big)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < size; i++)
		v |= (uint64_t)p[i] << 8 * (big ? size - 1 - i : i);
	return v;
}

#define FIELD(p, type, field, big) \
	number((p) + offsetof(type, field), sizeof(((type *)0)->field), (big))

/* Bytes of the image that starts at @p, as its headers tell; 0 when there is none. */
static size_t image_len(const uint8_t *p, size_t left)
{
	uint64_t shoff, shnum, i, end;
	bool big;

	if (left < sizeof(Elf64_Ehdr) || memcmp(p, ELFMAG, SELFMAG) || p[EI_CLASS] != ELFCLASS64)
		return 0;
	if (p[EI_DATA] != ELFDATA2LSB && p[EI_DATA] != ELFDATA2MSB)
		return 0;
	big = p[EI_DATA] == ELFDATA2MSB;
	if (FIELD(p, Elf64_Ehdr, e_type, big) != ET_REL ||
	    FIELD(p, Elf64_Ehdr, e_machine, big) != EM_BPF ||
	    FIELD(p, Elf64_Ehdr, e_shentsize, big) != sizeof(Elf64_Shdr))
		return 0;
	shoff = FIELD(p, Elf64_Ehdr, e_shoff, big);
	shnum = FIELD(p, Elf64_Ehdr, e_shnum, big);
	if (shoff > left || shnum * sizeof(Elf64_Shdr) > left - shoff)
		return 0;
	end = shoff + shnum * sizeof(Elf64_Shdr);
	for (i = 0; i < shnum; i++) {
		const uint8_t *sh = p + shoff + i * sizeof(Elf64_Shdr);
		uint64_t off = FIELD(sh, Elf64_Shdr, sh_offset, big);
		uint64_t size = FIELD(sh, Elf64_Shdr, sh_size, big);

		if (FIELD(sh, Elf64_Shdr, sh_type, big) == SHT_NOBITS)
			continue;
		if (off > left || size > left - off)
			return 0;
		if (off + size > end)
			end = off + size;
	}
	return (size_t)end;
}

static int write_image(const char *prefix, unsigned int nr, const uint8_t *p, size_t len,
		       size_t off)
{
	char path[4096];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s.%u.bpf.o", prefix, nr) >= (int)sizeof(path))
		return -1;
	f = fopen(path, "wb");
	if (!f)
		return -1;
	if (fwrite(p, 1, len, f) != len) {
		fclose(f);
		return -1;
	}
	if (fclose(f))
		return -1;
	printf("%s %zu\n", path, off);
	return 0;
}

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;

	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)) {
		*len = (size_t)size;
		data = malloc(*len + 1);
		if (data && fread(data, 1, *len, f) != *len) {
			free(data);
			data = NULL;
		}
	}
	fclose(f);
	return data;
}

int main(int argc, char **argv)
{
	size_t len = 0, off = 0, n;
	unsigned int nr = 0;
	uint8_t *data;

	if (argc != 3) {
		fprintf(stderr, "usage: elf-images FILE PREFIX\n");
		return 2;
	}
	data = read_file(argv[1], &len);
	if (!data) {
		perror(argv[1]);
		return 1;
	}
	while (off < len) {
		const uint8_t *hit = memchr(data + off, ELFMAG0, len - off);

		if (!hit)
			break;
		off = (size_t)(hit - data);
		n = image_len(hit, len - off);
		if (n && write_image(argv[2], nr++, hit, n, off)) {
			perror(argv[2]);
			free(data);
			return 1;
		}
		off += n ? n : 1;
	}
	free(data);
	return 0;
}
