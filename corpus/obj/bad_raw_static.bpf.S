/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a local function beside a global one in a section other than .text
 * Compile: clang-14
 * Expect: mini open:-EOPNOTSUPP
 */
	.section tc, "ax", @progbits
	.type	hidden_helper, @function
hidden_helper:
	r0 = 1
	exit
	.size	hidden_helper, .-hidden_helper

	.globl	main_prog
	.type	main_prog, @function
main_prog:
	r0 = 0
	exit
	.size	main_prog, .-main_prog

	.section license, "a", @progbits
	.asciz	"GPL"
