/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * objedit - make a small, named change to an object, so that what is wrong with it can be read
 *
 *	objedit RECIPE BASE OUT
 *
 * A recipe is text, one change a line; lines that start with '#' and a line "base NAME" are skipped.
 *
 *	set PLACE VALUE		store a number; PLACE tells where, and how wide it is
 *	cut N			keep the first N bytes (negative: drop so many at the end)
 *	append HEX		add bytes at the end
 *
 * Places, in the terms of <elf.h> and of the BTF headers:
 *
 *	ehdr.FIELD		FIELD as in Elf64_Ehdr, without e_; ident bytes are ident[N].u8
 *	shdr[SECTION].FIELD	FIELD as in Elf64_Shdr, without sh_
 *	sym[NAME].FIELD		FIELD as in Elf64_Sym, without st_; "type", "bind" are halves of info
 *	rel[SECTION:N].FIELD	the N-th record of a relocation section: offset, type, sym
 *	insn[SECTION:N].FIELD	the N-th instruction: code, regs, off, imm
 *	btf[ID].FIELD		the record of a type: name_off, info, size (or the type it refers to),
 *				linkage of a variable
 *	member[ID:N].FIELD	the N-th member of a struct or union: name_off, type, offset
 *	core[N].FIELD		the N-th CO-RE record: insn_off, type_id, access_str_off, kind
 *	bytes[SECTION:N].uBITS	BITS (8, 16, 32) at offset N of a section
 *
 * VALUE is a number, "+N" to add to what is there, "section:NAME" for a section's index, or
 * "str:TEXT" for the offset of a text in the strings of .BTF. Both byte orders are understood.
 * Anything that cannot be done is an error: a recipe never does less than it says.
 */
#include <elf.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM (1 << 20)

static unsigned char obj[ROOM];
static size_t obj_len;
static int big_endian;
static const char *recipe_name;
static int line_nr;

static void die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", recipe_name, line_nr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void check(uint64_t at, unsigned int bytes)
{
	if (at > obj_len || bytes > obj_len - at)
		die("%u bytes at %llu are outside the object", bytes, (unsigned long long)at);
}

static uint64_t get(uint64_t at, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	check(at, bytes);
	for (i = 0; i < bytes; i++)
		v |= (uint64_t)obj[at + i] << 8 * (big_endian ? bytes - 1 - i : i);
	return v;
}

static void put(uint64_t at, unsigned int bytes, uint64_t v)
{
	unsigned int i;

	check(at, bytes);
	for (i = 0; i < bytes; i++)
		obj[at + i] = (unsigned char)(v >> 8 * (big_endian ? bytes - 1 - i : i));
}

/* ---- tables of fields ---- */
struct field {
	const char *name;
	unsigned int off, bytes;
};

#define ELF_FIELD(type, prefix, name)                                                  \
	{                                                                              \
#name, offsetof(type, prefix##name), sizeof(((type *)0)->prefix##name) \
	}
#define EHDR(name) ELF_FIELD(Elf64_Ehdr, e_, name)
#define SHDR(name) ELF_FIELD(Elf64_Shdr, sh_, name)
#define SYM(name)  ELF_FIELD(Elf64_Sym, st_, name)

static const struct field ehdr_fields[] = {
	EHDR(type),	 EHDR(machine), EHDR(version),	EHDR(shoff), EHDR(ehsize),
	EHDR(shentsize), EHDR(shnum),	EHDR(shstrndx), { 0 },
};
static const struct field shdr_fields[] = {
	SHDR(name), SHDR(type), SHDR(flags),	 SHDR(offset),	SHDR(size),
	SHDR(link), SHDR(info), SHDR(addralign), SHDR(entsize), { 0 },
};
static const struct field sym_fields[] = {
	SYM(name), SYM(info), SYM(other), SYM(shndx), SYM(value), SYM(size), { 0 },
};
static const struct field rel_fields[] = { { "offset", 0, 8 }, { "info", 8, 8 }, { 0 } };
static const struct field insn_fields[] = {
	{ "code", 0, 1 }, { "regs", 1, 1 }, { "off", 2, 2 }, { "imm", 4, 4 }, { 0 },
};
static const struct field core_fields[] = {
	{ "insn_off", 0, 4 },
	{ "type_id", 4, 4 },
	{ "access_str_off", 8, 4 },
	{ "kind", 12, 4 },
	{ 0 },
};
static const struct field btf_fields[] = {
	{ "name_off", 0, 4 }, { "info", 4, 4 }, { "size", 8, 4 }, { "linkage", 12, 4 }, { 0 }
};
static const struct field member_fields[] = {
	{ "name_off", 0, 4 }, { "type", 4, 4 }, { "offset", 8, 4 }, { 0 }
};
static const struct field byte_fields[] = {
	{ "u8", 0, 1 }, { "u16", 0, 2 }, { "u32", 0, 4 }, { 0 }
};

static const struct field *find_field(const struct field *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	die("no field \"%s\"", name);
	return NULL;
}

/* ---- where things are ---- */
static uint64_t shdr_at(unsigned int idx)
{
	return get(offsetof(Elf64_Ehdr, e_shoff), 8) + (uint64_t)idx * sizeof(Elf64_Shdr);
}

static uint64_t shdr_get(unsigned int idx, const char *name)
{
	const struct field *f = find_field(shdr_fields, name);

	return get(shdr_at(idx) + f->off, f->bytes);
}

static int str_is(uint64_t at, const char *want)
{
	check(at, (unsigned int)strlen(want) + 1);
	return !strcmp((const char *)obj + at, want);
}

static unsigned int section(const char *name)
{
	unsigned int n = (unsigned int)get(offsetof(Elf64_Ehdr, e_shnum), 2);
	unsigned int names = (unsigned int)get(offsetof(Elf64_Ehdr, e_shstrndx), 2);
	unsigned int i;

	for (i = 1; i < n; i++)
		if (str_is(shdr_get(names, "offset") + shdr_get(i, "name"), name))
			return i;
	die("no section \"%s\"", name);
	return 0;
}

static uint64_t section_off(const char *name)
{
	return shdr_get(section(name), "offset");
}

static uint64_t symbol(const char *name)
{
	unsigned int tab = section(".symtab");
	uint64_t at = shdr_get(tab, "offset"), end = at + shdr_get(tab, "size");
	uint64_t strs = shdr_get((unsigned int)shdr_get(tab, "link"), "offset");

	for (; at < end; at += sizeof(Elf64_Sym))
		if (str_is(strs + get(at, 4), name))
			return at;
	die("no symbol \"%s\"", name);
	return 0;
}

/* The N-th record of all blocks of the core_relo part of .BTF.ext. */
static uint64_t core_record(unsigned int nth)
{
	uint64_t ext = section_off(".BTF.ext"), at, end;
	uint32_t rec;

	at = ext + get(ext + 4, 4) + get(ext + 24, 4);
	end = at + get(ext + 28, 4);
	rec = (uint32_t)get(at, 4);
	for (at += 4; at < end;) {
		uint32_t nr = (uint32_t)get(at + 4, 4);

		at += 8;
		if (nth < nr)
			return at + (uint64_t)nth * rec;
		nth -= nr;
		at += (uint64_t)nr * rec;
	}
	die("no such CO-RE record");
	return 0;
}

/* The record of type ID; how long each record is follows from its kind and count. */
static uint64_t btf_type(unsigned int id)
{
	/* bytes after the record: always, and for each of the members or parameters */
	static const unsigned char extra[][2] = {
		{ 0, 0 }, { 4, 0 },  { 0, 0 }, { 12, 0 }, { 0, 12 }, { 0, 12 }, { 0, 8 },
		{ 0, 0 }, { 0, 0 },  { 0, 0 }, { 0, 0 },  { 0, 0 },  { 0, 0 },	{ 0, 8 },
		{ 4, 0 }, { 0, 12 }, { 0, 0 }, { 4, 0 },  { 0, 0 },  { 0, 12 },
	};
	uint64_t btf = section_off(".BTF"), at = btf + get(btf + 4, 4) + get(btf + 8, 4);
	uint64_t end = at + get(btf + 12, 4);

	for (; at < end; id--) {
		uint32_t info = (uint32_t)get(at + 4, 4), kind = info >> 24 & 31;

		if (id == 1)
			return at;
		if (kind >= sizeof(extra) / sizeof(extra[0]))
			die("type of unknown kind %u", kind);
		at += 12 + extra[kind][0] + (uint64_t)extra[kind][1] * (info & 0xffff);
	}
	die("no such type");
	return 0;
}

static uint64_t btf_string(const char *text)
{
	uint64_t btf = section_off(".BTF"), strs = btf + get(btf + 4, 4) + get(btf + 16, 4);
	uint64_t at, len = get(btf + 20, 4);

	for (at = 0; at < len; at++)
		if (str_is(strs + at, text))
			return at;
	die("no string \"%s\" in .BTF", text);
	return 0;
}

/* ---- one change ---- */
struct place {
	uint64_t at;
	unsigned int bytes;
	unsigned int shift, bits; /* within the number; bits 0: all of it */
};

static void find_place(char *text, struct place *p)
{
	char *field = strrchr(text, '.'), *open = strchr(text, '['), *close = NULL, *colon = NULL;
	char *arg = NULL;
	unsigned int nth = 0;
	const struct field *f;

	if (!field)
		die("a place needs a field");
	*field++ = '\0';
	if (open) {
		close = strrchr(text, ']');
		if (!close)
			die("no ] in place");
		*open = *close = '\0';
		arg = open + 1;
		colon = strrchr(arg, ':');
	}
	p->shift = p->bits = 0;
	if (!strcmp(text, "ehdr") && arg == NULL) {
		f = find_field(ehdr_fields, field);
		p->at = f->off;
	} else if (!strcmp(text, "ident") && arg) {
		f = find_field(byte_fields, field);
		p->at = strtoul(arg, NULL, 0);
	} else if (!strcmp(text, "shdr") && arg) {
		f = find_field(shdr_fields, field);
		p->at = shdr_at(section(arg)) + f->off;
	} else if (!strcmp(text, "sym") && arg) {
		int type = !strcmp(field, "type"), bind = !strcmp(field, "bind");

		f = find_field(sym_fields, type || bind ? "info" : field);
		p->at = symbol(arg) + f->off;
		if (type || bind) {
			p->shift = bind ? 4 : 0;
			p->bits = 4;
		}
	} else if (!strcmp(text, "btf") && arg) {
		f = find_field(btf_fields, field);
		p->at = btf_type((unsigned int)strtoul(arg, NULL, 0)) + f->off;
	} else if (!strcmp(text, "core") && arg) {
		f = find_field(core_fields, field);
		p->at = core_record((unsigned int)strtoul(arg, NULL, 0)) + f->off;
	} else if (!strcmp(text, "member") && arg && colon) {
		*colon = '\0';
		f = find_field(member_fields, field);
		p->at = btf_type((unsigned int)strtoul(arg, NULL, 0)) + 12 +
			strtoul(colon + 1, NULL, 0) * 12 + f->off;
	} else if (arg && colon) {
		*colon = '\0';
		nth = (unsigned int)strtoul(colon + 1, NULL, 0);
		p->at = section_off(arg);
		if (!strcmp(text, "rel")) {
			int type = !strcmp(field, "type"), sym = !strcmp(field, "sym");

			f = find_field(rel_fields, type || sym ? "info" : field);
			p->at += (uint64_t)nth * sizeof(Elf64_Rel) + f->off;
			if (type || sym) {
				p->shift = sym ? 32 : 0;
				p->bits = 32;
			}
		} else if (!strcmp(text, "insn")) {
			f = find_field(insn_fields, field);
			p->at += (uint64_t)nth * 8 + f->off;
		} else if (!strcmp(text, "bytes")) {
			f = find_field(byte_fields, field);
			p->at += nth;
		} else {
			die("unknown kind of place \"%s\"", text);
			return;
		}
	} else {
		die("unknown place \"%s\"", text);
		return;
	}
	p->bytes = f->bytes;
}

static void set(char *where, const char *value)
{
	struct place p;
	uint64_t old, v, mask;

	find_place(where, &p);
	old = get(p.at, p.bytes);
	mask = p.bits ? (((uint64_t)1 << p.bits) - 1) << p.shift : ~(uint64_t)0;
	if (!strncmp(value, "section:", 8))
		v = section(value + 8);
	else if (!strncmp(value, "str:", 4))
		v = btf_string(value + 4);
	else if (value[0] == '+')
		v = ((old & mask) >> p.shift) + strtoull(value + 1, NULL, 0);
	else
		v = strtoull(value, NULL, 0);
	v = (old & ~mask) | (v << p.shift & mask);
	if (p.bytes < 8)
		v &= ((uint64_t)1 << 8 * p.bytes) - 1;
	if (v == old)
		die("this changes nothing: the value was %llu", (unsigned long long)old);
	put(p.at, p.bytes, v);
}

static void change(char *line)
{
	char *verb = strtok(line, " \t\n"), *a = strtok(NULL, " \t\n"), *b = strtok(NULL, " \t\n");

	if (!verb || verb[0] == '#' || !strcmp(verb, "base"))
		return;
	if (!strcmp(verb, "set") && a && b) {
		set(a, b);
	} else if (!strcmp(verb, "cut") && a && !b) {
		long n = strtol(a, NULL, 0);

		if (n < 0)
			n += (long)obj_len;
		if (n < 0 || (size_t)n > obj_len)
			die("cannot cut to %ld of %zu bytes", n, obj_len);
		obj_len = (size_t)n;
	} else if (!strcmp(verb, "append") && a && !b) {
		for (; a[0] && a[1]; a += 2) {
			unsigned int byte;

			if (sscanf(a, "%2x", &byte) != 1 || obj_len == ROOM)
				die("bad bytes");
			obj[obj_len++] = (unsigned char)byte;
		}
	} else {
		die("unknown change \"%s\"", verb);
	}
}

int main(int argc, char **argv)
{
	char line[512];
	FILE *f;

	if (argc != 4) {
		fprintf(stderr, "usage: objedit RECIPE BASE OUT\n");
		return 2;
	}
	recipe_name = argv[1];
	f = fopen(argv[2], "rb");
	if (!f) {
		perror(argv[2]);
		return 1;
	}
	obj_len = fread(obj, 1, sizeof(obj), f);
	fclose(f);
	big_endian = obj_len > EI_DATA && obj[EI_DATA] == ELFDATA2MSB;
	f = fopen(argv[1], "r");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	while (fgets(line, sizeof(line), f)) {
		line_nr++;
		change(line);
	}
	fclose(f);
	f = fopen(argv[3], "wb");
	if (!f || fwrite(obj, 1, obj_len, f) != obj_len || fclose(f)) {
		perror(argv[3]);
		return 1;
	}
	return 0;
}
