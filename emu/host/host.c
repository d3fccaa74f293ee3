// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#define _GNU_SOURCE
#include "host/host.h"

#include <bemu/life.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "uapi/bpf.h"

static long answer(long ret)
{
	return ret < 0 ? -errno : ret;
}

long bemu_host_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size)
{
	(void)ctx;
	return answer(syscall(SYS_bpf, cmd, attr, size));
}

long bemu_host_close(void *ctx, int fd)
{
	(void)ctx;
	return answer(close(fd));
}

long bemu_host_dupfd(void *ctx, int fd, int min, bool cloexec)
{
	(void)ctx;
	return answer(fcntl(fd, cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, min));
}

long bemu_host_dup2(void *ctx, int fd, int newfd, int flags)
{
	(void)ctx;
	return answer(flags < 0 ? dup2(fd, newfd) : dup3(fd, newfd, flags));
}

long bemu_host_open_other(void *ctx)
{
	(void)ctx;
	return answer(open("/dev/null", O_RDWR));
}

long bemu_host_cloexec(void *ctx, int fd)
{
	long flags = fcntl(fd, F_GETFD);

	(void)ctx;
	return flags < 0 ? -errno : flags & FD_CLOEXEC;
}

uint32_t bemu_host_kind(void *ctx, int fd)
{
	static const struct {
		const char *name;
		uint32_t kind;
	} kinds[] = {
		{ "anon_inode:bpf-map", BEMU_KIND_MAP },
		{ "anon_inode:bpf-prog", BEMU_KIND_PROG },
		{ "anon_inode:btf", BEMU_KIND_BTF },
		{ "anon_inode:bpf-link", BEMU_KIND_LINK },
		{ "anon_inode:bpf_link", BEMU_KIND_LINK },
	};
	char path[64], target[64];
	ssize_t len;
	size_t i;

	(void)ctx;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(target, kinds[i].name))
			return kinds[i].kind;
	return BEMU_KIND_BTF;
}

long bemu_host_unlink(void *ctx, const char *path)
{
	static const char bpffs[] = "/sys/fs/bpf/";

	(void)ctx;
	if (strncmp(path, bpffs, sizeof(bpffs) - 1) != 0 || strstr(path, ".."))
		return -EPERM;
	return answer(unlink(path));
}

void bemu_host_drain(void *ctx)
{
	const struct timespec pause = { .tv_nsec = 300 * 1000 * 1000 };

	(void)ctx;
	(void)nanosleep(&pause, NULL);
}

void bemu_host_release(char *buf, size_t size)
{
	struct utsname name;

	(void)snprintf(buf, size, "%s", uname(&name) ? "" : name.release);
}

int bemu_host_may_bpf(void)
{
	struct bemu_attr_map_create attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	long fd = bemu_host_bpf(NULL, BPF_MAP_CREATE, &attr, 72);

	if (fd < 0)
		return (int)fd;
	(void)close((int)fd);
	return 0;
}

void bemu_host_close_from(int fd)
{
	long max = sysconf(_SC_OPEN_MAX);

	if (max < 0 || max > 65536)
		max = 65536;
	for (; fd < max; fd++)
		(void)close(fd);
}

void bemu_host_unlink_all(const char *prefix)
{
	DIR *dir = opendir("/sys/fs/bpf");
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "/sys/fs/bpf/%s", entry->d_name);
		(void)unlink(path);
	}
	if (dir)
		(void)closedir(dir);
}
