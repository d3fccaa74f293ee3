// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include "world.h"

#include "fuzz.h"
#include "hunt.h"

/* The bytes of a file, so that a target needs no file. */
#define BYTES(name, path)                                            \
	__asm__(".pushsection .rodata\n"                             \
		".balign 16\n" #name ":\n"                           \
		".incbin \"" FUZZ_CORPUS path "\"\n" #name "_end:\n" \
		".byte 0\n"                                          \
		".popsection\n");                                    \
	extern const uint8_t name[], name##_end[];

BYTES(fuzz_mini_vmlinux, "/btf/mini/vmlinux.btf")
BYTES(fuzz_mini_m1, "/btf/mini/m1.btf")
BYTES(fuzz_mini_m2, "/btf/mini/m2.btf")

static const char kconfig[] = "CONFIG_HZ=250\nCONFIG_BPF=y\nCONFIG_MODULES=m\n"
			      "CONFIG_DEFAULT_HOSTNAME=\"fuzz\"\n";

const void *fuzz_world_vmlinux(size_t *len)
{
	*len = (size_t)(fuzz_mini_vmlinux_end - fuzz_mini_vmlinux);
	return fuzz_mini_vmlinux;
}

const void *fuzz_world_module(bool second, size_t *len)
{
	const uint8_t *raw = second ? fuzz_mini_m2 : fuzz_mini_m1;

	*len = (size_t)((second ? fuzz_mini_m2_end : fuzz_mini_m1_end) - raw);
	return raw;
}

/* Modules have tags that 5.15 does not know: it has none of them. */
static int fill_mini(struct bemu *em, uint32_t kernel)
{
	size_t len;
	const void *raw = fuzz_world_vmlinux(&len);
	int err = bemu_set_vmlinux(em, raw, len, BEMU_BTF_BORROW);

	if (!err && kernel != BEMU_KERNEL_5_15)
		err = bemu_add_module(em, "m1", fuzz_mini_m1,
				      (size_t)(fuzz_mini_m1_end - fuzz_mini_m1), BEMU_BTF_BORROW);
	if (!err && kernel != BEMU_KERNEL_5_15)
		err = bemu_add_module(em, "m2", fuzz_mini_m2,
				      (size_t)(fuzz_mini_m2_end - fuzz_mini_m2), BEMU_BTF_BORROW);
	if (!err)
		err = bemu_set_kconfig(em, kconfig, sizeof(kconfig) - 1);
	return err;
}

struct bemu *fuzz_world(uint32_t kernel, enum fuzz_world_kind kind, unsigned int copy)
{
	static struct bemu *worlds[BEMU_KERNEL_6_18 + 1][FUZZ_WORLD_NR][2];
	struct bemu_opts opts = { .size = sizeof(opts),
				  .kernel = kernel,
				  .alloc = fuzz_allocator(),
				  .limits = { .max_memory = BEMU_KNOB_MAX_MEMORY,
					      .max_fds = 1024 } };
	struct bemu_quirks quirks = fuzz_kernel_quirks();
	struct bemu **em = &worlds[kernel][kind][copy];

	if (!*em) {
		FUZZ_CHECK(!bemu_new(&opts, em));
		if (kind == FUZZ_WORLD_MINI)
			FUZZ_CHECK(!fill_mini(*em, kernel));
		FUZZ_CHECK(!bemu_seal(*em));
	}
	if (fuzz_hunting())
		bemu_set_quirks(*em, &quirks);
	return *em;
}

void fuzz_worlds_warm(enum fuzz_world_kind kind)
{
	const struct fuzz_input none = { 0 };
	unsigned int copy;
	uint32_t kernel;

	fuzz_warm(fuzz_env(&none));
	for (kernel = 0; kernel <= BEMU_KERNEL_6_18; kernel++) {
		for (copy = 0; copy < 2; copy++) {
			struct bemu *em = fuzz_world(kernel, kind, copy);

			fuzz_warm(em->env);
			bemu_reset(em);
		}
	}
}
