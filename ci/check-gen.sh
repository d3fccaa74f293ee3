#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Light skeletons of real bpftools against "bemu gen", byte for byte: blob and loader of each object of
# corpus/obj in this machine's byte order, or a refusal by both.
#   ci/check-gen.sh BEMU [OBJECT...]
# The bytes are those that the header's own load function hands on: it is compiled with a function in the
# place of bpf_load_and_run() that writes them to files. Objects with kconfig are left out: bpftool takes
# the running kernel's. Known differences are in corpus/known-differences.txt, and have to be there.
# Exit code: 0 equal but for those, 1 not, 2 usage, 77 no bpftool with a known libbpf.
set -euo pipefail

if [ "$#" -lt 1 ] || [ ! -x "$1" ]; then
	echo "usage: ci/check-gen.sh BEMU [OBJECT...]" >&2
	exit 2
fi
bemu=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
if [ "$#" -eq 0 ]; then
	set -- corpus/obj/*.bpf.o
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/dump.c" <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/types.h>
#include <bpf/skel_internal.h>

/* headers name the types of data sections as the object's source does */
typedef __s8 s8;
typedef __u8 u8;
typedef __s16 s16;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;

static int write_file(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "w");

	return !file || fwrite(data, 1, len, file) != len || fclose(file);
}

static int dump(struct bpf_load_and_run_opts *opts)
{
	if (write_file(getenv("DUMP_DATA"), opts->data, opts->data_sz) ||
	    write_file(getenv("DUMP_INSNS"), opts->insns, opts->insns_sz))
		exit(1);
	exit(0);
}

#define bpf_load_and_run dump
#include HEADER

int main(void)
{
	static char skel[1 << 20];

	LOAD((void *)skel);
	return 1;
}
END

# What a signed one has in its header is newer than any skel_internal.h that compiles here.
mkdir -p "$tmp/signed/bpf"
cat >"$tmp/signed/bpf/skel_internal.h" <<'END'
#pragma once
#include <stddef.h>
#include <linux/bpf.h>
enum { KEY_SPEC_SESSION_KEYRING = -3, PROT_READ = 1, PROT_WRITE = 2 };
struct bpf_loader_ctx {
	__u32 sz, flags, log_level, log_size;
	__u64 log_buf;
};
struct bpf_map_desc {
	int map_fd;
	__u32 max_entries;
	__u64 initial_value;
};
struct bpf_prog_desc {
	int prog_fd;
};
struct bpf_load_and_run_opts {
	struct bpf_loader_ctx *ctx;
	const void *data, *insns;
	__u32 data_sz, insns_sz, signature_sz, excl_prog_hash_sz;
	const char *errstr;
	void *signature, *excl_prog_hash;
	__s32 keyring_id;
};
void *skel_alloc(size_t size), *skel_prep_map_data(const void *data, size_t map, size_t len),
	*skel_finalize_map_data(__u64 *init, size_t len, int flags, int fd);
void skel_free(const void *p), skel_free_map_data(void *p, __u64 addr, size_t len);
int skel_closenz(int fd), skel_raw_tracepoint_open(const char *name, int prog_fd),
	skel_link_create(int prog_fd, int target_fd, int type);
END

# OBJECT TOOL RELEASE: prints a line for what is not equal
check() {
	local name made=yes real=yes
	name=$(basename "$1" .bpf.o)
	# both then derive the same names of maps from it
	cp "$1" "$tmp/$name.o"
	"$2" gen skeleton -L "${sign[@]}" "$tmp/$name.o" >"$tmp/real.h" 2>/dev/null || real=no
	"$bemu" gen "$tmp/$name.o" --libbpf "$3" "${options[@]}" --kallsyms /proc/kallsyms -o "$tmp/made" >/dev/null 2>&1 || made=no
	if [ "$real" != "$made" ]; then
		echo "$name, libbpf $3: bpftool generates it: $real, bemu: $made"
		return 1
	fi
	if [ "$real" = no ]; then
		refused=$((refused + 1))
		return 0
	fi
	local load
	load=$(sed -nE 's/^([A-Za-z0-9_]+__load)\(.*/\1/p' "$tmp/real.h" | head -1)
	if ! cc -w "${include[@]}" -DHEADER="\"$tmp/real.h\"" -DLOAD="$load" -o "$tmp/dump" "$tmp/dump.c" \
		2>"$tmp/cc.err"; then
		uncompiled="$uncompiled $name"
		return 0
	fi
	DUMP_DATA=$tmp/real.data DUMP_INSNS=$tmp/real.insns "$tmp/dump"
	if cmp -s "$tmp/real.data" "$tmp/made.data" && cmp -s "$tmp/real.insns" "$tmp/made.insns"; then
		equal=$((equal + 1))
		return 0
	fi
	echo "$name, libbpf $3: blob or loader differs"
	return 1
}

# RELEASE/OBJECT: which entry of corpus/known-differences.txt has it
declare -A known=()
while read -r id key; do
	known[$key]=$id
done < <(awk '$1 == "id:" { id = $2 } $1 == "probe:" && $2 == "check-gen" {
	nr = split($3, releases, ",")
	for (i = 4; i <= NF; i++)
		for (k = 1; k <= nr; k++)
			print id, releases[k] "/" $i
}' \
	corpus/known-differences.txt)

# OBJECT...: all of them by $tool of $release
compare_all() {
	local object key
	equal=0 refused=0 uncompiled=
	for object in "$@"; do
		if [[ $object = *.be.bpf.o ]] || grep -qa '\.kconfig' "$object"; then
			continue
		fi
		key=$release/$(basename "$object" .bpf.o)
		if check "$object" "$tool" "$release"; then
			if [ -n "${known[$key]:-}" ]; then
				echo "$key: no difference, but one is known: ${known[$key]}"
				bad=1
			fi
		elif [ -n "${known[$key]:-}" ]; then
			echo "    known: ${known[$key]}"
		else
			bad=1
		fi
	done
	echo "libbpf $release${sign[*]:+, signed}: $equal equal, $refused refused by both"
	if [ -n "$uncompiled" ]; then
		echo "headers that no compiler takes:$uncompiled"
	fi
}

found=no bad=0 sign=() include=()
for tool in bpftool build/bpftool-1.5/run build/bpftool-1.7/run; do
	release=$("$tool" version 2>/dev/null | sed -nE "s/^using libbpf v(1\.[158])\$/\1/p" || true)
	if [ -z "$release" ]; then
		continue
	elif [ "$release" = 1.8 ]; then
		release=next
	fi
	# bpftool 7.1 is built from 6.1.y
	options=(--cpus "$(getconf _NPROCESSORS_CONF)")
	if [ "$release" = 1.1 ]; then
		options+=(--stable-6.1)
	fi
	found=yes
	compare_all "$@"
	# bpftool 7.8 has what came after 1.7, and can sign
	if [ "$release" = next ] && command -v openssl >/dev/null; then
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=bemu -keyout "$tmp/key.pem" \
			-out "$tmp/cert.pem" 2>/dev/null
		include=(-I "$tmp/signed" -O2)
		sign=(-S -k "$tmp/key.pem" -i "$tmp/cert.pem")
		# its signed loaders still look at the hash: they are those of 1.7 without their bugs
		options+=(--libbpf 1.7 --hash)
		for quirk in GL-SIG-JUMP-OFF1 GL-SIGNED-HOST-OVERRIDE GL-SIGNED-NONEXCL; do
			options+=(--no-quirk "$quirk")
		done
		compare_all "$@"
	fi
done
if [ "$found" = no ]; then
	echo "no bpftool with libbpf 1.1, 1.5 or 1.8 here"
	exit 77
fi
exit "$bad"
