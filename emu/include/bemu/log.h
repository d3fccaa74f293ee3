/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The log: why something was refused. A record holds a stable reason code, the layer it came from,
 * a position and a short text. The log is a ring of fixed size inside the context: writing to it
 * never allocates, so it works when memory is gone; the newest records win.
 */
#ifndef BEMU_LOG_H
#define BEMU_LOG_H

#include <stddef.h>
#include <stdint.h>

#include <bemu/compiler.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum bemu_layer - which folder of emu/ wrote a record */
enum bemu_layer {
	BEMU_LAYER_BASE,
	BEMU_LAYER_INSN,
	BEMU_LAYER_BTF,
	BEMU_LAYER_RELO,
	BEMU_LAYER_OBJ,
	BEMU_LAYER_MODEL,
	BEMU_LAYER_VM,
	BEMU_LAYER_SYS,
	BEMU_LAYER_LOAD,
	BEMU_LAYER_SKEL,
	BEMU_LAYER_CLI,
	BEMU_LAYER_SCENARIO,
};

/**
 * enum bemu_reason - stable codes; tests match on these, people read the text
 *
 * Each layer lists its codes in bemu/reasons/LAYER.def as X(NAME, "meaning").
 */
enum bemu_reason {
	BEMU_R_NONE = 0,
#define X(name, meaning) BEMU_R_##name,
#define BEMU_REASON_LAYER(layer)
#include <bemu/reasons/all.def>
#undef BEMU_REASON_LAYER
#undef X
	BEMU_R_COUNT
};

enum { BEMU_LOG_TEXT_LEN = 232 };

/**
 * struct bemu_log_record - one entry
 * @reason: enum bemu_reason
 * @layer:  enum bemu_layer
 * @err:    the negative errno that was returned, 0 for a remark
 * @pos:    position: a byte offset, type id or instruction index, as the reason says
 * @text:   one line without newline, NUL-terminated, cut with "..." when too long
 */
struct bemu_log_record {
	uint32_t reason;
	uint32_t layer;
	int32_t err;
	uint32_t reserved;
	uint64_t pos;
	char text[BEMU_LOG_TEXT_LEN];
};

struct bemu_log;

/** bemu_log_count() - records kept now, at most the size of the ring */
BEMU_API size_t bemu_log_count(const struct bemu_log *log);

/** bemu_log_get() - the @idx-th record kept, 0 the oldest; NULL past the end. Borrowed. */
BEMU_API const struct bemu_log_record *bemu_log_get(const struct bemu_log *log, size_t idx);

/** bemu_log_last() - the newest record, or NULL. Borrowed until the next write. */
BEMU_API const struct bemu_log_record *bemu_log_last(const struct bemu_log *log);

/** bemu_reason_name() - "BTF_NAME_OFF" for BEMU_R_BTF_NAME_OFF; "?" when unknown */
BEMU_API const char *bemu_reason_name(uint32_t reason);

#ifdef __cplusplus
}
#endif

#endif
