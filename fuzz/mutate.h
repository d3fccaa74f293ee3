/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Mutators that know the structure of an input. Each is a pure function of its data and a seed: the same
 * gives the same, in both engines. An input that cannot be parsed is changed byte by byte.
 */
#ifndef BEMU_FUZZ_MUTATE_H
#define BEMU_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** struct fuzz_rng - numbers that only depend on the seed */
struct fuzz_rng {
	uint64_t state;
};

void fuzz_rng_init(struct fuzz_rng *rng, uint64_t seed);
uint32_t fuzz_rng_u32(struct fuzz_rng *rng);
/** fuzz_rng_below() - 0 .. @n - 1; 0 for @n 0 */
uint32_t fuzz_rng_below(struct fuzz_rng *rng, uint32_t n);
/** fuzz_rng_edge() - a number near one that code compares with */
uint32_t fuzz_rng_edge(struct fuzz_rng *rng);

static inline uint32_t fuzz_get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void fuzz_put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/*
 * All mutators: @data has @size bytes and room for @max; the new size is returned, never more than @max.
 * 0 means that nothing could be done.
 */
size_t fuzz_mutate_bytes(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
size_t fuzz_mutate_btf(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
size_t fuzz_mutate_core(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
size_t fuzz_mutate_elf(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
size_t fuzz_mutate_blob(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
size_t fuzz_mutate_calls(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
size_t fuzz_mutate_text(uint8_t *data, size_t size, size_t max, struct fuzz_rng *rng);
/** fuzz_mutate_insn() - one instruction word */
void fuzz_mutate_insn(uint8_t *word, struct fuzz_rng *rng);

/** fuzz_resize() - moves what is behind @at by @delta bytes; new ones are 0. The new size, 0 without room */
size_t fuzz_resize(uint8_t *data, size_t size, size_t max, size_t at, ptrdiff_t delta);

/** struct fuzz_section - one of a container of tagged sections: where its head begins, bytes behind it */
struct fuzz_section {
	size_t at;
	uint32_t len;
};

enum { FUZZ_SECTION_HEAD = 8, FUZZ_MAX_SECTIONS = 16 };

uint32_t fuzz_sections(const uint8_t *data, size_t size, struct fuzz_section *out);

/** fuzz_mutate() - a target's mutator: knobs at the end now and then, else @FUZZ_MUTATE of the target */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned int seed);
/** fuzz_cross() - the front of one input and the back of another, at a place that both have */
size_t fuzz_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
		  size_t max, unsigned int seed);
/** fuzz_trim() - the @step-th attempt to make an input smaller; 0 when there are no more */
size_t fuzz_trim(const uint8_t *data, size_t size, uint32_t step, uint8_t *out);

#endif
