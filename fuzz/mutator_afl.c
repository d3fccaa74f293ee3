// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The same mutators as a shared object for AFL++: AFL_CUSTOM_MUTATOR_LIBRARY=.../btf_fuzzer_mutator.so */
#include <stdlib.h>

#include "mutate.h"

#define EXPORT __attribute__((visibility("default")))

struct mutator {
	unsigned int seed;
	uint8_t *buf, *trim, *trim_out;
	size_t cap, trim_len;
	uint32_t step, nr_done;
};

void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
		       uint8_t *add_buf, size_t add_buf_size, size_t max_size);
int afl_custom_init_trim(void *data, uint8_t *buf, size_t buf_size);
size_t afl_custom_trim(void *data, uint8_t **out_buf);
int afl_custom_post_trim(void *data, uint8_t success);

EXPORT void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutator *m = calloc(1, sizeof(*m));

	(void)afl;
	if (m)
		m->seed = seed;
	return m;
}

EXPORT void afl_custom_deinit(void *data)
{
	struct mutator *m = data;

	free(m->buf);
	free(m->trim);
	free(m->trim_out);
	free(m);
}

EXPORT size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf,
			      uint8_t *add_buf, size_t add_buf_size, size_t max_size)
{
	struct mutator *m = data;
	unsigned int seed = m->seed++;

	if (m->cap < max_size) {
		free(m->buf);
		m->buf = malloc(max_size);
		m->cap = m->buf ? max_size : 0;
	}
	if (!m->buf || buf_size > max_size)
		return 0;
	*out_buf = m->buf;
	if (add_buf && add_buf_size && seed % 4 == 0)
		return fuzz_cross(buf, buf_size, add_buf, add_buf_size, m->buf, max_size, seed);
	memcpy(m->buf, buf, buf_size);
	return fuzz_mutate(m->buf, buf_size, max_size, seed);
}

/* As many steps as fuzz_trim() can have; one that there is not changes nothing. */
EXPORT int afl_custom_init_trim(void *data, uint8_t *buf, size_t buf_size)
{
	struct mutator *m = data;

	free(m->trim);
	free(m->trim_out);
	m->trim = malloc(buf_size + 1);
	m->trim_out = malloc(buf_size + 1);
	m->trim_len = buf_size;
	m->step = 0;
	m->nr_done = 0;
	if (!m->trim || !m->trim_out)
		return 0;
	memcpy(m->trim, buf, buf_size);
	return 81;
}

EXPORT size_t afl_custom_trim(void *data, uint8_t **out_buf)
{
	struct mutator *m = data;
	size_t n = fuzz_trim(m->trim, m->trim_len, m->step, m->trim_out);

	if (!n) { /* nothing to be gained by this step: the input as it is */
		memcpy(m->trim_out, m->trim, m->trim_len);
		n = m->trim_len;
	}
	*out_buf = m->trim_out;
	return n;
}

EXPORT int afl_custom_post_trim(void *data, uint8_t success)
{
	struct mutator *m = data;
	size_t n;

	if (success) { /* the smaller one stays */
		n = fuzz_trim(m->trim, m->trim_len, m->step, m->trim_out);
		if (n) {
			memcpy(m->trim, m->trim_out, n);
			m->trim_len = n;
		}
	}
	m->step++;
	m->nr_done++;
	return (int)m->nr_done;
}
