/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Generator of the synthetic kernel BTF used by the examples.
 * Build:  cc -o mkbtf mkbtf.c -lbpf          (any libbpf >= 1.0)
 * Run:    ./mkbtf OUTDIR   -> OUTDIR/vm.btf  OUTDIR/m1.btf  OUTDIR/m2.btf
 * Type ids are the order of the calls below; the table is in target_btf.txt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>

static int chk(int id, const char *what)
{
	if (id < 0) {
		fprintf(stderr, "%s: %d\n", what, id);
		exit(1);
	}
	return id;
}
#define A(x) chk((x), #x)

static void put(struct btf *b, const char *dir, const char *name)
{
	char path[512];
	unsigned int sz;
	const void *raw = btf__raw_data(b, &sz);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(raw, 1, sz, f) != sz) {
		perror(path);
		exit(1);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : ".";
	struct btf *b = btf__new_empty(), *m;
	int i, u, ul, c, uc, bl, pv, pc, inner, rec, anon, anon2, arr16, arr4, id, proto, sl;

	btf__set_pointer_size(b, 8);
	i = A(btf__add_int(b, "int", 4, BTF_INT_SIGNED));		/* 1 */
	u = A(btf__add_int(b, "unsigned int", 4, 0));			/* 2 */
	ul = A(btf__add_int(b, "long unsigned int", 8, 0));		/* 3 */
	sl = A(btf__add_int(b, "long int", 8, BTF_INT_SIGNED));		/* 4 */
	c = A(btf__add_int(b, "char", 1, BTF_INT_SIGNED));		/* 5 */
	uc = A(btf__add_int(b, "unsigned char", 1, 0));			/* 6 */
	bl = A(btf__add_int(b, "_Bool", 1, BTF_INT_BOOL));		/* 7 */
	pv = A(btf__add_ptr(b, 0));					/* 8 void* */
	pc = A(btf__add_ptr(b, c));					/* 9 char* */
	arr16 = A(btf__add_array(b, u, c, 16));				/* 10 char[16] */
	inner = A(btf__add_struct(b, "inner", 12));			/* 11 */
	A(btf__add_field(b, "pad0", i, 0, 0));
	A(btf__add_field(b, "x", i, 32, 0));
	A(btf__add_field(b, "y", i, 64, 0));
	arr4 = A(btf__add_array(b, u, inner, 4));			/* 12 inner[4] */
	anon = A(btf__add_union(b, NULL, 8));				/* 13 */
	A(btf__add_field(b, "ua", u, 0, 0));
	A(btf__add_field(b, "uw", ul, 0, 0));
	anon2 = A(btf__add_struct(b, NULL, 16));			/* 14 */
	A(btf__add_field(b, "lead", ul, 0, 0));
	A(btf__add_field(b, "", anon, 64, 0));
	rec = A(btf__add_struct(b, "rec", 136));			/* 15 */
	A(btf__add_field(b, "flags", u, 0, 0));
	A(btf__add_field(b, "id", ul, 64, 0));
	A(btf__add_field(b, "comm", arr16, 128, 0));
	A(btf__add_field(b, "in", arr4, 256, 0));
	A(btf__add_field(b, "next", 16, 640, 0));
	A(btf__add_field(b, "", anon2, 704, 0));
	A(btf__add_field(b, "sg", sl, 832, 0));
	A(btf__add_field(b, "tiny", uc, 896, 0));
	A(btf__add_field(b, "self", inner, 928, 0));
	A(btf__add_ptr(b, rec));					/* 16 rec* */
	id = A(btf__add_struct(b, "bits", 16));				/* 17 */
	A(btf__add_field(b, "lead", u, 0, 9));
	A(btf__add_field(b, "a", u, 9, 3));
	A(btf__add_field(b, "b", u, 12, 5));
	A(btf__add_field(b, "c", i, 17, 7));
	A(btf__add_field(b, "d", u, 32, 20));
	A(btf__add_field(b, "e", uc, 60, 8));	/* bits 60..67, straddles bytes */
	A(btf__add_field(b, "plain", u, 96, 0));
	A(btf__add_enum(b, "color", 4));				/* 18 */
	A(btf__add_enum_value(b, "RED", 10));
	A(btf__add_enum_value(b, "GREEN", -20));
	id = A(btf__add_struct(b, "big", 40008));			/* 19 */
	A(btf__add_field(b, "near", u, 0, 0));
	A(btf__add_field(b, "lim", uc, 32767 * 8, 0));
	A(btf__add_field(b, "over", uc, 32768 * 8, 0));
	A(btf__add_field(b, "far", u, 40000 * 8, 0));
	A(btf__add_struct(b, "amb", 8));				/* 20 */
	A(btf__add_field(b, "p", u, 0, 0));
	A(btf__add_field(b, "q", u, 32, 0));
	A(btf__add_struct(b, "amb", 12));				/* 21 */
	A(btf__add_field(b, "p", u, 0, 0));
	A(btf__add_field(b, "r", u, 32, 0));
	A(btf__add_field(b, "q", u, 64, 0));
	A(btf__add_struct(b, "flav___old", 8));				/* 22 */
	A(btf__add_field(b, "o", u, 32, 0));
	A(btf__add_struct(b, "flav", 16));				/* 23 */
	A(btf__add_field(b, "n", u, 96, 0));
	A(btf__add_typedef(b, "rec_t", rec));				/* 24 */
	proto = A(btf__add_func_proto(b, i));				/* 25 int(int) */
	A(btf__add_func_param(b, "v", i));
	A(btf__add_func(b, "kf_vm", BTF_FUNC_STATIC, proto));		/* 26 */
	A(btf__add_func(b, "kf_vm2", BTF_FUNC_STATIC, proto));		/* 27 */
	A(btf__add_var(b, "vm_ctr", BTF_VAR_GLOBAL_ALLOCATED, i));	/* 28 */
	A(btf__add_var(b, "vm_rec", BTF_VAR_GLOBAL_ALLOCATED, rec));	/* 29 */
	A(btf__add_datasec(b, ".data..percpu", 256));			/* 30 */
	A(btf__add_datasec_var_info(b, 28, 0, 4));
	A(btf__add_datasec_var_info(b, 29, 8, 136));
	A(btf__add_enum64(b, "wide", 8, false));			/* 31 */
	A(btf__add_enum64_value(b, "W_BIG", 0x123456789abcULL));
	A(btf__add_enum64_value(b, "W_SMALL", 7));
	A(btf__add_struct(b, "flex", 4));				/* 32 */
	A(btf__add_field(b, "n", u, 0, 0));
	A(btf__add_field(b, "tail", 33, 32, 0));
	A(btf__add_array(b, u, u, 0));					/* 33 u32[0] */
	(void)bl; (void)pv; (void)pc; (void)id;
	put(b, dir, "vm.btf");

	m = btf__new_empty_split(b);
	A(btf__add_struct(m, "modonly", 8));				/* 34 */
	A(btf__add_field(m, "a", u, 0, 0));
	A(btf__add_field(m, "b", u, 32, 0));
	A(btf__add_func(m, "kf_m1a", BTF_FUNC_STATIC, proto));		/* 35 */
	A(btf__add_func(m, "kf_m1b", BTF_FUNC_STATIC, proto));		/* 36 */
	A(btf__add_var(m, "m1_var", BTF_VAR_GLOBAL_ALLOCATED, i));	/* 37 */
	A(btf__add_datasec(m, ".data..percpu", 4));			/* 38 */
	A(btf__add_datasec_var_info(m, 37, 0, 4));
	put(m, dir, "m1.btf");
	btf__free(m);

	m = btf__new_empty_split(b);
	A(btf__add_func(m, "kf_m2", BTF_FUNC_STATIC, proto));		/* 34 */
	A(btf__add_struct(m, "modonly", 12));				/* 35 */
	A(btf__add_field(m, "z", u, 0, 0));
	A(btf__add_field(m, "a", u, 32, 0));
	A(btf__add_field(m, "b", u, 64, 0));
	A(btf__add_struct(m, "m2only", 4));				/* 36 */
	A(btf__add_field(m, "k", u, 0, 0));
	A(btf__add_var(m, "m2_var", BTF_VAR_GLOBAL_ALLOCATED, i));	/* 37 */
	put(m, dir, "m2.btf");
	btf__free(m);
	btf__free(b);
	return 0;
}
