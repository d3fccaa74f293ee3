/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* corpus/known-differences.txt: differences from a judge that are known, each with a cause. */
#ifndef BEMU_UNIT_LIBBPF_KNOWN_H
#define BEMU_UNIT_LIBBPF_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

enum { LB_MAX_KNOWN = 64, LB_KNOWN_PER_AREA = 10 };

/** struct lb_known - an entry whose probe is "libbpf VERSION OBJECT KERNEL KEY", patterns as in glob(7) */
struct lb_known {
	char id[64];
	char version[16], object[64], kernel[32];
	char key[160]; /* part of lb_diff()'s key */
	uint32_t nr_seen;
};

struct lb_known_list {
	uint32_t nr;
	struct lb_known entries[LB_MAX_KNOWN];
};

/** lb_known_read() - the entries of area "libbpf"; ends the process when the file is not in order */
void lb_known_read(const char *path, struct lb_known_list *out);

/** lb_known_find() - the entry that covers a difference, counted as seen; NULL when none does */
struct lb_known *lb_known_find(struct lb_known_list *list, const char *version, const char *object,
			       const char *kernel, const char *key);

/** lb_known_applies() - whether an entry is about this release */
bool lb_known_applies(const struct lb_known *known, const char *version);

#endif
