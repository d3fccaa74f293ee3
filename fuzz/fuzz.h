/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What fuzz targets share: the input and its knobs, an env that is reset between inputs, and checks
 * that abort. A target is a function LLVMFuzzerTestOneInput() and knows no engine.
 *
 * Knobs stand at the end of an input: scenario/knobs.h.
 */
#ifndef BEMU_FUZZ_FUZZ_H
#define BEMU_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bemu/task.h>

#include "base/env.h"
#include "scenario/knobs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * struct fuzz_input - one input, split
 * @whole: as it came
 * @data:  the payload, in a block of its own of exactly @size bytes
 * @knobs: from the end, or zeroes
 */
struct fuzz_input {
	const uint8_t *whole;
	size_t whole_size;
	uint8_t *data;
	size_t size;
	struct bemu_knobs knobs;
};

void fuzz_input_init(struct fuzz_input *in, const uint8_t *data, size_t size);
void fuzz_input_fini(struct fuzz_input *in);
/** fuzz_kernel() / fuzz_libbpf() - what the knobs choose; 0 is the default of the library */
uint32_t fuzz_kernel(const struct fuzz_input *in);
uint32_t fuzz_libbpf(const struct fuzz_input *in);
/** fuzz_twice() - whether a second context is to be asked, too: by knob, and always in a replay; never in a hunt */
bool fuzz_twice(const struct fuzz_input *in);
/** fuzz_sub() - @len bytes in a block of their own; free() */
uint8_t *fuzz_sub(const uint8_t *data, size_t len);

/** enum fuzz_outcome - what became of an input; the replay compares it with the seed's name */
enum fuzz_outcome { FUZZ_UNDECIDED, FUZZ_ACCEPT, FUZZ_REJECT };
extern enum fuzz_outcome fuzz_outcome;
extern bool fuzz_is_replay;

/** fuzz_env() - an env that lives as long as the process, empty and as the knobs say */
struct bemu_env *fuzz_env(const struct fuzz_input *in);
/** fuzz_steady_env() - another one, which is never reset */
struct bemu_env *fuzz_steady_env(void);
/** fuzz_arm() - the same knobs for an env of a world */
void fuzz_arm(struct bemu_env *env, const struct fuzz_input *in);
/** fuzz_warm() - lets an env have the blocks that most inputs need */
void fuzz_warm(struct bemu_env *env);
/** fuzz_env_done() - nothing may be left in it */
void fuzz_env_done(struct bemu_env *env);
/** fuzz_allocator() - malloc(3) that keeps the last large blocks */
const struct bemu_allocator *fuzz_allocator(void);

/** fuzz_failed() - says what does not hold, and aborts */
_Noreturn void fuzz_failed(const char *file, int line, const char *what, const char *fmt, ...)
	BEMU_PRINTF(4, 5);

#define FUZZ_CHECK(cond)                                                  \
	do {                                                              \
		if (__builtin_expect(!(cond), 0))                         \
			fuzz_failed(__FILE__, __LINE__, #cond, "%s", ""); \
	} while (0)
#define FUZZ_CHECK_MSG(cond, ...)                                            \
	do {                                                                 \
		if (__builtin_expect(!(cond), 0))                            \
			fuzz_failed(__FILE__, __LINE__, #cond, __VA_ARGS__); \
	} while (0)

#endif
