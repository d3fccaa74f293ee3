/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a code section in which no symbol is a function, and an empty code section
 * Compile: clang-14
 * Expect: mini ok
 */
	.section tc, "ax", @progbits
	.globl	label
label:
	r0 = 0
	exit

	.section xdp, "ax", @progbits

	.section license, "a", @progbits
	.asciz	"GPL"
