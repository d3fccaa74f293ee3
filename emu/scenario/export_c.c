// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The scenario is run on a kernel that is a model of its own and writes down what it is asked: each attribute,
 * word by word, and all memory that it points to. Whatever is 8 bytes that lie within memory of the call is taken
 * for a pointer. Numbers of FDs are those of a process that begins with 0, 1 and 2, which the program makes of
 * itself.
 */
#include "scenario/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "insn/insn.h"
#include "load/names.h"
#include "scenario/private.h"

enum { MAX_ATTR = 4104, MAX_SPANS = 64, BYTES_A_LINE = 12, FILES = 3 };

struct exporter {
	struct bemu_env *env;
	struct bemu_buf *out;
	const struct bemu_skel_mem *mem;
	struct bemu_mem_ops mem_ops;
	bool native;
	struct bemu *em;
	struct bemu_task *task;
	uint32_t nr_calls;
	bool tells_info; /* the step asks for an info itself */
	uint32_t line, err_line;
	int err;
	const char *refused;
	uint32_t refused_line;
	struct bemu_buf pins; /* lines that take them away */
};

static const char prelude[] =
	"#define _GNU_SOURCE\n"
	"#include <errno.h>\n#include <fcntl.h>\n#include <stdint.h>\n#include <stdio.h>\n"
	"#include <stdlib.h>\n#include <string.h>\n#include <sys/resource.h>\n"
	"#include <sys/syscall.h>\n#include <sys/utsname.h>\n#include <unistd.h>\n\n"
	"#define MAYBE_UNUSED static __attribute__((unused))\n\n"
	"static union {\n\tunsigned char bytes[4104];\n\tuint64_t align;\n} attr;\n"
	"static int nr_differ;\n\n"
	"MAYBE_UNUSED void attr_u32(unsigned int off, uint32_t value)\n"
	"{\n\tmemcpy(attr.bytes + off, &value, sizeof(value));\n}\n\n"
	"MAYBE_UNUSED void attr_ptr(unsigned int off, const void *value)\n"
	"{\n\tuint64_t v = (uint64_t)(uintptr_t)value;\n\n"
	"\tmemcpy(attr.bytes + off, &v, sizeof(v));\n}\n\n"
	"MAYBE_UNUSED void mem_ptr(unsigned char *at, const void *value)\n"
	"{\n\tuint64_t v = (uint64_t)(uintptr_t)value;\n\n\tmemcpy(at, &v, sizeof(v));\n}\n\n"
	"static long answer(long ret)\n{\n\treturn ret < 0 ? -errno : ret;\n}\n\n"
	"/* the attribute is empty again when the call has been made */\n"
	"MAYBE_UNUSED long bpf_call(int cmd, unsigned int size)\n"
	"{\n\tlong ret = answer(syscall(SYS_bpf, cmd, attr.bytes, size));\n\n"
	"\tmemset(attr.bytes, 0, sizeof(attr.bytes));\n\treturn ret;\n}\n\n"
	"MAYBE_UNUSED long close_fd(int fd)\n{\n\treturn answer(close(fd));\n}\n\n"
	"MAYBE_UNUSED long dup_fd(int fd, int min, int cloexec)\n"
	"{\n\treturn answer(fcntl(fd, cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, min));\n}\n\n"
	"MAYBE_UNUSED long dup_onto(int fd, int newfd, int flags)\n"
	"{\n\treturn answer(flags < 0 ? dup2(fd, newfd) : dup3(fd, newfd, flags));\n}\n\n"
	"MAYBE_UNUSED long open_other(void)\n"
	"{\n\treturn answer(open(\"/dev/null\", O_RDONLY));\n}\n\n"
	"MAYBE_UNUSED long is_cloexec(int fd)\n"
	"{\n\tlong ret = answer(fcntl(fd, F_GETFD));\n\n"
	"\treturn ret < 0 ? ret : (ret & FD_CLOEXEC) != 0;\n}\n\n"
	"MAYBE_UNUSED long unlink_path(const char *path)\n{\n\treturn answer(unlink(path));\n}\n\n"
	"/* what is freed a little later */\n"
	"MAYBE_UNUSED void drain(void)\n{\n\tusleep(100000);\n}\n\n"
	"static void expect(int line, const char *what, long got, long want)\n"
	"{\n\tif (got == want)\n\t\treturn;\n\tnr_differ++;\n"
	"\tprintf(\"line %d: %s: %ld, the model says %ld\\n\", line, what, got, want);\n}\n\n"
	"MAYBE_UNUSED void expect_bytes(int line, const void *got, const void *want, size_t len)\n"
	"{\n\tif (!memcmp(got, want, len))\n\t\treturn;\n\tnr_differ++;\n"
	"\tprintf(\"line %d: other bytes than the model's\\n\", line);\n}\n\n";

/* ---- memory ---- */

static const struct bemu_skel_span *span_of(const struct exporter *x, uint64_t addr)
{
	uint32_t i;

	for (i = x->mem->nr; i; i--) {
		const struct bemu_skel_span *span = &x->mem->spans[i - 1];

		if (addr >= (uint64_t)(uintptr_t)span->ptr &&
		    addr - (uint64_t)(uintptr_t)span->ptr < span->len)
			return span;
	}
	return NULL;
}

static uint64_t word_at(const uint8_t *data, size_t off)
{
	uint64_t v;

	memcpy(&v, data + off, sizeof(v));
	return v;
}

/* Pointers are filled in when the program runs: here they are 0. */
static uint8_t byte_at(const struct exporter *x, const uint8_t *data, size_t len, size_t i)
{
	size_t word = i / 8 * 8;

	return word + 8 <= len && span_of(x, word_at(data, word)) ? 0 : data[i];
}

static void put_bytes(struct exporter *x, const uint8_t *data, size_t len)
{
	size_t i, end = len;

	while (end && !byte_at(x, data, len, end - 1))
		end--;
	for (i = 0; i < end; i++)
		bemu_buf_printf(x->out, "%s0x%02x,", i % BYTES_A_LINE ? " " : "\n\t\t",
				byte_at(x, data, len, i));
	bemu_buf_printf(x->out, end ? "\n\t}" : " 0 }");
}

static void put_insns(struct exporter *x, const struct bemu_skel_span *span)
{
	const struct bpf_insn *insns = span->ptr;
	uint32_t i, nr = (uint32_t)(span->len / sizeof(*insns));

	for (i = 0; i < nr; i++) {
		const uint8_t *raw = (const uint8_t *)&insns[i];
		uint32_t k;

		bemu_buf_printf(x->out, "\n\t\t");
		for (k = 0; k < sizeof(*insns); k++)
			bemu_buf_printf(x->out, "0x%02x, ", raw[k]);
		bemu_buf_printf(x->out, "/* ");
		bemu_insn_disasm(x->out, insns, nr, i, NULL);
		bemu_buf_printf(x->out, " */");
	}
	bemu_buf_printf(x->out, "\n\t}");
}

/** struct seen - memory that a call has been found to point to */
struct seen {
	const struct bemu_skel_span *spans[MAX_SPANS];
	uint32_t nr;
};

static uint32_t see(struct seen *seen, const struct bemu_skel_span *span)
{
	uint32_t i;

	for (i = 0; i < seen->nr && seen->spans[i] != span; i++)
		;
	if (i == seen->nr && seen->nr < MAX_SPANS)
		seen->spans[seen->nr++] = span;
	return i;
}

static void find_pointers(const struct exporter *x, struct seen *seen, const uint8_t *data,
			  size_t len)
{
	const struct bemu_skel_span *span;
	size_t off;

	for (off = 0; off + 8 <= len; off += 8) {
		span = span_of(x, word_at(data, off));
		if (span)
			see(seen, span);
	}
}

static void put_memory(struct exporter *x, struct seen *seen, const void *insns)
{
	uint32_t i;

	for (i = 0; i < seen->nr; i++) {
		const struct bemu_skel_span *span = seen->spans[i];

		bemu_buf_printf(x->out, "\tstatic unsigned char mem%u[%zu]%s = {", i,
				span->len ? span->len : 1, " __attribute__((aligned(8)))");
		if (span->ptr == insns)
			put_insns(x, span);
		else
			put_bytes(x, span->ptr, span->len);
		bemu_buf_printf(x->out, ";\n");
	}
}

static void put_address(struct exporter *x, struct seen *seen, uint64_t addr)
{
	const struct bemu_skel_span *span = span_of(x, addr);

	bemu_buf_printf(x->out, "mem%u", see(seen, span));
	if (addr != (uint64_t)(uintptr_t)span->ptr)
		bemu_buf_printf(x->out, " + %" PRIu64, addr - (uint64_t)(uintptr_t)span->ptr);
}

static void put_inner(struct exporter *x, struct seen *seen)
{
	uint32_t i;
	size_t off;

	for (i = 0; i < seen->nr; i++)
		for (off = 0; off + 8 <= seen->spans[i]->len; off += 8) {
			uint64_t v = word_at(seen->spans[i]->ptr, off);

			if (!span_of(x, v))
				continue;
			bemu_buf_printf(x->out, "\tmem_ptr(mem%u + %zu, ", i, off);
			put_address(x, seen, v);
			bemu_buf_printf(x->out, ");\n");
		}
}

static void put_attr(struct exporter *x, struct seen *seen, const uint8_t *attr, uint32_t size)
{
	uint32_t off;

	for (off = 0; off < size; off += 4) {
		uint32_t v = 0;

		if (off % 8 == 0 && off + 8 <= size && span_of(x, word_at(attr, off))) {
			bemu_buf_printf(x->out, "\tattr_ptr(%u, ", off);
			put_address(x, seen, word_at(attr, off));
			bemu_buf_printf(x->out, ");\n");
			off += 4;
			continue;
		}
		memcpy(&v, attr + off, size - off < 4 ? size - off : 4);
		if (v)
			bemu_buf_printf(x->out, "\tattr_u32(%u, %" PRIu32 "u);\n", off, v);
	}
}

/* ---- calls ---- */

static void note(struct exporter *x, int err)
{
	if (!err || x->err)
		return;
	x->err = err;
	x->err_line = x->line;
}

static long model_bpf(struct exporter *x, uint32_t cmd, void *attr, uint32_t size)
{
	long ret = 0;
	int err = bemu_sys_bpf(x->task, cmd, (uint64_t)(uintptr_t)attr, size, &ret);

	note(x, err);
	return err ? err : ret;
}

/* Another kernel counts ids otherwise; only vmlinux has the same everywhere. */
static void refuse_ids(struct exporter *x, uint32_t cmd, const uint8_t *attr, uint32_t size)
{
	uint32_t id = 0;
	bool by_id = cmd == BPF_MAP_GET_FD_BY_ID || cmd == BPF_PROG_GET_FD_BY_ID ||
		     cmd == BPF_BTF_GET_FD_BY_ID || cmd == BPF_LINK_GET_FD_BY_ID,
	     next = cmd == BPF_MAP_GET_NEXT_ID || cmd == BPF_PROG_GET_NEXT_ID ||
		    cmd == BPF_BTF_GET_NEXT_ID || cmd == BPF_LINK_GET_NEXT_ID;

	memcpy(&id, attr, size < sizeof(id) ? size : sizeof(id));
	if (x->refused || (!by_id && !next))
		return;
	if (cmd == BPF_BTF_GET_FD_BY_ID ? id <= 1 : cmd == BPF_BTF_GET_NEXT_ID ? !id : !id && by_id)
		return;
	x->refused = "it names objects by their ids, which each kernel counts for itself";
	x->refused_line = x->line;
}

/* What is looked up in maps of programs and of maps is an id, too. */
static bool holds_ids(struct exporter *x, const uint8_t *attr)
{
	struct bpf_map_info info = { 0 };
	struct bemu_attr_info a = { .info_len = sizeof(info), .info = (uint64_t)(uintptr_t)&info };

	memcpy(&a.bpf_fd, attr, sizeof(a.bpf_fd));
	x->native = true;
	if (model_bpf(x, BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)))
		info.type = 0;
	x->native = false;
	return info.type == BPF_MAP_TYPE_PROG_ARRAY || info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       info.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* The value or key that the call gave is the model's, too. */
static void put_result(struct exporter *x, struct seen *seen, uint32_t cmd, const uint8_t *attr,
		       long ret)
{
	const struct bemu_skel_span *span;

	if ((cmd != BPF_MAP_LOOKUP_ELEM && cmd != BPF_MAP_GET_NEXT_KEY) || ret ||
	    (cmd == BPF_MAP_LOOKUP_ELEM && holds_ids(x, attr)))
		return;
	span = span_of(x, word_at(attr, 16));
	if (!span)
		return;
	bemu_buf_printf(x->out, "\tstatic const unsigned char want[%zu] = {", span->len);
	put_bytes(x, span->ptr, span->len);
	bemu_buf_printf(x->out, ";\n\texpect_bytes(line, mem%u, want, sizeof(want));\n",
			see(seen, span));
}

static void note_pin(struct exporter *x, uint64_t addr)
{
	const struct bemu_skel_span *span = span_of(x, addr);

	if (span && memchr(span->ptr, '\0', span->len))
		bemu_buf_printf(&x->pins, "\tunlink(\"%s\");\n", (const char *)span->ptr);
}

static long on_bpf(void *ctx, uint32_t cmd, void *attr, uint32_t size)
{
	struct exporter *x = ctx;
	const char *name = bemu_scn_command(cmd);
	struct seen seen = { .nr = 0 };
	uint32_t i;
	long ret;

	if (cmd == BPF_OBJ_GET_INFO_BY_FD && (!x->tells_info || !span_of(x, word_at(attr, 8)))) {
		x->native = true;
		ret = model_bpf(x, cmd, attr, size);
		x->native = false;
		return ret;
	}
	refuse_ids(x, cmd, attr, size);
	find_pointers(x, &seen, attr, size);
	for (i = 0; i < seen.nr; i++)
		find_pointers(x, &seen, seen.spans[i]->ptr, seen.spans[i]->len);
	put_memory(x, &seen,
		   cmd == BPF_PROG_LOAD && size >= 16 ? (const void *)(uintptr_t)word_at(attr, 8)
						      : NULL);
	put_inner(x, &seen);
	put_attr(x, &seen, attr, size);
	ret = model_bpf(x, cmd, attr, size);
	bemu_buf_printf(x->out, "\texpect(line, \"%s\", bpf_call(", name ? name : "bpf");
	bemu_buf_printf(x->out, name ? "%s" : "%.0s%u", name ? name : "", cmd);
	bemu_buf_printf(x->out, ", %u), %ld);\n", size, ret);
	if (cmd == BPF_OBJ_PIN && !ret && size >= 8)
		note_pin(x, word_at(attr, 0));
	put_result(x, &seen, cmd, attr, ret);
	return ret;
}

static long told(struct exporter *x, int err, long ret, const char *fmt, ...) BEMU_PRINTF(4, 5);

static long told(struct exporter *x, int err, long ret, const char *fmt, ...)
{
	va_list args;

	note(x, err);
	bemu_buf_printf(x->out, "\texpect(line, \"%.*s\", ", (int)strcspn(fmt, "("), fmt);
	va_start(args, fmt);
	bemu_buf_vprintf(x->out, fmt, args);
	va_end(args);
	bemu_buf_printf(x->out, ", %ld);\n", ret);
	return ret;
}

static long on_close(void *ctx, int fd)
{
	struct exporter *x = ctx;
	long ret = 0;
	int err = bemu_sys_close(x->task, fd, &ret);

	return told(x, err, ret, "close_fd(%d)", fd);
}

static long on_dupfd(void *ctx, int fd, int min, bool cloexec)
{
	struct exporter *x = ctx;
	long ret = 0;
	int err = bemu_sys_dupfd(x->task, fd, min, cloexec, &ret);

	return told(x, err, ret, "dup_fd(%d, %d, %d)", fd, min, cloexec);
}

static long on_dup2(void *ctx, int fd, int newfd, int flags)
{
	struct exporter *x = ctx;
	long ret = 0;
	int err = flags < 0 ? bemu_sys_dup2(x->task, fd, newfd, &ret)
			    : bemu_sys_dup3(x->task, fd, newfd, flags, &ret);

	return told(x, err, ret, "dup_onto(%d, %d, %s)", fd, newfd,
		    flags < 0 ? "-1"
		    : flags   ? "O_CLOEXEC"
			      : "0");
}

static long on_open_other(void *ctx)
{
	struct exporter *x = ctx;
	long ret = 0;
	int err = bemu_sys_open_other(x->task, "file", 0, &ret);

	return told(x, err, ret, "open_other()");
}

static long on_cloexec(void *ctx, int fd)
{
	struct exporter *x = ctx;
	struct bemu_fd_info info;
	long ret = bemu_task_fd(x->task, fd, &info);

	return told(x, 0, ret ? ret : info.cloexec, "is_cloexec(%d)", fd);
}

static uint32_t on_kind(void *ctx, int fd)
{
	const struct exporter *x = ctx;
	struct bemu_fd_info info;

	return bemu_task_fd(x->task, fd, &info) ? (uint32_t)BEMU_KIND_BTF : info.kind;
}

static long on_unlink(void *ctx, const char *path)
{
	struct exporter *x = ctx;
	long ret = 0;
	int err = bemu_sys_unlink(x->task, path, &ret);

	return told(x, err, ret, "unlink_path(\"%s\")", path);
}

static void on_drain(void *ctx)
{
	struct exporter *x = ctx;

	bemu_buf_printf(x->out, "\tdrain();\n");
	(void)bemu_deferred_run(x->em, SIZE_MAX);
}

static void end_call(struct exporter *x)
{
	if (x->nr_calls)
		bemu_buf_printf(x->out, "}\n\n");
}

/* Each line is a function. */
static void on_step(void *ctx, const struct bemu_scn *scn, const struct bemu_scn_line *line)
{
	struct exporter *x = ctx;
	const struct bemu_scn_arg *first = &scn->args[line->args];

	end_call(x);
	x->nr_calls++;
	x->line = line->at.line;
	x->tells_info = bemu_scn_is(scn, &first->val, "info") ||
			bemu_scn_is(scn, &first->val, "bpf");
	bemu_buf_printf(x->out, "/* ");
	bemu_scn_words(x->out, scn, line);
	bemu_buf_printf(x->out,
			" */\nstatic void step_%u(void)\n{\n\tconst int line = %u;\n\n"
			"\t(void)line;\n",
			x->nr_calls, line->at.line);
}

static void put_main(struct exporter *x, const char *release)
{
	uint32_t i;

	end_call(x);
	bemu_buf_printf(x->out,
			"int main(void)\n{\n\tstruct utsname un;\n"
			"\tunsigned int fd;\n\n"
			"\tif (uname(&un) || strncmp(un.release, \"%s.\", %zu)) {\n"
			"\t\tprintf(\"this is what Linux %s answers\\n\");\n\t\treturn 77;\n\t}\n"
			"\tfor (fd = %d; fd < 1024; fd++)\n\t\tclose((int)fd);\n"
			"\tattr_u32(0, 2);\n\tattr_u32(4, 4);\n\tattr_u32(8, 4);\n"
			"\tattr_u32(12, 1);\n\tif (bpf_call(0, 16) != %d) {\n"
			"\t\tprintf(\"bpf(2) may not be used here\\n\");\n\t\treturn 77;\n\t}\n"
			"\tclose(%d);\n",
			release, strlen(release) + 1, release, FILES, FILES, FILES);
	bemu_buf_printf(x->out, "%s", bemu_buf_str(&x->pins));
	for (i = 1; i <= x->nr_calls; i++)
		bemu_buf_printf(x->out, "\tstep_%u();\n", i);
	bemu_buf_printf(x->out, "%s", bemu_buf_str(&x->pins));
	bemu_buf_printf(x->out, "\tprintf(\"%%d answers differ\\n\", nr_differ);\n"
				"\treturn nr_differ != 0;\n}\n");
}

/* ---- the whole ---- */

static void put_commands(struct bemu_buf *out)
{
	enum { NR_COMMANDS = 64 };
	uint32_t i;

	bemu_buf_printf(out, "enum {\n");
	for (i = 0; i < NR_COMMANDS; i++)
		if (bemu_scn_command(i))
			bemu_buf_printf(out, "\t%s = %u,\n", bemu_scn_command(i), i);
	bemu_buf_printf(out, "};\n\n");
}

static uint32_t release_of(const struct bemu_scn *scn)
{
	uint32_t i, k;

	for (i = 0; i < scn->nr_lines; i++) {
		const struct bemu_scn_line *line = &scn->lines[i];

		if (line->kind != BEMU_SCN_STEP || line->nr_args != 2 ||
		    !bemu_scn_is(scn, &scn->args[line->args].val, "kernel"))
			continue;
		for (k = 0; k < BEMU_NR_KERNEL_NAMES; k++)
			if (bemu_kernel_names[k] &&
			    bemu_scn_is(scn, &scn->args[line->args + 1].val, bemu_kernel_names[k]))
				return k;
	}
	return BEMU_KERNEL_6_18;
}

/* Memory of the scenario's calls; its runner's own questions are native. */
static int read_mem(void *ctx, uint64_t addr, void *dst, size_t len)
{
	const struct exporter *x = ctx;

	if (!x->native)
		return x->mem->ops.read(x->mem->ops.ctx, addr, dst, len);
	memcpy(dst, (const void *)(uintptr_t)addr, len);
	return 0;
}

static int write_mem(void *ctx, uint64_t addr, const void *src, size_t len)
{
	const struct exporter *x = ctx;

	if (!x->native)
		return x->mem->ops.write(x->mem->ops.ctx, addr, src, len);
	memcpy((void *)(uintptr_t)addr, src, len);
	return 0;
}

static int make_world(struct exporter *x, uint32_t release, const void *vmlinux, size_t len)
{
	struct bemu_task_opts topts = { .size = sizeof(topts),
					.mem = &x->mem_ops,
					.nr_std = BEMU_TASK_STD };
	struct bemu_opts opts = { .size = sizeof(opts), .kernel = release };
	int err = bemu_new(&opts, &x->em);

	if (!err)
		err = bemu_set_vmlinux(x->em, vmlinux, len, BEMU_BTF_BORROW);
	if (!err)
		err = bemu_seal(x->em);
	x->mem_ops = (struct bemu_mem_ops){ .read = read_mem, .write = write_mem, .ctx = x };
	return err ? err : bemu_task_new(x->em, &topts, &x->task);
}

int bemu_scn_export_c(struct bemu_env *env, const struct bemu_scn *scn, const void *vmlinux,
		      size_t vmlinux_len, struct bemu_scn_where *where, struct bemu_buf *out,
		      const char **refused)
{
	struct exporter x = { .env = env, .out = out };
	const struct bemu_scn_kernel kernel = {
		.size = sizeof(kernel),
		.ctx = &x,
		.release = release_of(scn),
		.vmlinux = vmlinux,
		.vmlinux_len = vmlinux_len,
		.prefix = "/sys/fs/bpf/bemu_export_",
		.mem = &x.mem,
		.step = on_step,
		.bpf = on_bpf,
		.close = on_close,
		.dupfd = on_dupfd,
		.dup2 = on_dup2,
		.open_other = on_open_other,
		.cloexec = on_cloexec,
		.kind = on_kind,
		.unlink = on_unlink,
		.drain = on_drain,
	};
	struct bemu_scn_opts opts = { .size = sizeof(opts), .kernel = &kernel };
	struct bemu_scn_result res = { 0 };
	int err;

	bemu_buf_init(&x.pins, env);
	err = make_world(&x, kernel.release, vmlinux, vmlinux_len);

	bemu_buf_printf(out,
			"/* What 'bemu export --c' made of a scenario: does a kernel answer as the "
			"model does? */\n%s",
			prelude);
	put_commands(out);
	if (!err)
		err = bemu_scn_run(env, scn, &opts, where, &res);
	put_main(&x, bemu_kernel_names[kernel.release]);
	bemu_buf_fini(&x.pins);
	bemu_task_exit(x.task);
	bemu_free(x.em);
	*refused = err ? NULL : res.skipped ? res.skipped : x.refused;
	if (x.refused && !res.skipped && where)
		where->line = x.refused_line;
	if (!err && x.err)
		(void)bemu_scn_fail(env, where, x.err_line, 1, "the model does not know it");
	err = err ? err : x.err;
	return err ? err : out->err;
}
