/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a call of an undefined function, in an object without BTF
 * Compile: clang-14
 * Expect: mini open:-ESRCH
 */
	.section tc, "ax", @progbits
	.globl	main_prog
	.type	main_prog, @function
main_prog:
	call	nobody
	exit
	.size	main_prog, .-main_prog

	.section license, "a", @progbits
	.asciz	"GPL"
