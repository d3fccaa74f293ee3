/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a .maps section with bytes and no BTF that describes them
 * Compile: clang-14
 * Expect: mini open:-ENOENT
 */
	.section tc, "ax", @progbits
	.globl	main_prog
	.type	main_prog, @function
main_prog:
	r0 = 0
	exit
	.size	main_prog, .-main_prog

	.section .maps, "aw", @progbits
	.quad	0, 0, 0

	.section license, "a", @progbits
	.asciz	"GPL"
