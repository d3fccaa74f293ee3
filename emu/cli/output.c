/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool wants_colour(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(to)) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static const char *escape_of(unsigned char c)
{
	switch (c) {
	case 1:
		return "\033[32m";
	case 2:
		return "\033[31m";
	case 3:
		return "\033[33m";
	default:
		return "\033[0m";
	}
}

static void put_clean(const char *text, size_t len, FILE *to, bool colour)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 1 && c <= 4) {
			if (colour)
				fputs(escape_of(c), to);
		} else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
			putc('?', to);
		} else {
			putc(c, to);
		}
	}
}

int bemu_cli_write(const struct bemu_buf *buf, FILE *to)
{
	if (buf->err)
		return bemu_cli_fault("output", buf->err, NULL);
	put_clean(bemu_buf_str(buf), buf->len, to, wants_colour(to));
	if (fflush(to) || ferror(to)) {
		bemu_cli_error("output: %s", strerror(errno));
		return BEMU_CLI_FAULT;
	}
	return BEMU_CLI_YES;
}

static void error_line(const char *fmt, va_list args)
{
	char text[1024];
	char *c;

	vsnprintf(text, sizeof(text), fmt, args);
	for (c = text; *c; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	fputs("bemu: ", stderr);
	put_clean(text, strlen(text), stderr, false);
	fputc('\n', stderr);
}

void bemu_cli_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error_line(fmt, args);
	va_end(args);
}

void bemu_cli_refuse(struct bemu_buf *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (line)
		bemu_buf_vprintf(line, fmt, args);
	else
		error_line(fmt, args);
	va_end(args);
}

int bemu_cli_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error_line(fmt, args);
	va_end(args);
	fputs("Try 'bemu help'.\n", stderr);
	return BEMU_CLI_USAGE;
}

int bemu_cli_option_error(const char *cmd, int opt, char **argv)
{
	const char *what = opt == ':' ? "needs a value" : "unknown option";

	/* a short option has no word of its own; a long one is the last that was read */
	if (optopt > 0 && optopt < 256)
		return bemu_cli_usage("%s: -%c: %s", cmd, optopt, what);
	return bemu_cli_usage("%s: %s: %s", cmd, argv[optind - 1], what);
}

int bemu_cli_fault(const char *what, int err, const struct bemu_log *log)
{
	const struct bemu_log_record *rec = log ? bemu_log_last(log) : NULL;

	bemu_cli_error("%s: the emulator failed: %s%s%s", what, strerror(-err), rec ? ": " : "",
		       rec ? rec->text : "");
	return BEMU_CLI_FAULT;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts))
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum { REDRAW_MS = 100 };

void bemu_cli_progress(struct bemu_cli_progress *bar, uint32_t done, uint32_t total)
{
	static const char hashes[] = "########################################";
	int64_t now, used, left;
	int width = (int)sizeof(hashes) - 1, filled;

	if (!isatty(STDERR_FILENO) || !total)
		return;
	now = done == total ? 0 : now_ms();
	if (!done) {
		bar->start_ms = now;
		return;
	}
	if (done == total) {
		if (bar->shown)
			fputs("\r\033[K", stderr);
		return;
	}
	used = now - bar->start_ms;
	left = used * (total - done) / done;
	if (bar->shown ? now - bar->drawn_ms < REDRAW_MS : left <= 1000)
		return;
	bar->shown = true;
	bar->drawn_ms = now;
	filled = (int)((int64_t)width * done / total);
	fprintf(stderr, "\r[%.*s%*s] %u/%u, %lld s left \033[K", filled, hashes, width - filled, "",
		done, total, (long long)((left + 999) / 1000));
}
