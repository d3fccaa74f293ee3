/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A loader's blob as it was generated, against what the loader hands to the kernel out of it. Strings,
 * records and BTF have to be what they were; of a program only those words may differ that UAPI gives a
 * meaning that only the running kernel knows: imm and off of a kfunc call, and an ldimm64 of a BTF id or
 * of an address.
 */
#ifndef BEMU_AUDIT_BLOB_H
#define BEMU_AUDIT_BLOB_H

#include <bemu/watch.h>

#include "audit/finding.h"

struct bemu_blob_book;

int bemu_blob_book_new(struct bemu_env *env, struct bemu_findings *findings,
		       struct bemu_blob_book **out) BEMU_MUST_CHECK;
void bemu_blob_book_free(struct bemu_blob_book *book);

/** bemu_blob_book_filled() - @len bytes at @addr become the value of the map @name */
int bemu_blob_book_filled(struct bemu_blob_book *book, const struct bemu_seen *seen,
			  const char *name, uint64_t addr, uint32_t len) BEMU_MUST_CHECK;

/** bemu_blob_book_judge() - a bpf(2) call of a loader program begins */
int bemu_blob_book_judge(struct bemu_blob_book *book, const struct bemu_seen *seen,
			 uint32_t step) BEMU_MUST_CHECK;

#endif
