// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Names of a C dump: identifiers, each given once in its name space. */
#include "btf/dump_c.h"

#include <errno.h>
#include <string.h>

static uint32_t hash_text(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ (h >> 15);
}

static struct bemu_btf_c_slot *find_slot(const struct bemu_btf_c *d, const char *text)
{
	uint32_t i = hash_text(text) & (d->nr_slots - 1);

	while (d->slots[i].off && strcmp(d->pool.data + d->slots[i].off - 1, text))
		i = (i + 1) & (d->nr_slots - 1);
	return &d->slots[i];
}

static int grow_slots(struct bemu_btf_c *d)
{
	struct bemu_btf_c_slot *old = d->slots;
	uint32_t nr_old = d->nr_slots, nr = nr_old ? nr_old * 2 : 256, i;
	struct bemu_btf_c_slot *slots;

	if (d->nr_names < nr_old / 2)
		return 0;
	slots = bemu_zalloc_array(d->env, nr, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	d->slots = slots;
	d->nr_slots = nr;
	for (i = 0; i < nr_old; i++)
		if (old[i].off)
			*find_slot(d, d->pool.data + old[i].off - 1) = old[i];
	bemu_mem_free(d->env, old);
	return 0;
}

void bemu_btf_c_identifier(struct bemu_buf *buf, const char *s)
{
	char c;

	if (*s >= '0' && *s <= '9')
		bemu_buf_add(buf, "_", 1);
	for (; *s; s++) {
		c = *s;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			c = '_';
		bemu_buf_add(buf, &c, 1);
	}
}

uint32_t bemu_btf_c_give_name(struct bemu_btf_c *d, char ns, const char *name)
{
	size_t start = d->pool.len, base_len;
	struct bemu_btf_c_slot *slot, *first = NULL;
	uint32_t suffix;

	d->err = d->err ? d->err : grow_slots(d);
	if (d->err)
		return 0;
	bemu_buf_add(&d->pool, &ns, 1);
	bemu_btf_c_identifier(&d->pool, name);
	base_len = d->pool.len - start;
	for (;;) {
		if (d->pool.err || d->pool.len >= UINT32_MAX - 1) {
			d->err = d->pool.err ? d->pool.err : -EINVAL;
			return 0;
		}
		slot = find_slot(d, d->pool.data + start);
		if (!slot->off)
			break;
		if (!first) {
			first = slot;
			if (!first->next_suffix)
				first->next_suffix = 2;
		}
		suffix = first->next_suffix++;
		d->pool.len = start + base_len;
		bemu_buf_printf(&d->pool, "___%u", suffix);
	}
	slot->off = (uint32_t)start + 1;
	d->nr_names++;
	bemu_buf_add(&d->pool, NULL, 1);
	d->err = d->pool.err;
	return d->err ? 0 : (uint32_t)start + 1;
}

const char *bemu_btf_c_name(const struct bemu_btf_c *d, uint32_t id)
{
	if (!d->whole || !bemu_btf_c_own(d, id))
		return bemu_btf_name(d->btf, id);
	return d->name[id - d->btf->start_id] ? d->pool.data + d->name[id - d->btf->start_id] : "";
}
