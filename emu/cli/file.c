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

static int read_all(struct bemu_env *env, int fd, struct bemu_cli_file *out)
{
	struct bemu_cli_file file = { 0 };
	char *data = NULL;
	size_t room = 0;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	room = st.st_size > 0 ? (size_t)st.st_size + 1 : 65536;
	data = bemu_alloc(env, room);
	if (!data)
		return -ENOMEM;
	for (;;) {
		ssize_t n;

		if (file.len == room) { /* a pipe, or a file that grew */
			char *more = room > SIZE_MAX / 2 ? NULL : bemu_alloc(env, room * 2);

			if (!more) {
				bemu_mem_free(env, data);
				return -ENOMEM;
			}
			memcpy(more, data, file.len);
			bemu_mem_free(env, data);
			data = more;
			room *= 2;
		}
		n = read(fd, data + file.len, room - file.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			bemu_mem_free(env, data);
			return err;
		}
		if (!n)
			break;
		file.len += (size_t)n;
	}
	file.data = data;
	*out = file;
	return 0;
}

int bemu_cli_read(struct bemu_env *env, const char *path, struct bemu_cli_file *out)
{
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : read_all(env, fd, out);
	if (fd >= 0)
		close(fd);
	if (!err)
		return BEMU_CLI_YES;
	if (env->fault)
		return bemu_cli_fault(path, env->fault, &env->log);
	bemu_cli_error("%s: %s", path, strerror(-err));
	return BEMU_CLI_USAGE;
}

int bemu_cli_read_btf(struct bemu_env *env, const char *path, struct bemu_cli_file *out)
{
	struct bemu_cli_file file, btf;
	struct bemu_buf why;
	int code, err;

	code = bemu_cli_read(env, path, &file);
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
	bemu_cli_error("%s: no BTF in this ELF file: %s", path, bemu_buf_str(&why));
	bemu_buf_fini(&why);
	return BEMU_CLI_NO;
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
