// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* emu/relo from the record to the word: each row is an access in C, its load before and after. */
#include <assert.h>

#include "relo_sample.h"

enum object_id {
	O_INT = 1,
	O_U32,
	O_U64,
	O_LONG,
	O_CHAR,
	O_U8,
	O_INNER, /* { int x; int y; } */
	O_INNERS,
	O_COMM,
	O_REC, /* { id; in[2]; comm[8]; next; union { ua; }; tiny; flags; } */
	O_REC_PTR,
	O_UA,
	O_REC_GONE, /* rec___gone { flags; gone; sg; } */
	O_NOSUCH, /* { int a; } */
	O_BITS,
	O_COLOR,
	O_COLOR_V2,
	O_NOPE,
	O_REC_T,
	O_MODONLY, /* { int a; } */
	O_M2ONLY, /* { int k; } */
	O_BIG,
	O_AMB,
	O_FLAV, /* { n; } */
	O_FLAV_OLD, /* { o; } */
	O_FLAV_MINE, /* { n; o; } */
	O_FLEX, /* { n; tail[]; } */
	O_TAIL,
	O_REC_IN, /* rec___in { struct inner in[9]; } */
	O_INNERS9,
	O_WIDE,
	O_INNER_BAD, /* { long x; } */
	O_SG, /* rec___sg { long id; } */
	O_REC_PTR_ID, /* rec___ptr { void *id; } */
	O_VOID_PTR,
	O_FWD,
	O_U32_COLOR,
};

static void object_structs(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "inner", 8);
	bemu_btf_enc_member(enc, "x", O_INT, 0, 0);
	bemu_btf_enc_member(enc, "y", O_INT, 32, 0);
	bemu_btf_enc_array(enc, O_INNER, O_U32, 2);
	bemu_btf_enc_array(enc, O_CHAR, O_U32, 8);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "rec", 56);
	bemu_btf_enc_member(enc, "id", O_U32, 0, 0);
	bemu_btf_enc_member(enc, "in", O_INNERS, 32, 0);
	bemu_btf_enc_member(enc, "comm", O_COMM, 160, 0);
	bemu_btf_enc_member(enc, "next", O_REC_PTR, 256, 0);
	bemu_btf_enc_member(enc, NULL, O_UA, 320, 0);
	bemu_btf_enc_member(enc, "tiny", O_U8, 352, 0);
	bemu_btf_enc_member(enc, "flags", O_U32, 384, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, O_REC);
	bemu_btf_enc_composite(enc, BTF_KIND_UNION, NULL, 4);
	bemu_btf_enc_member(enc, "ua", O_U32, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "rec___gone", 12);
	bemu_btf_enc_member(enc, "flags", O_U32, 0, 0);
	bemu_btf_enc_member(enc, "gone", O_U32, 32, 0);
	bemu_btf_enc_member(enc, "sg", O_INT, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "nosuch", 4);
	bemu_btf_enc_member(enc, "a", O_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "bits", 12);
	bemu_btf_enc_member(enc, "a", O_U32, 0, 3);
	bemu_btf_enc_member(enc, "b", O_U32, 3, 5);
	bemu_btf_enc_member(enc, "c", O_INT, 8, 7);
	bemu_btf_enc_member(enc, "d", O_U32, 15, 12);
	bemu_btf_enc_member(enc, "pad", O_U32, 27, 5);
	bemu_btf_enc_member(enc, "e", O_U8, 32, 0);
	bemu_btf_enc_member(enc, "plain", O_U32, 64, 0);
}

static void object_types(struct bemu_btf_enc *enc)
{
	bemu_btf_enc_int(enc, "int", 4, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "unsigned int", 4, 0);
	bemu_btf_enc_int(enc, "unsigned long long", 8, 0);
	bemu_btf_enc_int(enc, "long", 8, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "char", 1, BTF_INT_SIGNED);
	bemu_btf_enc_int(enc, "unsigned char", 1, 0);
	object_structs(enc);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "color", 4, false);
	bemu_btf_enc_enumerator(enc, "RED", 0);
	bemu_btf_enc_enumerator(enc, "GREEN", 1);
	bemu_btf_enc_enumerator(enc, "BLUE", 2);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "color___v2", 4, false);
	bemu_btf_enc_enumerator(enc, "GREEN___v2", 5);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "nope", 4, false);
	bemu_btf_enc_enumerator(enc, "NOPE", 3);
	bemu_btf_enc_ref(enc, BTF_KIND_TYPEDEF, "rec_t", O_REC);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "modonly", 4);
	bemu_btf_enc_member(enc, "a", O_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "m2only", 4);
	bemu_btf_enc_member(enc, "k", O_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "big", 12);
	bemu_btf_enc_member(enc, "near", O_U32, 0, 0);
	bemu_btf_enc_member(enc, "lim", O_U8, 32, 0);
	bemu_btf_enc_member(enc, "over", O_U8, 40, 0);
	bemu_btf_enc_member(enc, "far", O_U32, 64, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "amb", 8);
	bemu_btf_enc_member(enc, "p", O_U32, 0, 0);
	bemu_btf_enc_member(enc, "q", O_U32, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flav", 4);
	bemu_btf_enc_member(enc, "n", O_U32, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flav___old", 4);
	bemu_btf_enc_member(enc, "o", O_U32, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flav___mine", 8);
	bemu_btf_enc_member(enc, "n", O_U32, 0, 0);
	bemu_btf_enc_member(enc, "o", O_U32, 32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "flex", 4);
	bemu_btf_enc_member(enc, "n", O_U32, 0, 0);
	bemu_btf_enc_member(enc, "tail", O_TAIL, 32, 0);
	bemu_btf_enc_array(enc, O_U32, O_U32, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "rec___in", 72);
	bemu_btf_enc_member(enc, "in", O_INNERS9, 0, 0);
	bemu_btf_enc_array(enc, O_INNER, O_U32, 9);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM64, "wide", 8, false);
	bemu_btf_enc_enumerator(enc, "W_BIG", 0x1ffffffff);
	bemu_btf_enc_enumerator(enc, "W_SMALL", 1);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "inner___bad", 8);
	bemu_btf_enc_member(enc, "x", O_LONG, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "rec___sg", 4);
	bemu_btf_enc_member(enc, "id", O_INT, 0, 0);
	bemu_btf_enc_composite(enc, BTF_KIND_STRUCT, "rec___ptr", 8);
	bemu_btf_enc_member(enc, "id", O_VOID_PTR, 0, 0);
	bemu_btf_enc_ref(enc, BTF_KIND_PTR, NULL, 0);
	bemu_btf_enc_fwd(enc, "rec", false);
	bemu_btf_enc_enum(enc, BTF_KIND_ENUM, "color___u32", 4, false);
	bemu_btf_enc_enumerator(enc, "GREEN", 0x80000000);
}

#define BYTE_OFF BEMU_CORE_FIELD_BYTE_OFFSET
#define BYTE_SZ	 BEMU_CORE_FIELD_BYTE_SIZE
#define EXISTS	 BEMU_CORE_FIELD_EXISTS
#define SIGNED	 BEMU_CORE_FIELD_SIGNED
#define LSHIFT	 BEMU_CORE_FIELD_LSHIFT_U64
#define RSHIFT	 BEMU_CORE_FIELD_RSHIFT_U64

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LE_BE(le, be) (le)
#else
#define LE_BE(le, be) (be)
#endif

/* clang-format off */
static const struct row {
	const char *name;
	uint32_t root, kind;
	const char *access;
	struct bpf_insn before[2], after[2];
	int err;
	uint32_t reason;	/* when err */
} rows[] = {
	{ "a load widens with an unsigned field", O_REC, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 3, 1, 0) }, { LDX(BPF_DW, 3, 1, 8) }, 0, 0 },
	{ "an element's stride is the target's", O_REC, BYTE_OFF, "0:1:1:1",
	  { LDX(BPF_W, 3, 1, 16) }, { LDX(BPF_W, 3, 1, 52) }, 0, 0 },
	{ "a character of a longer array", O_REC, BYTE_OFF, "0:2:3",
	  { LDX(BPF_B, 3, 1, 23) }, { LDX(BPF_B, 3, 1, 19) }, 0, 0 },
	{ "a pointer member moves", O_REC, BYTE_OFF, "0:3",
	  { LDX(BPF_DW, 3, 1, 32) }, { LDX(BPF_DW, 3, 1, 80) }, 0, 0 },
	{ "a member of two anonymous levels there, one here", O_REC, BYTE_OFF, "0:4:0",
	  { LDX(BPF_W, 3, 1, 40) }, { LDX(BPF_W, 3, 1, 96) }, 0, 0 },
	{ "a byte moves", O_REC, BYTE_OFF, "0:5",
	  { LDX(BPF_B, 3, 1, 44) }, { LDX(BPF_B, 3, 1, 112) }, 0, 0 },
	{ "an offset in an immediate", O_REC, BYTE_OFF, "0:1:1:0",
	  { MOV(3, 12) }, { MOV(3, 48) }, 0, 0 },
	{ "an offset in a 32-bit immediate", O_REC, BYTE_OFF, "0:1:1:0",
	  { ADD32(3, 12) }, { ADD32(3, 48) }, 0, 0 },
	{ "an offset in an ldimm64", O_REC, BYTE_OFF, "0:1:1:0",
	  { LD64(3, 12) }, { LD64(3, 48) }, 0, 0 },
	{ "the size of an array", O_REC, BYTE_SZ, "0:2", { MOV(3, 8) }, { MOV(3, 16) }, 0, 0 },
	{ "the size of an array element", O_REC, BYTE_SZ, "0:1:0", { MOV(3, 8) }, { MOV(3, 12) }, 0, 0 },
	{ "the size of an integer", O_REC, BYTE_SZ, "0:0", { MOV(4, 4) }, { MOV(4, 8) }, 0, 0 },
	{ "the size of the whole struct", O_REC, BYTE_SZ, "0", { MOV(4, 56) }, { MOV(4, 136) }, 0, 0 },
	{ "the next struct of an array of them", O_REC, BYTE_OFF, "1",
	  { MOV(4, 56) }, { MOV(4, 136) }, 0, 0 },
	{ "a store moves", O_REC, BYTE_OFF, "0:6",
	  { STX(BPF_W, 1, 2, 48) }, { STX(BPF_W, 1, 2, 0) }, 0, 0 },
	{ "a store of an immediate moves, the value stays", O_REC, BYTE_OFF, "0:5",
	  { ST(BPF_B, 1, 44, 112) }, { ST(BPF_B, 1, 112, 112) }, 0, 0 },
	{ "through a typedef", O_REC_T, BYTE_OFF, "0:5", { MOV(4, 44) }, { MOV(4, 112) }, 0, 0 },
	{ "a field that exists", O_REC_GONE, EXISTS, "0:0", { MOV(3, 1) }, { MOV(3, 1) }, 0, 0 },
	{ "a field that does not exist", O_REC_GONE, EXISTS, "0:1", { MOV(3, 1) }, { MOV(3, 0) }, 0, 0 },
	{ "a load of a missing field is poisoned", O_REC_GONE, BYTE_OFF, "0:1",
	  { LDX(BPF_W, 3, 1, 4) }, { POISONED }, 0, 0 },
	{ "the size of a missing field is poisoned", O_REC_GONE, BYTE_SZ, "0:1",
	  { MOV(3, 4) }, { POISONED }, 0, 0 },
	{ "the sign of a missing field is poisoned", O_REC_GONE, SIGNED, "0:1",
	  { MOV(3, 0) }, { POISONED }, 0, 0 },
	{ "an ldimm64 is poisoned in both halves", O_REC_GONE, BYTE_OFF, "0:1",
	  { LD64(3, 4) }, { POISONED, POISONED }, 0, 0 },
	{ "the size of a wider signed field", O_REC_GONE, BYTE_SZ, "0:2", { MOV(3, 4) }, { MOV(3, 8) }, 0, 0 },
	{ "a load of a wider signed field is poisoned", O_REC_GONE, BYTE_OFF, "0:2",
	  { LDX(BPF_W, 3, 1, 8) }, { POISONED }, 0, 0 },
	{ "an immediate does not care about widths", O_REC_GONE, BYTE_OFF, "0:2",
	  { MOV(3, 8) }, { MOV(3, 104) }, 0, 0 },
	{ "signed here, unsigned there: poisoned", O_SG, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 3, 1, 0) }, { POISONED }, 0, 0 },
	{ "a pointer is no integer", O_REC_PTR_ID, BYTE_OFF, "0:0",
	  { LDX(BPF_DW, 3, 1, 0) }, { POISONED }, 0, 0 },
	{ "a field of a missing type", O_NOSUCH, EXISTS, "0:0", { MOV(3, 1) }, { MOV(3, 0) }, 0, 0 },
	{ "a load from a missing type is poisoned", O_NOSUCH, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 1, 1, 0) }, { POISONED }, 0, 0 },

	{ "bitfield: offset of the word", O_BITS, BYTE_OFF, "0:3", { MOV(2, 0) }, { MOV(2, 4) }, 0, 0 },
	{ "bitfield: size of the word", O_BITS, BYTE_SZ, "0:0", { MOV(2, 4) }, { MOV(2, 4) }, 0, 0 },
	{ "bitfield: what the compiler chose is not compared", O_BITS, BYTE_SZ, "0:0",
	  { MOV(2, 1) }, { MOV(2, 4) }, 0, 0 },
	{ "bitfield: left shift", O_BITS, LSHIFT, "0:0", { MOV(2, 61) }, { MOV(2, LE_BE(52, 41)) }, 0, 0 },
	{ "bitfield: right shift", O_BITS, RSHIFT, "0:0", { MOV(2, 61) }, { MOV(2, 61) }, 0, 0 },
	{ "bitfield: right shifts are compared", O_BITS, RSHIFT, "0:0", { MOV(2, 60) }, { MOV(2, 60) },
	  -EINVAL, BEMU_R_CORE_INSN_VALUE },
	{ "bitfield: unsigned", O_BITS, SIGNED, "0:0", { MOV(2, 0) }, { MOV(2, 0) }, 0, 0 },
	{ "bitfield: left shift of a signed one", O_BITS, LSHIFT, "0:2",
	  { MOV(2, 49) }, { MOV(2, LE_BE(40, 49)) }, 0, 0 },
	{ "bitfield: right shift of a signed one", O_BITS, RSHIFT, "0:2", { MOV(2, 57) }, { MOV(2, 57) }, 0, 0 },
	{ "bitfield: signed", O_BITS, SIGNED, "0:2", { MOV(2, 1) }, { MOV(2, 1) }, 0, 0 },
	{ "bitfield: wider there", O_BITS, RSHIFT, "0:3", { MOV(2, 52) }, { MOV(2, 44) }, 0, 0 },
	{ "bitfield: left shift when wider there", O_BITS, LSHIFT, "0:3",
	  { MOV(2, 37) }, { MOV(2, LE_BE(44, 32)) }, 0, 0 },
	{ "a plain field: left shift", O_BITS, LSHIFT, "0:6", { MOV(2, 32) }, { MOV(2, 32) }, 0, 0 },
	{ "a plain field: right shift", O_BITS, RSHIFT, "0:6", { MOV(2, 32) }, { MOV(2, 32) }, 0, 0 },
	{ "a bitfield there that no word of 8 bytes holds", O_BITS, BYTE_SZ, "0:5",
	  { MOV(2, 1) }, { MOV(2, 1) }, -E2BIG, BEMU_R_CORE_BITFIELD_WIDE },

	{ "enumerator", O_COLOR, BEMU_CORE_ENUMVAL_VALUE, "0", { LD64(2, 0) }, { LD64(2, 10) }, 0, 0 },
	{ "enumerator: negative ones fill both halves", O_COLOR, BEMU_CORE_ENUMVAL_VALUE, "1",
	  { LD64(2, 1) }, { LD64(2, -20) }, 0, 0 },
	{ "enumerator: missing", O_COLOR, BEMU_CORE_ENUMVAL_EXISTS, "2", { LD64(2, 1) }, { LD64(2, 0) }, 0, 0 },
	{ "enumerator: there", O_COLOR, BEMU_CORE_ENUMVAL_EXISTS, "0", { LD64(2, 1) }, { LD64(2, 1) }, 0, 0 },
	{ "enumerator: the value of a missing one is poisoned", O_COLOR, BEMU_CORE_ENUMVAL_VALUE, "2",
	  { LD64(2, 2) }, { POISONED, POISONED }, 0, 0 },
	{ "enumerator: flavours of enum and name", O_COLOR_V2, BEMU_CORE_ENUMVAL_VALUE, "0",
	  { LD64(2, 5) }, { LD64(2, -20) }, 0, 0 },
	{ "enumerator: missing enum", O_NOPE, BEMU_CORE_ENUMVAL_EXISTS, "0", { LD64(2, 1) }, { LD64(2, 0) }, 0, 0 },
	{ "enumerator: 64 bits", O_WIDE, BEMU_CORE_ENUMVAL_VALUE, "0",
	  { LD64(1, 0x1ffffffff) }, { LD64(1, 0x123456789abc) }, 0, 0 },
	{ "enumerator: small in a wide enum", O_WIDE, BEMU_CORE_ENUMVAL_VALUE, "1",
	  { LD64(1, 1) }, { LD64(1, 7) }, 0, 0 },
	{ "enumerator: u32 above 0x7fffffff is compared sign-extended", O_U32_COLOR,
	  BEMU_CORE_ENUMVAL_VALUE, "0", { LD64(2, 0x80000000) }, { LD64(2, 0x80000000) },
	  -EINVAL, BEMU_R_CORE_INSN_VALUE },

	{ "local type id: nothing is compared", O_REC, BEMU_CORE_TYPE_ID_LOCAL, "0",
	  { LD64(1, 77) }, { LD64(1, O_REC) }, 0, 0 },
	{ "target type id: nothing is compared", O_REC, BEMU_CORE_TYPE_ID_TARGET, "0",
	  { LD64(1, 77) }, { LD64(1, K_REC) }, 0, 0 },
	{ "target type id of a typedef", O_REC_T, BEMU_CORE_TYPE_ID_TARGET, "0",
	  { LD64(1, O_REC_T) }, { LD64(1, K_REC_T) }, 0, 0 },
	{ "target type id: none is 0", O_NOSUCH, BEMU_CORE_TYPE_ID_TARGET, "0",
	  { LD64(1, O_NOSUCH) }, { LD64(1, 0) }, 0, 0 },
	{ "target type id in a module", O_M2ONLY, BEMU_CORE_TYPE_ID_TARGET, "0",
	  { LD64(1, O_M2ONLY) }, { LD64(1, K_END + 2) }, 0, 0 },
	{ "a type that exists", O_REC, BEMU_CORE_TYPE_EXISTS, "0", { MOV(1, 1) }, { MOV(1, 1) }, 0, 0 },
	{ "a type that does not exist", O_NOSUCH, BEMU_CORE_TYPE_EXISTS, "0", { MOV(1, 1) }, { MOV(1, 0) }, 0, 0 },
	{ "a forward declaration is no struct", O_FWD, BEMU_CORE_TYPE_EXISTS, "0",
	  { MOV(1, 1) }, { MOV(1, 0) }, 0, 0 },
	{ "size of a type", O_REC, BEMU_CORE_TYPE_SIZE, "0", { MOV(1, 56) }, { MOV(1, 136) }, 0, 0 },
	{ "size of a missing type", O_NOSUCH, BEMU_CORE_TYPE_SIZE, "0", { MOV(1, 4) }, { MOV(1, 0) }, 0, 0 },
	{ "a type that matches", O_INNER, BEMU_CORE_TYPE_MATCHES, "0", { MOV(1, 1) }, { MOV(1, 1) }, 0, 0 },
	{ "a type that does not match", O_INNER_BAD, BEMU_CORE_TYPE_MATCHES, "0",
	  { MOV(1, 1) }, { MOV(1, 0) }, 0, 0 },

	{ "offset 32767 fits a load", O_BIG, BYTE_OFF, "0:1",
	  { LDX(BPF_B, 1, 1, 4) }, { LDX(BPF_B, 1, 1, 32767) }, 0, 0 },
	{ "offset 32768 does not", O_BIG, BYTE_OFF, "0:2",
	  { LDX(BPF_B, 1, 1, 5) }, { LDX(BPF_B, 1, 1, 5) }, -ERANGE, BEMU_R_CORE_OFF_RANGE },
	{ "an immediate has no such limit", O_BIG, BYTE_OFF, "0:3", { MOV(1, 8) }, { MOV(1, 40000) }, 0, 0 },
	{ "candidates that agree", O_AMB, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 1, 1, 0) }, { LDX(BPF_W, 1, 1, 0) }, 0, 0 },
	{ "candidates with different offsets", O_AMB, BYTE_OFF, "0:1",
	  { LDX(BPF_W, 1, 1, 4) }, { LDX(BPF_W, 1, 1, 4) }, -EINVAL, BEMU_R_CORE_OFFSET_AMBIGUOUS },
	{ "candidates with different sizes", O_AMB, BEMU_CORE_TYPE_SIZE, "0",
	  { MOV(1, 8) }, { MOV(1, 8) }, -EINVAL, BEMU_R_CORE_VALUE_AMBIGUOUS },
	{ "candidates with different ids", O_AMB, BEMU_CORE_TYPE_ID_TARGET, "0",
	  { MOV(1, 8) }, { MOV(1, 8) }, -EINVAL, BEMU_R_CORE_VALUE_AMBIGUOUS },
	{ "candidates of two modules", O_MODONLY, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 1, 1, 0) }, { LDX(BPF_W, 1, 1, 0) }, -EINVAL, BEMU_R_CORE_OFFSET_AMBIGUOUS },
	{ "only one candidate has the member", O_FLAV, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 1, 1, 0) }, { LDX(BPF_W, 1, 1, 12) }, 0, 0 },
	{ "the flavour of a candidate does not count", O_FLAV_OLD, BYTE_OFF, "0:0",
	  { LDX(BPF_W, 1, 1, 0) }, { LDX(BPF_W, 1, 1, 4) }, 0, 0 },
	{ "a flexible array has any index", O_FLEX, BYTE_OFF, "0:1:100",
	  { LDX(BPF_W, 1, 1, 404) }, { LDX(BPF_W, 1, 1, 404) }, 0, 0 },
	{ "offsets in bits wrap at 2^32", O_FLEX, BYTE_OFF, "0:1:134217728",
	  { MOV(1, 4) }, { MOV(1, 4) }, 0, 0 },
	{ "the last element there", O_REC_IN, EXISTS, "0:0:3:0", { MOV(1, 1) }, { MOV(1, 1) }, 0, 0 },
	{ "one past the last element there", O_REC_IN, EXISTS, "0:0:4:0", { MOV(1, 1) }, { MOV(1, 0) }, 0, 0 },
	{ "an immediate that is not the local offset", O_REC, BYTE_OFF, "0:5",
	  { MOV(1, 45) }, { MOV(1, 45) }, -EINVAL, BEMU_R_CORE_INSN_VALUE },
	{ "a load that is not at the local offset", O_REC, BYTE_OFF, "0:5",
	  { LDX(BPF_B, 1, 1, 45) }, { LDX(BPF_B, 1, 1, 45) }, -EINVAL, BEMU_R_CORE_INSN_VALUE },
	{ "a load that is not as wide as the local field", O_REC, BYTE_OFF, "0:0",
	  { LDX(BPF_H, 1, 1, 0) }, { LDX(BPF_H, 1, 1, 0) }, -EINVAL, BEMU_R_CORE_WIDTH },
	{ "signedness of an element", O_REC, SIGNED, "0:1:1", { MOV(1, 0) }, { MOV(1, 0) },
	  -EINVAL, BEMU_R_CORE_ARRAY_ASPECT },
	{ "an exit takes no value", O_REC, BYTE_OFF, "0:0", { EXIT }, { EXIT },
	  -EINVAL, BEMU_R_CORE_INSN_FORM },
	{ "a poisoned word is not patched again", O_REC, BYTE_OFF, "0:0", { POISONED }, { POISONED },
	  -EINVAL, BEMU_R_CORE_INSN_FORM },

};
/* clang-format on */

static void run_row(void **state)
{
	const struct row *row = *state;
	struct bpf_insn insns[2] = { row->before[0], row->before[1] };
	struct relo_world w;
	int err;

	world_init(&w, object_types, NULL, row->root, row->kind, row->access);
	err = world_relocate(&w, BEMU_CORE_LIBBPF_1_7, insns, 2);
	if (err != row->err)
		fail_msg("%d, %s", err,
			 bemu_log_last(&w.env->log) ? bemu_log_last(&w.env->log)->text : "-");
	if (err)
		assert_int_equal(last_reason(w.env), row->reason);
	assert_memory_equal(insns, row->after, sizeof(insns));
	world_fini(&w);
}

/* The same answers under every release where nothing in the sample differs. */
static void every_release_gives_the_same_words(void **state)
{
	uint32_t rules;
	size_t i;

	(void)state;
	for (rules = BEMU_CORE_LIBBPF_1_1; rules <= BEMU_CORE_KERNEL_6_18; rules++)
		for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
			struct bpf_insn insns[2] = { rows[i].before[0], rows[i].before[1] };
			struct relo_world w;

			world_init(&w, object_types, NULL, rows[i].root, rows[i].kind,
				   rows[i].access);
			assert_int_equal(world_relocate(&w, rules, insns, 2), rows[i].err);
			assert_memory_equal(insns, rows[i].after, sizeof(insns));
			world_fini(&w);
		}
}

static void without_a_record_the_words_are_the_same_and_nothing_is_allocated(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < BEMU_ARRAY_SIZE(rows); i++) {
		struct bpf_insn insns[2] = { rows[i].before[0], rows[i].before[1] };
		struct bemu_core_res res;
		struct relo_world w;
		size_t live;
		int err;

		world_init(&w, object_types, NULL, rows[i].root, rows[i].kind, rows[i].access);
		assert_int_equal(world_cands(&w), 0);
		live = bemu_env_live(w.env);
		err = bemu_core_calc(w.env, BEMU_CORE_LIBBPF_1_7, w.object, &w.relo, &w.cands, "p",
				     &res, NULL);
		assert_int_equal(bemu_env_live(w.env), live);
		if (!err)
			err = bemu_core_patch(w.env, BEMU_CORE_LIBBPF_1_7, "p", insns, 2, 0,
					      &w.relo, &res);
		assert_int_equal(err, rows[i].err);
		assert_memory_equal(insns, rows[i].after, sizeof(insns));
		world_fini(&w);
	}
}

/* A relocation removes the candidates that do not have its member, for all that come later. */
static void candidates_are_pruned_for_later_relocations(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;
	uint32_t o_off;

	(void)state;
	world_init(&w, object_types, NULL, O_FLAV_MINE, BYTE_OFF, "0:0");
	assert_int_equal(world_cands(&w), 0);
	assert_int_equal(w.cands.nr, 2);
	assert_int_equal(w.cands.arr[0].type_id, K_FLAV_OLD);
	assert_int_equal(bemu_core_calc(w.env, BEMU_CORE_LIBBPF_1_7, w.object, &w.relo, &w.cands,
					"p", &res, NULL),
			 0);
	assert_int_equal(res.new_val, 12);
	assert_int_equal(w.cands.nr, 1);
	assert_int_equal(w.cands.arr[0].type_id, K_FLAV);
	bemu_btf_put(w.object);
	w.object = object_parse(w.env, object_types, "0:1", &o_off);
	w.relo.access_str_off = o_off;
	w.relo.kind = EXISTS;
	assert_int_equal(bemu_core_calc(w.env, BEMU_CORE_LIBBPF_1_7, w.object, &w.relo, &w.cands,
					"p", &res, NULL),
			 0);
	assert_int_equal(res.new_val, 0);
	assert_int_equal(w.cands.nr, 1); /* nothing matched: the list stays */
	world_fini(&w);
}

static void failure_leaves_the_result_alone(void **state)
{
	struct bemu_core_res res, before;
	struct relo_world w;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	res = before;
	world_init(&w, object_types, NULL, O_AMB, BYTE_OFF, "0:1");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_memory_equal(&res, &before, sizeof(res));
	world_fini(&w);
}

static void a_missing_root_type_is_refused(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, object_types, NULL, 9999, BEMU_CORE_TYPE_ID_LOCAL, "0");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_TYPE);
	w.relo.kind = BEMU_CORE_TYPE_EXISTS;
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_TYPE);
	world_fini(&w);
}

static void an_anonymous_root_has_an_id_but_no_candidates(void **state)
{
	struct bemu_core_res res;
	struct relo_world w;

	(void)state;
	world_init(&w, object_types, NULL, O_UA, BEMU_CORE_TYPE_ID_LOCAL, "0");
	assert_int_equal(world_calc(&w, BEMU_CORE_LIBBPF_1_7, &res), 0);
	assert_int_equal(res.new_val, O_UA);
	w.relo.kind = BEMU_CORE_TYPE_EXISTS;
	assert_int_equal(world_cands(&w), -EINVAL);
	assert_int_equal(last_reason(w.env), BEMU_R_CORE_ANONYMOUS);
	/* as when somebody else looked for candidates */
	assert_int_equal(bemu_core_calc(w.env, BEMU_CORE_LIBBPF_1_7, w.object, &w.relo, NULL, "p",
					&res, NULL),
			 -EOPNOTSUPP);
	world_fini(&w);
}

static int whole_relocation(struct bemu_env *env, void *arg)
{
	struct bemu_core_cands cands = { 0 };
	struct bemu_core_record rec = { 0 };
	struct bemu_core_res res;
	struct relo_world *w = arg;
	int err;

	err = bemu_core_add_cands(env, w->object, w->relo.type_id, w->kernel, "vmlinux", 1, &cands);
	if (!err)
		err = bemu_core_calc(env, BEMU_CORE_LIBBPF_1_7, w->object, &w->relo, &cands, "p",
				     &res, &rec);
	bemu_core_record_fini(env, &rec);
	bemu_core_cands_fini(env, &cands);
	return err;
}

static void failing_allocations_are_reported(void **state)
{
	struct relo_world w;

	(void)state;
	world_init(&w, object_types, NULL, O_FLAV, BYTE_OFF, "0:0");
	test_failure_sweep(whole_relocation, &w);
	world_fini(&w);
}

int main(void)
{
	static struct CMUnitTest tests[160] = {
		cmocka_unit_test(every_release_gives_the_same_words),
		cmocka_unit_test(without_a_record_the_words_are_the_same_and_nothing_is_allocated),
		cmocka_unit_test(candidates_are_pruned_for_later_relocations),
		cmocka_unit_test(failure_leaves_the_result_alone),
		cmocka_unit_test(a_missing_root_type_is_refused),
		cmocka_unit_test(an_anonymous_root_has_an_id_but_no_candidates),
		cmocka_unit_test(failing_allocations_are_reported),
	};
	size_t nr_tests = 7;

	RUN_ROWS(rows, run_row);
	return _cmocka_run_group_tests("relo", tests, nr_tests, NULL, NULL);
}
