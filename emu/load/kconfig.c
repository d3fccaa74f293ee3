/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Kconfig variables: values from the caller's text and from the configuration of the kernel, into the image
 * of the .kconfig map.
 * Mirrors bpf_object__process_kconfig_line(), set_kcfg_value_tri(), set_kcfg_value_str(),
 * set_kcfg_value_num(), parse_u64(), tools/lib/bpf/libbpf.c, 1.7; so do comments without a path.
 */
#include "load/kconfig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE_LEN = 4096 }; /* PATH_MAX: longer lines are read in pieces, each taken for a line */

static const char config_prefix[] = "CONFIG_";

/* A line of text that is being looked at; its buffer is not cleared between lines. */
struct kconfig {
	struct bemu_load *ld;
	uint64_t line_nr;
	char line[LINE_LEN];
};

static uint8_t *value_of(struct bemu_load *ld, uint32_t ext_idx)
{
	uint8_t *image = ld->map_data[ld->obj->kconfig_map_idx];

	return image + ld->obj->externs[ext_idx].kcfg_data_off;
}

/* The outcome shows the first eight bytes, as the program would read them. */
static void set_done(struct bemu_load *ld, uint32_t ext_idx)
{
	struct bemu_load_extern *ext = &ld->externs[ext_idx];
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	const uint8_t *src = value_of(ld, ext_idx);
	uint16_t v16;
	uint32_t v32;

	switch (desc->kcfg_type == BEMU_KCFG_CHAR_ARR ? 0 : desc->kcfg_size) {
	case 1:
		ext->value = *src;
		break;
	case 2:
		memcpy(&v16, src, sizeof(v16));
		ext->value = v16;
		break;
	case 4:
		memcpy(&v32, src, sizeof(v32));
		ext->value = v32;
		break;
	default:
		memcpy(&ext->value, src,
		       desc->kcfg_size < sizeof(ext->value) ? desc->kcfg_size : sizeof(ext->value));
		break;
	}
	ext->is_set = true;
}

/* Mirrors is_kcfg_value_in_range(). */
static bool in_range(const struct bemu_obj_extern *desc, uint64_t v)
{
	uint32_t bits = desc->kcfg_size * 8;

	if (desc->kcfg_size == sizeof(v))
		return true;
	if (desc->kcfg_is_signed)
		return v + (1ull << (bits - 1)) < 1ull << bits;
	return v >> bits == 0;
}

int bemu_load_kconfig_num(struct bemu_load *ld, uint32_t ext_idx, uint64_t v)
{
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	uint32_t type = desc->kcfg_type;
	uint8_t *at;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	if (type != BEMU_KCFG_INT && type != BEMU_KCFG_CHAR && type != BEMU_KCFG_BOOL)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: %llu is for an integer, a char or a bool", desc->name,
				 (unsigned long long)v);
	if (type == BEMU_KCFG_BOOL && v > 1)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: %llu is no bool", desc->name, (unsigned long long)v);
	if (!in_range(desc, v))
		return bemu_fail(ld->env, -ERANGE, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: %llu does not fit %u bytes", desc->name,
				 (unsigned long long)v, desc->kcfg_size);
	at = value_of(ld, ext_idx);
	switch (desc->kcfg_size) {
	case 1:
		*at = (uint8_t)v;
		break;
	case 2:
		memcpy(at, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(at, &v32, sizeof(v32));
		break;
	case 8:
		memcpy(at, &v, sizeof(v));
		break;
	default:
		return -EINVAL;
	}
	set_done(ld, ext_idx);
	return 0;
}

static int set_tri(struct kconfig *cfg, uint32_t ext_idx, char v)
{
	struct bemu_load *ld = cfg->ld;
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	uint32_t tristate = v == 'y' ? 1 : v == 'm' ? 2 : 0;
	bool fits = desc->kcfg_type == BEMU_KCFG_TRISTATE || desc->kcfg_type == BEMU_KCFG_CHAR ||
		    (desc->kcfg_type == BEMU_KCFG_BOOL && v != 'm');

	if (!fits)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: '%c' is for a tristate%s or a char", desc->name, v,
				 v == 'm' ? "" : ", a bool");
	if (desc->kcfg_type == BEMU_KCFG_TRISTATE)
		memcpy(value_of(ld, ext_idx), &tristate, sizeof(tristate));
	else
		*value_of(ld, ext_idx) = desc->kcfg_type == BEMU_KCFG_BOOL ? v == 'y' : (uint8_t)v;
	set_done(ld, ext_idx);
	return 0;
}

/*
 * @value begins with a quote. Up to 1.5 a lone quote was taken for its own end, its length wrapped, and what
 * was left of earlier lines behind it was copied; here no further than the buffer goes.
 */
static int set_str(struct kconfig *cfg, uint32_t ext_idx, const char *value)
{
	struct bemu_load *ld = cfg->ld;
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	size_t len = strlen(value), room, left;
	uint8_t *at;

	if (desc->kcfg_type != BEMU_KCFG_CHAR_ARR)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: a string is for an array of char", desc->name);
	if (value[len - 1] != '"' || (len < 2 && bemu_load_at_least(ld, BEMU_LIBBPF_1_7)))
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: a string that does not end", desc->name);
	room = desc->kcfg_size - 1;
	left = (size_t)(cfg->line + sizeof(cfg->line) - (value + 1));
	if (len < 2 || len - 2 > room) {
		bemu_note(ld->env, BEMU_R_LOAD_KCONFIG, ext_idx, "%s: cut to %zu characters",
			  desc->name, room);
		len = room < left ? room : left;
	} else {
		len -= 2;
	}
	at = value_of(ld, ext_idx);
	memcpy(at, value + 1, len);
	at[len] = '\0';
	set_done(ld, ext_idx);
	return 0;
}

/* Value of a digit in any base; 99 when it is none. */
static uint32_t digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint32_t)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (uint32_t)(c - 'A') + 10;
	return 99;
}

/* Mirrors parse_u64(): strtoull() with base 0 over the whole text; a sign and leading blanks are allowed. */
static int parse_u64(const char *s, uint64_t *out)
{
	bool negative = false, overflow = false, any = false;
	uint32_t base = 10;
	uint64_t v = 0;

	s += strspn(s, " \t\n\v\f\r");
	if (*s == '-' || *s == '+')
		negative = *s++ == '-';
	if (*s == '0' && (s[1] == 'x' || s[1] == 'X') && digit(s[2]) < 16) {
		base = 16;
		s += 2;
	} else if (*s == '0') {
		base = 8;
	}
	for (; digit(*s) < base; s++) {
		any = true;
		if (bemu_mul_u64(v, base, &v) || bemu_add_u64(v, digit(*s), &v))
			overflow = true;
	}
	if (overflow)
		return -ERANGE;
	if (!any || *s)
		return -EINVAL;
	*out = negative ? 0 - v : v;
	return 0;
}

static int set_int(struct kconfig *cfg, uint32_t ext_idx, const char *value)
{
	struct bemu_load *ld = cfg->ld;
	const struct bemu_obj_extern *desc = &ld->obj->externs[ext_idx];
	uint64_t v;
	int err = parse_u64(value, &v);

	if (err)
		return bemu_fail(ld->env, err, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: '%s' is no integer of 64 bits", desc->name, value);
	if (desc->kcfg_type != BEMU_KCFG_INT && desc->kcfg_type != BEMU_KCFG_CHAR)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, ext_idx,
				 "%s: '%s' is for an integer", desc->name, value);
	return bemu_load_kconfig_num(ld, ext_idx, v);
}

/* Mirrors find_extern_by_name(). */
static uint32_t find_extern(const struct bemu_obj *obj, const char *name)
{
	uint32_t i;

	for (i = 0; i < obj->nr_externs; i++)
		if (!strcmp(obj->externs[i].name, name))
			break;
	return i;
}

static int process_line(struct kconfig *cfg)
{
	struct bemu_load *ld = cfg->ld;
	char *line = cfg->line, *sep, *value;
	size_t len;
	uint32_t ext_idx;

	if (strncmp(line, config_prefix, sizeof(config_prefix) - 1))
		return 0;
	sep = strchr(line, '=');
	if (!sep)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, cfg->line_nr,
				 "line %llu has no '='", (unsigned long long)cfg->line_nr);
	len = strlen(line);
	if (line[len - 1] == '\n')
		line[len - 1] = '\0';
	*sep = '\0';
	value = sep + 1;
	if (!*value)
		return bemu_fail(ld->env, -EINVAL, BEMU_R_LOAD_KCONFIG, cfg->line_nr,
				 "line %llu has no value", (unsigned long long)cfg->line_nr);
	ext_idx = find_extern(ld->obj, line);
	if (ext_idx == ld->obj->nr_externs || ld->externs[ext_idx].is_set)
		return 0;
	switch (*value) {
	case 'y':
	case 'n':
	case 'm':
		return set_tri(cfg, ext_idx, *value);
	case '"':
		return set_str(cfg, ext_idx, value);
	default:
		return set_int(cfg, ext_idx, value);
	}
}

int bemu_load_kconfig_text(struct bemu_load *ld, const char *text, size_t len)
{
	struct kconfig *cfg = bemu_zalloc(ld->env, sizeof(*cfg));
	size_t pos = 0, n;
	const char *end;
	int err = 0;

	if (!cfg)
		return -ENOMEM;
	cfg->ld = ld;
	while (!err && pos < len) {
		n = len - pos < LINE_LEN - 1 ? len - pos : LINE_LEN - 1;
		end = memchr(text + pos, '\n', n);
		if (end)
			n = (size_t)(end - (text + pos)) + 1;
		memcpy(cfg->line, text + pos, n);
		cfg->line[n] = '\0';
		pos += n;
		cfg->line_nr++;
		err = bemu_env_step(ld->env, 1);
		if (!err)
			err = process_line(cfg);
	}
	bemu_mem_free(ld->env, cfg);
	return err;
}

/* Mirrors bpf_object__read_kconfig_file(), which reads through zlib; here text only. */
int bemu_load_kconfig_file(struct bemu_load *ld)
{
	int flags = bemu_load_at_least(ld, BEMU_LIBBPF_1_5) ? BEMU_LOAD_O_CLOEXEC : 0;
	struct bemu_uname uts = { 0 };
	char path[128];
	const void *data;
	size_t len;
	long fd;
	int err, close_err;

	err = bemu_load_latch(ld, ld->be.ops->uname(ld->be.ctx, &uts, &fd));
	if (err)
		return err;
	snprintf(path, sizeof(path), "/boot/config-%s", uts.release);
	err = bemu_load_read_path(ld, path, flags, &data, &len, &fd);
	if (!err && fd < 0)
		err = bemu_load_read_path(ld, "/proc/config.gz", flags, &data, &len, &fd);
	if (err)
		return err;
	if (fd < 0)
		return bemu_fail(ld->env, -ENOENT, BEMU_R_LOAD_NO_KCONFIG, 0,
				 "neither %s nor /proc/config.gz can be read", path);
	if (len >= 2 && !memcmp(data, "\x1f\x8b", 2))
		err = bemu_load_latch(ld, bemu_fail(ld->env, -EOPNOTSUPP, BEMU_R_LOAD_UNMODELLED, 0,
						    "compressed kernel configuration: hand it over "
						    "as text"));
	else
		err = bemu_load_kconfig_text(ld, data, len);
	close_err = bemu_load_close_fd(ld, (int)fd);
	return err ? err : close_err;
}
