/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Yield points: places inside a call where another task may come between. A hook is told of each, and may
 * then make calls of other tasks, write to memory, load and unload modules; what it may not do is make
 * calls of the task that it interrupts, or end that. Of what it does itself it is not told.
 */
#ifndef BEMU_YIELD_H
#define BEMU_YIELD_H

#include <bemu/task.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(enumerator, "name", "where") */
#define BEMU_YIELDS(X)                                                                         \
	X(BTF_LOAD_FETCH, "btf_load.fetch", "BTF_LOAD, before its bytes are copied")           \
	X(BTF_LOAD_COPIED, "btf_load.copied", "after that, before they are checked")           \
	X(BTF_LOAD_PUBLIC, "btf_load.public", "the new BTF has its id and no FD yet")          \
	X(MAP_CREATE_PUBLIC, "map_create.public", "the new map has its id and no FD yet")      \
	X(PROG_LOAD_COPIED, "prog_load.copied", "PROG_LOAD, its instructions are copied")      \
	X(PROG_LOAD_FD_LOOKUP, "prog_load.fd_lookup", "before a number is looked up")          \
	X(PROG_LOAD_MODULE, "prog_load.module", "before the module of a BTF is taken")         \
	X(PROG_LOAD_VERIFIED, "prog_load.verified", "the program is accepted and has no id")   \
	X(PROG_LOAD_PUBLIC, "prog_load.public", "the new program has its id and no FD yet")    \
	X(PROG_LOAD_INSTALLED, "prog_load.installed", "it has its FD, the call has not ended") \
	X(LINK_CREATE_PUBLIC, "link_create.public", "the new link has its id and no FD yet")   \
	X(OBJ_PIN_PATH, "obj_pin.path", "OBJ_PIN holds its object and has no name yet")        \
	X(FIND_BTF_UNLOCKED, "find_btf.unlocked", "a helper holds a module's BTF and no lock") \
	X(TIMER_INIT_MADE, "timer_init.made", "a timer is made and not in its map yet")        \
	X(PUT_ID_GONE, "put.id_gone", "the last reference went, and the id with it")           \
	X(MODULE_COMING, "module.coming", "the BTF of a module has its id, init runs")         \
	X(MODULE_GOING, "module.going", "a module cannot be taken any more, its id is there")  \
	X(MODULE_GONE, "module.gone", "the id of its BTF was taken back")

enum bemu_yield_point {
#define X(name, text, where) BEMU_YIELD_##name,
	BEMU_YIELDS(X)
#undef X
		BEMU_YIELD_NR,
};

/** bemu_yield_name() - "prog_load.fd_lookup"; NULL when unknown */
BEMU_API const char *bemu_yield_name(uint32_t point);
/** bemu_yield_find() - the opposite; -ENOENT */
BEMU_API int bemu_yield_find(const char *name);

/**
 * struct bemu_yield - a hook
 * @at:  told of a point; a fault that it returns ends the call where that is possible
 *       @task: that makes the call, NULL when none does; @nth: how often the call passed this
 *       point, from 1
 */
struct bemu_yield {
	size_t size;
	int (*at)(void *ctx, struct bemu_task *task, uint32_t point, uint32_t nth);
	void *ctx;
};

/** bemu_set_yield() - @hook is borrowed until the next call; NULL ends it, and so does bemu_reset() */
BEMU_API void bemu_set_yield(struct bemu *em, const struct bemu_yield *hook);

#ifdef __cplusplus
}
#endif

#endif
