/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What stands at the end of a fuzz target's input, so that a real object file or BTF is an input as it is:
 *
 *   payload ... | 12 bytes of knobs | "KNOB"
 *
 * Without the four last characters all knobs are 0, which is what a user of the library would have.
 */
#ifndef BEMU_SCENARIO_KNOBS_H
#define BEMU_SCENARIO_KNOBS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bemu/bemu.h>

enum { BEMU_KNOBS_LEN = 16, BEMU_KNOB_MAX_STEPS = 1 << 20, BEMU_KNOB_MAX_MEMORY = 96 << 20 };

/** enum bemu_knob_flags */
enum bemu_knob_flags {
	BEMU_KNOB_TWICE = 1u << 0, /* a second context must answer the same */
	BEMU_KNOB_LOG = 1u << 1, /* ask the kernel for its log */
	BEMU_KNOB_FAIL_ALLOC = 1u << 2, /* allocation number @nth fails */
	BEMU_KNOB_FAIL_CALL = 1u << 3, /* system call number @nth answers @err */
	BEMU_KNOB_FEW_STEPS = 1u << 4, /* a budget of @steps */
};

/** struct bemu_knobs - as they stand in the input */
struct bemu_knobs {
	uint8_t flags; /* enum bemu_knob_flags */
	uint8_t kernel; /* modulo the number of profiles */
	uint8_t libbpf; /* modulo the number of releases */
	uint8_t err; /* errno of BEMU_KNOB_FAIL_CALL */
	uint16_t nth;
	uint16_t steps;
	uint32_t extra; /* the target's own */
	char magic[4];
};

_Static_assert(sizeof(struct bemu_knobs) == BEMU_KNOBS_LEN, "knobs have no padding");

/** bemu_knobs_split() - the knobs of an input, or zeroes; the length of what stands before them */
static inline size_t bemu_knobs_split(const uint8_t *data, size_t size, struct bemu_knobs *out)
{
	memset(out, 0, sizeof(*out));
	if (size < BEMU_KNOBS_LEN || memcmp(data + size - 4, "KNOB", 4) != 0)
		return size;
	memcpy(out, data + size - BEMU_KNOBS_LEN, BEMU_KNOBS_LEN);
	return size - BEMU_KNOBS_LEN;
}

/** bemu_knobs_kernel() / bemu_knobs_libbpf() - what they choose; 0 is the default of the library */
static inline uint32_t bemu_knobs_kernel(const struct bemu_knobs *knobs)
{
	return knobs->kernel % (BEMU_KERNEL_6_18 + 1u);
}

static inline uint32_t bemu_knobs_libbpf(const struct bemu_knobs *knobs)
{
	return knobs->libbpf % (BEMU_LIBBPF_1_7 + 1u);
}

#endif
