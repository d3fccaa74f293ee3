/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What stands between the real libbpf and the host: a copy of libbpf.a has its outside symbols renamed
 * (rename.txt), and shim.c answers them from a backend. Descriptor numbers are the backend's, never the
 * host's; a path that the backend does not have is not there.
 */
#ifndef BEMU_UNIT_LIBBPF_SHIM_H
#define BEMU_UNIT_LIBBPF_SHIM_H

#include <stdbool.h>

#include <bemu/backend.h>

/** vk_attach() - the kernel of all later calls; borrowed. A fault of the backend ends the process. */
void vk_attach(const struct bemu_backend *be);

/** vk_in_backend() - whether a call is with the backend now: a crash is the backend's, not libbpf's */
bool vk_in_backend(void);

#endif
