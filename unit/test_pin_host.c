// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The rows of pin_rows.def, asked of the running kernel in a mount namespace of its own, whose bpffs goes with
 * it. Exit code 77 where that is not permitted or the kernel is older than the rows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uapi/bpf.h"

#define P	 "/sys/fs/bpf"

#define NAME_51	 "abcdefghijklmnopqrstuvwxyz-bcdefghijklmnopqrstuvwxy"
#define NAME_255 NAME_51 NAME_51 NAME_51 NAME_51 NAME_51

enum call { PIN, GET, MKDIR, RMDIR, UNLINK, RENAME, LINK, SYMLINK };

enum { FD = 1 << 20, SKIP = 77 };

static const struct row {
	const char *name;
	enum call call;
	const char *a, *b;
	long want;
} rows[] = {
#define X(c, x, y, w) { #c " " x, c, c == SYMLINK ? x : P x, y, w },
#include "pin_rows.def"
#undef X
};

static long answer(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long bpf(unsigned int cmd, union bpf_attr *attr)
{
	return answer(syscall(SYS_bpf, cmd, attr, sizeof(*attr)));
}

static long obj(unsigned int cmd, const char *path, long fd)
{
	union bpf_attr a = { .pathname = (uintptr_t)path, .bpf_fd = (unsigned int)fd };
	long got = bpf(cmd, &a);

	if (cmd != BPF_OBJ_GET || got < 0)
		return got;
	close((int)got);
	return FD;
}

static long run(const struct row *r, long m)
{
	char other[512] = "";

	if (r->b)
		snprintf(other, sizeof(other), P "%s", r->b);
	switch (r->call) {
	case PIN:
		return obj(BPF_OBJ_PIN, r->a, m);
	case GET:
		return obj(BPF_OBJ_GET, r->a, 0);
	case MKDIR:
		return answer(mkdir(r->a, 0700));
	case RMDIR:
		return answer(rmdir(r->a));
	case UNLINK:
		return answer(unlink(r->a));
	case RENAME:
		return answer(rename(r->a, other));
	case LINK:
		return answer(link(r->a, other));
	case SYMLINK:
		return answer(symlink(r->a, other));
	}
	return 0;
}

int main(void)
{
	union bpf_attr a = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	long m = bpf(BPF_MAP_CREATE, &a), got;
	unsigned int bad = 0;
	size_t i;

	if (m < 0 || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", P, "bpf", 0, NULL)) {
		printf("skipped: no right to mount bpffs here\n");
		return SKIP;
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = run(&rows[i], m);
		if (got == rows[i].want)
			continue;
		printf("row %zu, %s %s: %ld, not %ld\n", i, rows[i].name,
		       rows[i].b ? rows[i].b : "", got, rows[i].want);
		bad++;
	}
	printf("%zu rows, %u differ\n", i, bad);
	return bad != 0;
}
