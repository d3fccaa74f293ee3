/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Quirks of the kernel (K-*): asked at the one place where each is. */
#ifndef BEMU_MODEL_QUIRK_H
#define BEMU_MODEL_QUIRK_H

#include <bemu/quirks.h>

#include "model/model.h"

static inline bool bemu_model_quirk(const struct bemu_model *model, enum bemu_quirk quirk)
{
	return model->quirks >> quirk & 1;
}

#endif
