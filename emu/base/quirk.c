/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include <bemu/quirks.h>

/* What the table says in the columns of releases; K_ is a kernel's. */
#define BEMU_LIBBPF_NONE   BEMU_LIBBPF_DEFAULT
#define BEMU_LIBBPF_K_5_15 (BEMU_QUIRK_KERNEL | BEMU_KERNEL_5_15)
#define BEMU_LIBBPF_K_6_6  (BEMU_QUIRK_KERNEL | BEMU_KERNEL_6_6)

static const struct bemu_quirk_info infos[] = {
#define X(name, id, title, where, brought, fixed, detector, cls, first, last) \
	{ id,                                                                 \
	  title,                                                              \
	  where,                                                              \
	  brought,                                                            \
	  fixed,                                                              \
	  detector,                                                           \
	  BEMU_QUIRK_##cls,                                                   \
	  BEMU_LIBBPF_##first,                                                \
	  BEMU_LIBBPF_##last },
#include <bemu/quirks.def>
#undef X
};

_Static_assert(BEMU_NR_QUIRKS <= 64, "a set has one bit a quirk");

const struct bemu_quirk_info *bemu_quirk_info(uint32_t quirk)
{
	return quirk < BEMU_NR_QUIRKS ? &infos[quirk] : NULL;
}

int bemu_quirk_find(const char *id, uint32_t *out)
{
	uint32_t i;

	for (i = 0; i < BEMU_NR_QUIRKS; i++) {
		if (strcmp(infos[i].id, id))
			continue;
		*out = i;
		return 0;
	}
	return -ENOENT;
}

void bemu_quirks_set(struct bemu_quirks *set, uint32_t quirk, bool on)
{
	uint64_t bit = quirk < BEMU_NR_QUIRKS ? 1ull << quirk : 0;

	set->on = on ? set->on | bit : set->on & ~bit;
	set->off = on ? set->off & ~bit : set->off | bit;
}

bool bemu_quirks_has(const struct bemu_quirks *set, uint32_t quirk, uint32_t libbpf)
{
	uint64_t bit = quirk < BEMU_NR_QUIRKS ? 1ull << quirk : 0;

	if ((set->on | set->off) & bit)
		return set->on & bit;
	return bit && infos[quirk].first != BEMU_LIBBPF_NONE && libbpf >= infos[quirk].first &&
	       libbpf <= infos[quirk].last;
}
