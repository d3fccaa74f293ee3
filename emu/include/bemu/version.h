/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#ifndef BEMU_VERSION_H
#define BEMU_VERSION_H

#define BEMU_VERSION_STRING "0.1.0"

#endif
