/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *bemu_cli_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* What is larger is no object, no BTF and no text of a kernel; only an unstripped vmlinux may be. */
enum { MAX_FILE = 256 << 20, MAX_ELF = 900 << 20, MAX_STREAM = 64 << 20 };

/* What fstat() can tell, so that no byte of a file is read that is too large anyway; 0 or -errno. */
static int check_kind(int fd, bool elf_too, size_t *size, struct bemu_buf *why)
{
	size_t max = MAX_FILE;
	struct stat st;
	char head[4];

	if (fstat(fd, &st))
		return -errno;
	*size = st.st_size > 0 ? (size_t)st.st_size : 0;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISBLK(st.st_mode)) {
		bemu_buf_printf(why, "a device, not a file");
		return -EINVAL;
	}
	if (elf_too && pread(fd, head, sizeof(head), 0) == sizeof(head) &&
	    !memcmp(head, "\177ELF", sizeof(head)))
		max = MAX_ELF;
	if (st.st_size > 0 && (uint64_t)st.st_size > max) {
		bemu_buf_printf(why, "too large: %lld bytes, at most %zu are read",
				(long long)st.st_size, max);
		return -EFBIG;
	}
	return 0;
}

static int read_all(struct bemu_env *env, int fd, bool elf_too, struct bemu_cli_file *out,
		    struct bemu_buf *why)
{
	struct bemu_cli_file file = { 0 };
	char *data, *more;
	size_t size = 0, room;
	ssize_t n;
	int err;

	err = check_kind(fd, elf_too, &size, why);
	if (err)
		return err;
	room = size ? size + 1 : 65536;
	data = bemu_alloc(env, room);
	while (data) {
		if (file.len == room) { /* a pipe, a character device, or a file that grew */
			if (!size && room >= MAX_STREAM) {
				bemu_buf_printf(why,
						"too large: no end after %zu bytes, at most %d are "
						"read of what has no size",
						file.len, MAX_STREAM);
				err = -EFBIG;
				break;
			}
			more = bemu_alloc(env, room * 2);
			if (more)
				memcpy(more, data, file.len);
			bemu_mem_free(env, data);
			data = more;
			room *= 2;
			continue;
		}
		n = read(fd, data + file.len, room - file.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		file.len += (size_t)n;
	}
	if (!data)
		return -ENOMEM;
	if (err) {
		bemu_mem_free(env, data);
		return err;
	}
	file.data = data;
	*out = file;
	return 0;
}

static int read_file(struct bemu_env *env, const char *path, bool elf_too,
		     struct bemu_cli_file *out, struct bemu_buf *line)
{
	struct bemu_buf why;
	int fd, err;

	bemu_buf_init(&why, env);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : read_all(env, fd, elf_too, out, &why);
	if (fd >= 0)
		close(fd);
	if (err && !env->fault)
		bemu_cli_refuse(line, "%s: %s", path,
				why.len ? bemu_buf_str(&why) : strerror(-err));
	bemu_buf_fini(&why);
	if (env->fault)
		return bemu_cli_fault(path, env->fault, &env->log);
	return err ? BEMU_CLI_USAGE : BEMU_CLI_YES;
}

int bemu_cli_read(struct bemu_env *env, const char *path, struct bemu_cli_file *out)
{
	return read_file(env, path, false, out, NULL);
}

int bemu_cli_read_btf_or_say(struct bemu_env *env, const char *path, struct bemu_cli_file *out,
			     struct bemu_buf *line)
{
	struct bemu_cli_file file, btf;
	struct bemu_buf why;
	int code, err;

	code = read_file(env, path, true, &file, line);
	if (code)
		return code;
	if (file.len < 4 || memcmp(file.data, "\177ELF", 4)) {
		*out = file;
		return BEMU_CLI_YES;
	}
	err = bemu_obj_read_btf_elf(env, file.data, file.len, &btf.data, &btf.len);
	bemu_mem_free(env, file.data);
	if (!err) {
		*out = btf;
		return BEMU_CLI_YES;
	}
	if (env->fault)
		return bemu_cli_fault(path, env->fault, &env->log);
	bemu_buf_init(&why, env);
	bemu_cli_log_line(&why, &env->log);
	bemu_cli_refuse(line, "%s: no BTF in this ELF file: %s", path, bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
}

int bemu_cli_read_btf(struct bemu_env *env, const char *path, struct bemu_cli_file *out)
{
	return bemu_cli_read_btf_or_say(env, path, out, NULL);
}

/* *opened: the path could be opened, so that what fails after is no matter of usage */
static int write_to(const char *path, const struct bemu_buf *buf, bool *opened)
{
	FILE *file = fopen(path, "we");
	int err = 0;

	*opened = file;
	if (!file)
		return -errno;
	if (fwrite(bemu_buf_str(buf), 1, buf->len, file) != buf->len || fflush(file))
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

int bemu_cli_write_file(const char *path, const struct bemu_buf *buf)
{
	char tmp[4096];
	struct stat st;
	bool opened, whole;
	int err, n;

	if (buf->err)
		return bemu_cli_fault(path, buf->err, NULL);
	n = snprintf(tmp, sizeof(tmp), "%s.%ld.tmp", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(tmp)) {
		bemu_cli_error("%s: %s", path, strerror(ENAMETOOLONG));
		return BEMU_CLI_USAGE;
	}
	/* a link, a pipe, a device stays what it is; only a file of its own is replaced as a whole */
	whole = lstat(path, &st) ? errno == ENOENT : S_ISREG(st.st_mode);
	err = write_to(whole ? tmp : path, buf, &opened);
	if (!err && whole && rename(tmp, path))
		err = -errno;
	if (!err)
		return BEMU_CLI_YES;
	bemu_cli_error("%s: %s", path, strerror(-err));
	if (whole && opened)
		unlink(tmp);
	return opened ? BEMU_CLI_FAULT : BEMU_CLI_USAGE;
}

void bemu_cli_log_line(struct bemu_buf *buf, const struct bemu_log *log)
{
	const struct bemu_log_record *rec;
	size_t i;

	for (i = bemu_log_count(log); i > 0; i--) {
		rec = bemu_log_get(log, i - 1);
		if (!rec->err)
			continue;
		bemu_buf_printf(buf, "%s (%s at %llu)", rec->text, bemu_reason_name(rec->reason),
				(unsigned long long)rec->pos);
		return;
	}
}
