/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The tag of a program: the first bytes of the SHA-1, since v6.18 of the SHA-256, of its instructions without
 * numbers of maps. Mirrors bpf_prog_calc_tag(), kernel/bpf/core.c, v6.1 and v6.18.
 */
#include <string.h>

#include "base/sha256.h"
#include "insn/insn.h"
#include "sys/prog.h"

enum { BLOCK = 64 };

static uint32_t rol(uint32_t v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

/* FIPS 180-4, 6.1.2. */
static void sha1_block(uint32_t h[5], const uint8_t *p)
{
	uint32_t w[80], v[5], f, k, t;
	unsigned int i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, h, sizeof(v));
	for (i = 0; i < 80; i++) {
		if (i < 20) {
			f = (v[1] & v[2]) | (~v[1] & v[3]);
			k = 0x5a827999;
		} else if (i < 40) {
			f = v[1] ^ v[2] ^ v[3];
			k = 0x6ed9eba1;
		} else if (i < 60) {
			f = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]);
			k = 0x8f1bbcdc;
		} else {
			f = v[1] ^ v[2] ^ v[3];
			k = 0xca62c1d6;
		}
		t = rol(v[0], 5) + f + v[4] + k + w[i];
		memmove(&v[1], &v[0], 4 * sizeof(v[0]));
		v[2] = rol(v[2], 30);
		v[0] = t;
	}
	for (i = 0; i < 5; i++)
		h[i] += v[i];
}

/* The first two words of the hash are the tag. */
static void sha1_tag(const uint8_t *p, size_t len, uint8_t tag[8])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint8_t tail[2 * BLOCK] = { 0 };
	size_t left = len, tail_len, i;
	uint64_t bits = (uint64_t)len * 8;

	for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
		sha1_block(h, p);
	memcpy(tail, p, left);
	tail[left] = 0x80;
	tail_len = left + 9 > BLOCK ? 2 * BLOCK : BLOCK;
	for (i = 0; i < 8; i++)
		tail[tail_len - 1 - i] = (uint8_t)(bits >> 8 * i);
	for (i = 0; i < tail_len; i += BLOCK)
		sha1_block(h, tail + i);
	for (i = 0; i < 8; i++)
		tag[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* No number of a map: it is another one at every load. */
static void mask_maps(struct bpf_insn *insns, uint32_t nr)
{
	bool second = false;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		struct bpf_insn *insn = &insns[i];

		if (!second && bemu_insn_is_ld64(insn) &&
		    (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE)) {
			second = true;
			insn->imm = 0;
			continue;
		}
		if (second && !insn->code && !insn->dst_reg && !insn->src_reg && !insn->off)
			insn->imm = 0;
		second = false;
	}
}

int bemu_verif_calc_tag(struct bemu_verif *v)
{
	struct bemu_prog *prog = v->prog;
	size_t len = (size_t)prog->nr_insns * sizeof(struct bpf_insn);
	struct bpf_insn *insns = bemu_memdup(v->ctx->env, prog->insns, len);

	if (!insns)
		return -ENOMEM;
	mask_maps(insns, prog->nr_insns);
	if (bemu_model_has(v->ctx->model, BEMU_KF_SHA256_TAG)) {
		bemu_sha256(insns, len, v->digest);
		memcpy(prog->tag, v->digest, sizeof(prog->tag));
	} else {
		sha1_tag((const uint8_t *)insns, len, prog->tag);
	}
	bemu_mem_free(v->ctx->env, insns);
	return 0;
}
