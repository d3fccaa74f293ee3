/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The kernel's rules for BTF from user space, and those for its own. Mirrors btf_parse_hdr(),
 * btf_parse_str_sec(), btf_parse_type_sec() and btf_parse_module(), kernel/bpf/btf.c, v6.18.
 */
#include <string.h>

#include "sys/kbtf.h"

enum { HDR_LEN = 24, MIN_TYPE_LEN = 12 };

const struct btf_type bemu_kbtf_void[1];

struct section {
	uint32_t off, len;
};

static int check_sections(struct bemu_kbtf_check *c, const struct btf_header *hdr, uint32_t body)
{
	struct section sec[2] = {
		{ hdr->type_off, hdr->type_len },
		{ hdr->str_off, hdr->str_len },
	};
	uint32_t total = 0, i;

	if ((int32_t)(sec[1].off - sec[0].off) < 0 ||
	    (sec[1].off == sec[0].off && (int32_t)(sec[1].len - sec[0].len) < 0)) {
		struct section tmp = sec[0];

		sec[0] = sec[1];
		sec[1] = tmp;
	}
	for (i = 0; i < 2; i++) {
		if (sec[i].off > body)
			return bemu_kbtf_say(c, "Invalid section offset");
		if (total < sec[i].off)
			return bemu_kbtf_say(c, "Unsupported section found");
		if (total > sec[i].off)
			return bemu_kbtf_say(c, "Section overlap found");
		if (body - total < sec[i].len)
			return bemu_kbtf_say(c, "Total section length too long");
		total += sec[i].len;
	}
	if (total != body)
		return bemu_kbtf_say(c, "Unsupported section found");
	return 0;
}

static void show_header(struct bemu_kbtf_check *c, const struct btf_header *hdr, uint32_t len)
{
	if (c->kernel)
		return;
	bemu_klog(c->log, "magic: 0x%x\n", hdr->magic);
	bemu_klog(c->log, "version: %u\n", hdr->version);
	bemu_klog(c->log, "flags: 0x%x\n", hdr->flags);
	bemu_klog(c->log, "hdr_len: %u\n", hdr->hdr_len);
	bemu_klog(c->log, "type_off: %u\n", hdr->type_off);
	bemu_klog(c->log, "type_len: %u\n", hdr->type_len);
	bemu_klog(c->log, "str_off: %u\n", hdr->str_off);
	bemu_klog(c->log, "str_len: %u\n", hdr->str_len);
	bemu_klog(c->log, "btf_total_size: %u\n", len);
}

static int check_header(struct bemu_kbtf_check *c, const uint8_t *raw, uint32_t len,
			struct btf_header *hdr)
{
	uint32_t i, hdr_len;

	if (len < 8)
		return bemu_kbtf_say(c, "hdr_len not found");
	memcpy(&hdr_len, raw + 4, sizeof(hdr_len));
	if (len < hdr_len)
		return bemu_kbtf_say(c, "btf_header not found");
	for (i = HDR_LEN; i < hdr_len; i++) {
		if (raw[i]) {
			(void)bemu_kbtf_say(c, "Unsupported btf_header");
			return -E2BIG;
		}
	}
	/* a header that ends before hdr_len itself leaves that 0, too */
	memset(hdr, 0, sizeof(*hdr));
	memcpy(hdr, raw, hdr_len < HDR_LEN ? hdr_len : HDR_LEN);
	if (bemu_kbtf_logs(c))
		show_header(c, hdr, len);
	if (hdr->magic != BTF_MAGIC)
		return bemu_kbtf_say(c, "Invalid magic");
	if (hdr->version != BTF_VERSION) {
		(void)bemu_kbtf_say(c, "Unsupported version");
		return -BEMU_K_ENOTSUPP;
	}
	if (hdr->flags) {
		(void)bemu_kbtf_say(c, "Unsupported flags");
		return -BEMU_K_ENOTSUPP;
	}
	if (!c->base && len == hdr->hdr_len)
		return bemu_kbtf_say(c, "No data");
	return check_sections(c, hdr, len - hdr->hdr_len);
}

static int check_strings(struct bemu_kbtf_check *c, const struct btf_header *hdr, uint32_t body)
{
	if (hdr->str_off + hdr->str_len != body)
		return bemu_kbtf_say(c, "String section is not at the end");
	if (c->base && !hdr->str_len)
		return 0;
	if (!hdr->str_len || hdr->str_len - 1 > BEMU_K_BTF_MAX_NAME_OFFSET ||
	    c->strs[hdr->str_len - 1])
		return bemu_kbtf_say(c, "Invalid string section");
	if (!c->base && c->strs[0])
		return bemu_kbtf_say(c, "Invalid string section");
	return 0;
}

/*
 * Everything that the verifier needs, as one block; given to the caller, NULL without memory. The types
 * are copied into it when a header of odd length leaves them unaligned.
 */
static void *set_up(struct bemu_kbtf_check *c)
{
	size_t max = c->types_len / MIN_TYPE_LEN + 1, bytes = (size_t)c->str_len / 8 + 1;
	size_t copy = (uintptr_t)c->types % 4 ? c->types_len : 0, len;
	uint32_t *ids;
	char *block;

	len = max * (3 * sizeof(*ids) + 2) + copy + bytes;
	block = bemu_alloc(c->env, len);
	if (!block)
		return NULL;
	ids = (uint32_t *)(void *)block;
	c->off = ids;
	c->res_id = ids + max;
	c->res_size = ids + 2 * max;
	ids += 3 * max;
	if (copy) {
		memcpy(ids, c->types, copy);
		c->types = (const char *)ids;
	}
	c->kind = (uint8_t *)ids + copy;
	c->state = c->kind + max;
	c->good_name = c->state + max;
	return block;
}

static int check_types(struct bemu_kbtf_check *c)
{
	int err;

	if (!c->base) {
		c->off[0] = 0;
		c->kind[0] = 0;
		c->nr = 1;
	} else {
		c->first = bemu_btf_nr_types(c->base);
		c->nr = c->first;
	}
	err = bemu_kbtf_check_metas(c);
	if (!err && !c->kernel) {
		memset(c->res_id, 0, c->nr * sizeof(*c->res_id));
		memset(c->res_size, 0, c->nr * sizeof(*c->res_size));
		memset(c->state, BEMU_KBTF_NOT_VISITED, c->nr);
		err = bemu_kbtf_check_types(c);
	}
	/* v5.17, 8c42d2fa4eea: the order of type tags */
	if (!err && bemu_model_has(c->model, BEMU_KF_TYPE_TAGS))
		err = bemu_kbtf_check_tags(c);
	if (!err && !c->kernel && c->model->prof->kernel > BEMU_KERNEL_6_1)
		err = bemu_kbtf_check_fields(c);
	return err;
}

static int check_all(struct bemu_kbtf_check *c, const void *raw, uint32_t len)
{
	struct btf_header hdr;
	const char *body;
	void *block;
	int err;

	err = check_header(c, raw, len, &hdr);
	if (err)
		return err;
	body = (const char *)raw + hdr.hdr_len;
	c->strs = body + hdr.str_off;
	c->str_len = hdr.str_len;
	err = check_strings(c, &hdr, len - hdr.hdr_len);
	if (err)
		return err;
	if (hdr.type_off & 3)
		return bemu_kbtf_say(c, "Unaligned type_off");
	if (!c->base && !hdr.type_len)
		return bemu_kbtf_say(c, "No type found");
	c->types = body + hdr.type_off;
	c->types_len = hdr.type_len;
	block = set_up(c);
	if (!block)
		return -ENOMEM;
	bemu_kbtf_note_names(c);
	err = check_types(c);
	bemu_mem_free(c->env, block);
	return err;
}

int bemu_kbtf_check(struct bemu_model *model, struct bemu_env *env, struct bemu_klog *log,
		    const void *raw, uint32_t len, const struct bemu_btf *base, unsigned int flags)
{
	struct bemu_kbtf_check c = {
		.model = model,
		.env = env,
		.log = log,
		.base = base,
		.kernel = flags & BEMU_KBTF_KERNEL,
		.start_str_off = base ? bemu_btf_end_str_off(base) : 0,
	};

	return check_all(&c, raw, len);
}

/* A BTF in the other byte order is that of another machine's kernel, whose verifier is not modelled. */
static bool is_swapped(const uint8_t *raw, size_t len)
{
	const uint16_t magic = BTF_MAGIC;
	uint8_t own[2];

	memcpy(own, &magic, sizeof(own));
	return len >= 2 && raw[0] == own[1] && raw[1] == own[0];
}

int bemu_kbtf_check_own(struct bemu_model *model, struct bemu_env *env, const void *raw, size_t len,
			const struct bemu_btf *base)
{
	enum { LOG_LEN = 4096 };
	struct bemu_klog log = { .level = 1, .ubuf = 1, .size = LOG_LEN };
	struct bemu_kbtf_check c = {
		.model = model,
		.env = env,
		.log = &log,
		.base = base,
		.kernel = true,
		.start_str_off = base ? bemu_btf_end_str_off(base) : 0,
	};
	const char *said;
	int err;

	if (is_swapped(raw, len))
		return 0;
	if (len > UINT32_MAX)
		return bemu_fail(env, -E2BIG, BEMU_R_KBTF_RULE, 0, "%zu bytes, at most %u", len,
				 UINT32_MAX);
	bemu_buf_init(&log.buf, env);
	err = check_all(&c, raw, (uint32_t)len);
	if (err && !env->fault) {
		said = bemu_buf_str(&log.buf) + strspn(bemu_buf_str(&log.buf), "\t ");
		bemu_fail(env, err, BEMU_R_KBTF_RULE, c.log_type_id,
			  "type %u: the kernel: %.*s; types begin at %u and strings at %u here",
			  c.log_type_id, (int)strcspn(said, "\n"), said, c.first ? c.first : 1,
			  c.start_str_off);
	}
	bemu_buf_fini(&log.buf);
	return env->fault ? env->fault : err;
}
