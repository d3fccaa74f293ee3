/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: the loaders' poison written by hand: helper calls of the three poison ranges, behind
 *         an exit
 * Compile: clang-14
 * Expect: mini load:?
 */
	.section socket, "ax", @progbits
	.globl	poison
	.type	poison, @function
poison:
	r0 = 0
	exit
	call	195896080
	call	2001000003
	call	2002000001
	.size	poison, .-poison

	.section license, "a", @progbits
	.asciz	"GPL"
