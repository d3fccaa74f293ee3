/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Checked accesses: what KASAN and lockdep are to a real kernel. In a world that keeps its dead nothing that
 * was freed is given back, and a touch of it is noted in the place of what it would have done; so are a lock
 * that is taken twice and a type that is read outside of its BTF. Nobody asks here why that happened.
 */
#ifndef BEMU_MODEL_CHECK_H
#define BEMU_MODEL_CHECK_H

#include "base/env.h"

enum { BEMU_OOPS_RING = 16, BEMU_OOPS_LEN = 120 };

enum bemu_oops_kind {
	BEMU_OOPS_FREED, /* something was touched that had been freed */
	BEMU_OOPS_LOCK, /* a lock was taken by who has it */
	BEMU_OOPS_BTF, /* a type or header was read where there is none */
	BEMU_OOPS_FD, /* a number that was read once was looked up twice, and meant two files */
};

struct bemu_oops {
	uint32_t kind;
	char text[BEMU_OOPS_LEN];
};

/** enum bemu_lock - the locks that the ledger of locks knows */
enum bemu_lock { BEMU_LOCK_BTF_IDR = 1u << 0 };

/** struct bemu_checks - what was noted; @nr counts on when the ring is full; @locks: those that are taken */
struct bemu_checks {
	uint32_t nr;
	uint32_t locks;
	struct bemu_oops ring[BEMU_OOPS_RING];
};

struct bemu_model;
struct bemu_kobj;

void bemu_oops(struct bemu_model *model, enum bemu_oops_kind kind, const char *fmt, ...)
	BEMU_PRINTF(3, 4);
/** bemu_obj_alive() - false, and noted, when @obj was freed; @what happens to it: "is taken" */
bool bemu_obj_alive(struct bemu_model *model, const struct bemu_kobj *obj, const char *what);
/** bemu_obj_release() - the memory of an object that ended, @env's; kept in a world that keeps its dead */
void bemu_obj_release(struct bemu_model *model, struct bemu_env *env, struct bemu_kobj *obj);
void bemu_lock(struct bemu_model *model, enum bemu_lock lock);
void bemu_unlock(struct bemu_model *model, enum bemu_lock lock);

#endif
