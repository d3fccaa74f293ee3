/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A scenario as a C program that asks a real kernel. */
#ifndef BEMU_SCENARIO_EXPORT_H
#define BEMU_SCENARIO_EXPORT_H

#include "scenario/run.h"

/**
 * bemu_scn_export_c() - a program of raw system calls, without any library, which checks that it is answered as
 * the model was
 * @vmlinux:   BTF of the kernel that is to be asked, where names of types are looked up
 * @out:       given only when *refused is NULL
 * @refused:   why a real kernel cannot be asked all of it; with @where when one line is to blame
 *
 * The program ends with 0 when all answers agree, 1 when not, 77 when the kernel is another or lets it not.
 * Return: 0; as bemu_scn_run().
 */
int bemu_scn_export_c(struct bemu_env *env, const struct bemu_scn *scn, const void *vmlinux,
		      size_t vmlinux_len, struct bemu_scn_where *where, struct bemu_buf *out,
		      const char **refused) BEMU_MUST_CHECK;

#endif
