/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Covers: a program in assembly: no BTF at all, a data section without a type, a call of a global
 *         subprogram, a helper call
 * Compile: clang-14
 * Expect: mini ok
 */
	.text
	.globl	sub
	.type	sub, @function
	.p2align 3
sub:
	r0 = r1
	r0 += 7
	exit
	.size	sub, .-sub

	.section tc, "ax", @progbits
	.globl	raw
	.type	raw, @function
	.p2align 3
raw:
	r6 = counter ll
	r1 = *(u64 *)(r6 + 0)
	call	sub
	*(u64 *)(r6 + 0) = r0
	call	5
	r0 = 0
	exit
	.size	raw, .-raw

	.bss
	.globl	counter
	.type	counter, @object
	.p2align 3
counter:
	.zero	8
	.size	counter, 8

	.section license, "a", @progbits
	.asciz	"GPL"
