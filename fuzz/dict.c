// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Writes the dictionary of a target from the constants of the code. Usage: fuzz_dict TARGET
 * Both engines read it: name="bytes", everything but letters, digits and a few signs as \xAB.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "relo/core.h"
#include "skel/blob.h"
#include "uapi/bpf.h"
#include "uapi/btf.h"

static unsigned int nr;

static void entry(const char *name, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t i;

	printf("%s_%u=\"", name, nr++);
	for (i = 0; i < len; i++) {
		if (isalnum(p[i]) || strchr("._:/-> =#{}*", p[i] ? p[i] : '"'))
			putchar(p[i]);
		else
			printf("\\x%02x", p[i]);
	}
	puts("\"");
}

static void text(const char *name, const char *s)
{
	entry(name, s, strlen(s));
}

static void u16(const char *name, uint16_t v)
{
	entry(name, &v, sizeof(v));
}

static void u32(const char *name, uint32_t v)
{
	entry(name, &v, sizeof(v));
}

static void words(const char *name, const char *const *list)
{
	for (; *list; list++)
		text(name, *list);
}

static void edges(void)
{
	static const uint16_t shorts[] = {
		0x7fff, 0x8000, 0xffff, 256, 257, 64, 65, 32, 33, 0x8001
	};
	static const uint32_t longs[] = { 0x7fffffff, 0x80000000, 0xffffffff,
					  0xfffff,    131068,	  131072 };
	size_t i;

	for (i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++)
		u16("edge", shorts[i]);
	for (i = 0; i < sizeof(longs) / sizeof(longs[0]); i++)
		u32("edge", longs[i]);
	text("knobs", "KNOB");
}

static void btf(void)
{
	uint32_t kind;

	u16("magic", BTF_MAGIC);
	u16("magic_swapped", (uint16_t)(BTF_MAGIC >> 8 | (BTF_MAGIC & 0xff) << 8));
	for (kind = 1; kind <= BTF_KIND_ENUM64; kind++) {
		u32(bemu_btf_kind_name(kind), kind << 24);
		u32(bemu_btf_kind_name(kind), kind << 24 | 1);
		u32(bemu_btf_kind_name(kind), 1u << 31 | kind << 24 | 1);
	}
	text("flavour", "___");
	text("name", "vmlinux");
}

static void core(void)
{
	static const char *const access[] = { "0", "0:0", "0:1", "0:1:2", "0:0:0", "1", NULL };
	uint32_t kind;

	for (kind = 0; kind < BEMU_CORE_NR_KINDS; kind++)
		u32(bemu_core_kind_long_name(kind), kind);
	words("access", access);
}

static void insns(void)
{
	struct bpf_insn insn = { .code = BPF_LD | BPF_IMM | BPF_DW };
	uint32_t src;

	for (src = 0; src <= 6; src++) {
		insn.src_reg = src & 15;
		entry("ldimm64", &insn, sizeof(insn));
	}
	insn = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .src_reg = 1 };
	entry("call_subprog", &insn, sizeof(insn));
	insn.src_reg = BPF_PSEUDO_KFUNC_CALL;
	entry("call_kfunc", &insn, sizeof(insn));
	insn = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	entry("exit", &insn, sizeof(insn));
	u32("poison", BEMU_CORE_POISON_IMM);
}

static void elf(void)
{
	static const char *const secs[] = {
		".BTF",	   ".BTF.ext", ".BTF.base",   ".ksyms",	 ".maps",   ".kconfig", ".rodata",
		".bss",	   ".data",    ".struct_ops", "license", "version", ".text",	"kprobe/",
		"raw_tp/", "fentry/",  "xdp",	      "tc",	 "syscall", "tp_btf/",	NULL
	};

	words("section", secs);
}

static void layouts(void)
{
	uint32_t i;

	for (i = 0; i < BEMU_NR_LAYOUTS; i++)
		text("layout", bemu_layout_name(i));
}

static void scenario(void)
{
	static const char *const steps[] = { "scenario: ",
					     "kernel 6.1\n",
					     "kernel 6.18\n",
					     "libbpf 1.7\n",
					     "task ",
					     "module load ",
					     "module unload ",
					     "btf open ",
					     "btf load ",
					     "map create ",
					     "prog load ",
					     "pin ",
					     "close ",
					     "exit\n",
					     "dup ",
					     "object ",
					     "expect finding ",
					     " -> fd ",
					     " -> 0",
					     " -> ok",
					     " -> -EBADF",
					     "hex=",
					     "gap ",
					     "{",
					     "}",
					     "#",
					     "quirk ",
					     "design ",
					     "audit every-step\n",
					     "at prog_load.fd_lookup#2\n  task b\n    ",
					     "prog enter ",
					     NULL };

	words("step", steps);
}

int main(int argc, char **argv)
{
	const char *target = argc == 2 ? argv[1] : "";
	unsigned int i;
	static const struct {
		const char *target;
		void (*parts[6])(void);
	} rows[] = {
		{ "btf_fuzzer", { btf } },
		{ "core_fuzzer", { btf, core, insns } },
		{ "object_fuzzer", { btf, core, insns, elf } },
		{ "skel_fuzzer", { btf, core, insns, elf } },
		{ "layout_fuzzer", { NULL } },
		{ "lifetime_fuzzer", { NULL } },
		{ "scenario_fuzzer", { scenario, layouts } },
		{ "libbpf_fuzzer", { btf, core, insns, elf } },
	};
	size_t row;

	for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		if (strcmp(rows[row].target, target))
			continue;
		printf("# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause\n"
		       "# Written by fuzz_dict %s\n",
		       target);
		edges();
		for (i = 0; i < 6 && rows[row].parts[i]; i++)
			rows[row].parts[i]();
		return 0;
	}
	fprintf(stderr, "usage: fuzz_dict TARGET\n");
	return 2;
}
