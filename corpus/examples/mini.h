/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Small helper macros for the loader examples (no other header is needed). */
#ifndef MINI_H
#define MINI_H
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define SEC(n)		__attribute__((section(n), used))
#define INLINE		inline __attribute__((always_inline))
#define NOINLINE	__attribute__((noinline))
#define WEAK		__attribute__((weak))
#define HIDDEN		__attribute__((visibility("hidden")))
#define KSYM		__attribute__((section(".ksyms")))
#define KCFG		__attribute__((section(".kconfig")))
#define RELOC		__attribute__((preserve_access_index))

/* BTF-defined map members */
#define M_NUM(field, val)	int (*field)[val]
#define M_TYPE(field, ty)	ty *field
#define M_SLOTS(ty)		ty *values[]

/* relocation kinds understood by the compiler builtins */
enum fld { F_OFF = 0, F_SZ = 1, F_EXISTS = 2, F_SIGNED = 3, F_LSH = 4, F_RSH = 5 };
enum typ { T_EXISTS = 0, T_SIZE = 1, T_MATCH = 2 };
enum tid { ID_LOCAL = 0, ID_TARGET = 1 };
enum env { E_EXISTS = 0, E_VALUE = 1 };

#define FLD(expr, k)	__builtin_preserve_field_info(expr, k)
#define TYPEINFO(t, k)	__builtin_preserve_type_info(*(t *)0, k)
#define TYPEID(t, k)	__builtin_btf_type_id(*(t *)0, k)
#define ENUMINFO(t, v, k) __builtin_preserve_enum_value(*(t *)v, k)

static void *(*h_lookup)(void *, const void *) = (void *)1;
static long (*h_update)(void *, const void *, const void *, u64) = (void *)2;
static long (*h_tail)(void *, void *, u64) = (void *)12;
static long (*h_foreach)(void *, void *, void *, u64) = (void *)164;
static void *(*h_this_cpu_ptr)(const void *) = (void *)154;

char lic[] SEC("license") = "GPL";
#endif
