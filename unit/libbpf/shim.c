/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The C library and kernel of the real libbpf: every outside symbol of libbpf.a that would reach the
 * host is answered here from a backend. Only names in rename.txt arrive here; whatever is pure (memory,
 * strings, libelf on memory) stays the host's.
 */
#define _GNU_SOURCE
#include "shim.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libelf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

enum { MAX_OPEN = 16, MAX_MAPPINGS = 256, MAX_ELF = 8 };

/* What libbpf holds of the backend beside numbers. */
static struct {
	struct bemu_backend be;
	struct {
		int fd;
		size_t pos;
	} files[MAX_OPEN]; /* positions of read(2) */
	struct {
		FILE *stream;
		int fd;
	} streams[MAX_OPEN];
	struct {
		void *addr;
		size_t len;
	} mappings[MAX_MAPPINGS]; /* memory that belongs to the backend */
	struct {
		Elf *elf;
		int host_fd;
	} elfs[MAX_ELF];
} vk;

static volatile int in_backend;

bool vk_in_backend(void)
{
	return in_backend;
}

static int leave_backend(int err)
{
	in_backend = 0;
	return err;
}

/* One operation of the backend. */
#define ASK(op, ...) (in_backend = 1, leave_backend(vk.be.ops->op(vk.be.ctx, __VA_ARGS__)))

void vk_attach(const struct bemu_backend *be)
{
	memset(&vk, 0, sizeof(vk));
	vk.be = *be;
}

/* A call that this file does not answer, or a fault of ours: the comparison proves nothing then. */
static void __attribute__((noreturn)) give_up(const char *what, long arg)
{
	fprintf(stderr, "libbpf shim: %s (%ld)\n", what, arg);
	fflush(stderr);
	_Exit(70);
}

/* A verdict as the C library shows it. */
static long verdict(int fault, long kret)
{
	if (fault)
		give_up("the backend failed", fault);
	if (kret >= 0)
		return kret;
	errno = (int)-kret;
	return -1;
}

static long unsupported(void)
{
	errno = ENOSYS;
	return -1;
}

/* system calls by number */

static long sys_bpf(va_list args)
{
	unsigned long cmd = (unsigned int)va_arg(args, long);
	void *attr = va_arg(args, void *);
	unsigned int size = va_arg(args, unsigned int);
	long kret = 0;
	int err;

	err = ASK(bpf, (uint32_t)cmd, attr, size, &kret);
	if (err) {
		fprintf(stderr, "libbpf shim: bpf(%lu) was not modelled\n", cmd);
		give_up("the backend failed", err);
	}
	return verdict(0, kret);
}

static long sys_memfd_create(va_list args)
{
	const char *name = va_arg(args, const char *);
	unsigned int flags = va_arg(args, unsigned int);
	long kret = 0;
	int err = ASK(memfd_create, name, flags, &kret);

	return verdict(err, kret);
}

/* 1.5 and newer go around the C library's dup3(). */
static long sys_dup3(va_list args)
{
	int fd = va_arg(args, int);
	int newfd = va_arg(args, int);
	int flags = va_arg(args, int);
	long kret = 0;
	int err = ASK(dup3, fd, newfd, flags, &kret);

	return verdict(err, kret);
}

/* Only libbpf's probe for wrappers of system calls comes here; the name of the function is in config1. */
static long sys_perf_event_open(va_list args)
{
	const struct perf_event_attr *attr = va_arg(args, const struct perf_event_attr *);
	long kret = 0;
	int err = ASK(perf_kprobe, (const char *)(uintptr_t)attr->config1, &kret);

	return verdict(err, kret);
}

long vk_syscall(long nr, ...);
long vk_syscall(long nr, ...)
{
	va_list args;
	long ret;

	va_start(args, nr);
	switch (nr) {
	case __NR_bpf:
		ret = sys_bpf(args);
		break;
	case __NR_dup3:
		ret = sys_dup3(args);
		break;
	case __NR_memfd_create:
		ret = sys_memfd_create(args);
		break;
	case __NR_perf_event_open:
		ret = sys_perf_event_open(args);
		break;
	default:
		give_up("system call", nr);
	}
	va_end(args);
	return ret;
}

/* descriptors */

static size_t *position(int fd)
{
	size_t i;

	for (i = 0; i < MAX_OPEN; i++)
		if (vk.files[i].fd == fd + 1)
			return &vk.files[i].pos;
	for (i = 0; i < MAX_OPEN; i++)
		if (!vk.files[i].fd) {
			vk.files[i].fd = fd + 1;
			vk.files[i].pos = 0;
			return &vk.files[i].pos;
		}
	give_up("too many open files", fd);
}

static void forget_position(int fd)
{
	size_t i;

	for (i = 0; i < MAX_OPEN; i++)
		if (vk.files[i].fd == fd + 1)
			vk.files[i].fd = 0;
}

int vk_close(int fd);
int vk_close(int fd)
{
	long kret = 0;
	int err = ASK(close, fd, &kret);

	forget_position(fd);
	return (int)verdict(err, kret);
}

int vk_dup3(int fd, int newfd, int flags);
int vk_dup3(int fd, int newfd, int flags)
{
	long kret = 0;
	int err = ASK(dup3, fd, newfd, flags, &kret);

	return (int)verdict(err, kret);
}

int vk_fcntl64(int fd, int cmd, ...);
int vk_fcntl64(int fd, int cmd, ...)
{
	va_list args;
	long kret = 0;
	int min_fd, err;

	if (cmd != F_DUPFD_CLOEXEC)
		give_up("fcntl", cmd);
	va_start(args, cmd);
	min_fd = va_arg(args, int);
	va_end(args);
	err = ASK(dupfd, fd, min_fd, &kret);
	return (int)verdict(err, kret);
}

int vk_open64(const char *path, int flags, ...);
int vk_open64(const char *path, int flags, ...)
{
	long kret = 0;
	int err = ASK(open, path, flags, &kret);

	return (int)verdict(err, kret);
}

/* The content of an open file; NULL and errno when the number has none. */
static const void *content(int fd, size_t *len)
{
	const void *data = NULL;
	long kret = 0;
	int err = ASK(read_file, fd, &data, len, &kret);

	if (verdict(err, kret) < 0)
		return NULL;
	return data ? data : "";
}

static ssize_t read_at(int fd, void *buf, size_t count, size_t off)
{
	size_t len = 0;
	const char *data = content(fd, &len);

	if (!data)
		return -1;
	if (off >= len)
		return 0;
	if (count > len - off)
		count = len - off;
	memcpy(buf, data + off, count);
	return (ssize_t)count;
}

ssize_t vk_read(int fd, void *buf, size_t count);
ssize_t vk_read(int fd, void *buf, size_t count)
{
	size_t *pos = position(fd);
	ssize_t ret = read_at(fd, buf, count, *pos);

	if (ret > 0)
		*pos += (size_t)ret;
	return ret;
}

ssize_t vk_pread64(int fd, void *buf, size_t count, off64_t off);
ssize_t vk_pread64(int fd, void *buf, size_t count, off64_t off)
{
	return read_at(fd, buf, count, (size_t)off);
}

off64_t vk_lseek64(int fd, off64_t off, int whence);
off64_t vk_lseek64(int fd, off64_t off, int whence)
{
	size_t len = 0;

	if (!content(fd, &len))
		return -1;
	if (whence == SEEK_END)
		off += (off64_t)len;
	else if (whence == SEEK_CUR)
		off += (off64_t)*position(fd);
	*position(fd) = (size_t)off;
	return off;
}

int vk_fstat64(int fd, struct stat64 *st);
int vk_fstat64(int fd, struct stat64 *st)
{
	size_t len = 0;

	if (!content(fd, &len))
		return -1;
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFREG | 0444;
	st->st_size = (off64_t)len;
	return 0;
}

/* memory */

static void keep_mapping(void *addr, size_t len)
{
	size_t i;

	for (i = 0; i < MAX_MAPPINGS; i++)
		if (!vk.mappings[i].addr) {
			vk.mappings[i].addr = addr;
			vk.mappings[i].len = len;
			return;
		}
	give_up("too many mappings", (long)len);
}

/*
 * A map's memory stays where the backend has it: libbpf takes whatever address it is given, also where
 * it asked for a fixed one. A file is copied, as MAP_PRIVATE would.
 */
void *vk_mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off);
void *vk_mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off)
{
	size_t size = 0;
	const void *data;
	void *mem = NULL;
	long kret = 0;
	int err;

	if (flags & MAP_ANONYMOUS)
		return mmap64(addr, len, prot, flags, -1, 0);
	if (off)
		give_up("mmap at an offset", (long)off);
	if (!(flags & MAP_SHARED)) {
		data = content(fd, &size);
		if (!data)
			return MAP_FAILED;
		mem = mmap64(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (mem != MAP_FAILED)
			memcpy(mem, data, size < len ? size : len);
		return mem;
	}
	err = ASK(mmap, fd, len, prot, &mem, &kret);
	if (verdict(err, kret) < 0)
		return MAP_FAILED;
	if (flags & MAP_FIXED && addr != mem)
		munmap(addr, len); /* the anonymous memory that it was to replace */
	keep_mapping(mem, len);
	return mem;
}

int vk_munmap(void *addr, size_t len);
int vk_munmap(void *addr, size_t len)
{
	long kret = 0;
	size_t i;
	int err;

	for (i = 0; i < MAX_MAPPINGS; i++)
		if (vk.mappings[i].addr == addr) {
			vk.mappings[i].addr = NULL;
			err = ASK(munmap, addr, len, &kret);
			return (int)verdict(err, kret);
		}
	return munmap(addr, len);
}

/* paths */

int vk_access(const char *path, int mode);
int vk_access(const char *path, int mode)
{
	long kret = 0;
	int err = ASK(access, path, &kret);

	(void)mode;
	return (int)verdict(err, kret);
}

int vk_faccessat(int dirfd, const char *path, int mode, int flags);
int vk_faccessat(int dirfd, const char *path, int mode, int flags)
{
	(void)flags;
	if (dirfd != AT_FDCWD)
		give_up("faccessat below a directory", dirfd);
	return vk_access(path, mode);
}

int vk_statfs64(const char *path, struct statfs64 *st);
int vk_statfs64(const char *path, struct statfs64 *st)
{
	long kret = 0, f_type = 0;
	int err = ASK(statfs_type, path, &f_type, &kret);

	memset(st, 0, sizeof(*st));
	st->f_type = f_type;
	return (int)verdict(err, kret);
}

int vk_mkdir(const char *path, mode_t mode);
int vk_mkdir(const char *path, mode_t mode)
{
	long kret = 0;
	int err = ASK(mkdir, path, mode, &kret);

	return (int)verdict(err, kret);
}

int vk_unlink(const char *path);
int vk_unlink(const char *path)
{
	long kret = 0;
	int err = ASK(unlink, path, &kret);

	return (int)verdict(err, kret);
}

int vk_uname(struct utsname *uts);
int vk_uname(struct utsname *uts)
{
	struct bemu_uname un;
	long kret = 0;
	int err = ASK(uname, &un, &kret);

	if (verdict(err, kret) < 0)
		return -1;
	memset(uts, 0, sizeof(*uts));
	memcpy(uts->sysname, "Linux", sizeof("Linux"));
	memcpy(uts->release, un.release, sizeof(uts->release));
	memcpy(uts->version, un.version, sizeof(uts->version));
	memcpy(uts->machine, un.machine, sizeof(uts->machine));
	return 0;
}

/* streams: fopen(3), and zlib's on a file that is not packed */

static FILE *open_stream(const char *path, const char *mode)
{
	int fd = vk_open64(path, strchr(mode, 'e') ? O_CLOEXEC : 0);
	const void *data;
	size_t len = 0, i;

	if (fd < 0)
		return NULL;
	data = content(fd, &len);
	for (i = 0; data && i < MAX_OPEN; i++)
		if (!vk.streams[i].stream) {
			FILE *stream = fmemopen((void *)(uintptr_t)data, len, "r");

			if (!stream)
				give_up("fmemopen", errno);
			vk.streams[i].stream = stream;
			vk.streams[i].fd = fd;
			return stream;
		}
	give_up("no stream for a file", fd);
}

FILE *vk_fopen64(const char *path, const char *mode);
FILE *vk_fopen64(const char *path, const char *mode)
{
	if (mode[0] != 'r')
		give_up("fopen for writing", mode[0]);
	return open_stream(path, mode);
}

int vk_fclose(FILE *stream);
int vk_fclose(FILE *stream)
{
	size_t i;

	for (i = 0; i < MAX_OPEN; i++)
		if (vk.streams[i].stream == stream) {
			vk.streams[i].stream = NULL;
			vk_close(vk.streams[i].fd);
		}
	return fclose(stream);
}

void *vk_gzopen64(const char *path, const char *mode);
void *vk_gzopen64(const char *path, const char *mode)
{
	return open_stream(path, mode);
}

char *vk_gzgets(void *file, char *buf, int len);
char *vk_gzgets(void *file, char *buf, int len)
{
	return fgets(buf, len, file);
}

int vk_gzclose(void *file);
int vk_gzclose(void *file)
{
	return vk_fclose(file);
}

/*
 * libelf reads a descriptor of its own accord, and refuses a file and memory with different errors: it
 * is given a file of the host with the same content.
 */

static int host_file(const void *data, size_t len)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))
		give_up("no file for libelf", errno);
	return fd;
}

Elf *vk_elf_begin(int fd, Elf_Cmd cmd, Elf *ref);
Elf *vk_elf_begin(int fd, Elf_Cmd cmd, Elf *ref)
{
	size_t len = 0, i;
	const void *data;
	int host_fd;
	Elf *elf;

	if (cmd != ELF_C_READ && cmd != ELF_C_READ_MMAP)
		give_up("elf_begin", (long)cmd);
	if (ref)
		give_up("elf_begin of an archive's member", fd);
	data = content(fd, &len);
	if (!data)
		return NULL;
	host_fd = host_file(data, len);
	elf = elf_begin(host_fd, cmd, NULL);
	for (i = 0; elf && i < MAX_ELF; i++)
		if (!vk.elfs[i].elf) {
			vk.elfs[i].elf = elf;
			vk.elfs[i].host_fd = host_fd;
			return elf;
		}
	close(host_fd);
	if (elf)
		give_up("too many ELF files", fd);
	return NULL;
}

int vk_elf_end(Elf *elf);
int vk_elf_end(Elf *elf)
{
	int left = elf_end(elf);
	size_t i;

	for (i = 0; elf && !left && i < MAX_ELF; i++)
		if (vk.elfs[i].elf == elf) {
			vk.elfs[i].elf = NULL;
			close(vk.elfs[i].host_fd);
		}
	return left;
}

/* the process */

char *vk_getenv(const char *name);
char *vk_getenv(const char *name)
{
	(void)name;
	return NULL;
}

uid_t vk_geteuid(void);
uid_t vk_geteuid(void)
{
	return 0;
}

pid_t vk_getpid(void);
pid_t vk_getpid(void)
{
	return 1;
}

int vk_getrlimit64(int resource, struct rlimit64 *lim);
int vk_getrlimit64(int resource, struct rlimit64 *lim)
{
	(void)resource;
	lim->rlim_cur = lim->rlim_max = RLIM64_INFINITY;
	return 0;
}

int vk_setrlimit64(int resource, const struct rlimit64 *lim);
int vk_setrlimit64(int resource, const struct rlimit64 *lim)
{
	(void)resource;
	(void)lim;
	return 0;
}

/* names that a newer C library has; what C23 adds is the prefix 0b */

int vk_isoc23_sscanf(const char *text, const char *format, ...);
int vk_isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = vsscanf(text, format, args);
	va_end(args);
	return ret;
}

int vk_isoc23_fscanf(FILE *stream, const char *format, ...);
int vk_isoc23_fscanf(FILE *stream, const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = vfscanf(stream, format, args);
	va_end(args);
	return ret;
}

unsigned long long vk_isoc23_strtoull(const char *text, char **end, int base);
unsigned long long vk_isoc23_strtoull(const char *text, char **end, int base)
{
	const char *p = text;
	unsigned long long v;
	bool minus;

	while (isspace((unsigned char)*p))
		p++;
	minus = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if ((base != 0 && base != 2) || p[0] != '0' || (p[1] | 0x20) != 'b' ||
	    (p[2] != '0' && p[2] != '1'))
		return strtoull(text, end, base);
	v = strtoull(p + 2, end, 2);
	return minus ? -v : v;
}

/* what no load does */

#define REFUSED(name)                 \
	long vk_##name(void);         \
	long vk_##name(void)          \
	{                             \
		return unsupported(); \
	}

REFUSED(write)
REFUSED(ioctl)
REFUSED(epoll_create1)
REFUSED(epoll_ctl)
REFUSED(epoll_wait)
REFUSED(socket)
REFUSED(bind)
REFUSED(getsockname)
REFUSED(setsockopt)
REFUSED(send)
REFUSED(recvmsg)
