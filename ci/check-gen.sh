#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Light skeletons of real bpftools against "bemu gen", byte for byte: blob and loader of each object of
# corpus/obj in this machine's byte order, or a refusal by both.
#   ci/check-gen.sh BEMU [OBJECT...]
# The bytes are those that the header's own load function hands on: it is compiled with a function in the
# place of bpf_load_and_run() that writes them to files. Objects with kconfig are left out: bpftool takes
# the running kernel's. Known differences are listed below, and have to be there.
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

# OBJECT TOOL RELEASE: prints a line for what is not equal
check() {
	local name made=yes real=yes
	name=$(basename "$1" .bpf.o)
	# both then derive the same names of maps from it
	cp "$1" "$tmp/$name.o"
	"$2" gen skeleton -L "$tmp/$name.o" >"$tmp/real.h" 2>/dev/null || real=no
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
	if ! cc -w -DHEADER="\"$tmp/real.h\"" -DLOAD="$load" -o "$tmp/dump" "$tmp/dump.c" \
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

# RELEASE/OBJECT: why. bpftool 7.1 has the libbpf of Linux 6.1.y, which calls itself 1.1 but was taken
# from before its release; how objects are read there is not replayed, the release is.
declare -A known=(
	[1.1/data_names]="6.1.y: no .bss.* sections yet"
	[1.1/data_sections]="6.1.y: no .bss.* sections yet"
	[1.1/data_static]="6.1.y: sections of static variables can be mapped, hidden variables stay global"
	[1.1/sub_global_data]="6.1.y: sections of static variables can be mapped"
	[1.1/sub_only_text]="6.1.y: a lone function of .text is passed over, 1.1 refuses it"
	[1.5/arena_only]="ours: nothing can be mapped where a map is generated and not made"
)

found=no bad=0
for tool in bpftool build/bpftool-1.5/run build/bpftool-1.7/run; do
	release=$("$tool" version 2>/dev/null | sed -nE 's/^using libbpf v(1\.[157])$/\1/p' || true)
	if [ -z "$release" ]; then
		continue
	fi
	# bpftool 7.1 is built from 6.1.y
	options=(--cpus "$(getconf _NPROCESSORS_CONF)")
	if [ "$release" = 1.1 ]; then
		options+=(--stable-6.1)
	fi
	found=yes equal=0 refused=0 uncompiled=
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
	echo "libbpf $release: $equal equal, $refused refused by both"
	if [ -n "$uncompiled" ]; then
		echo "headers that no compiler takes:$uncompiled"
	fi
done
if [ "$found" = no ]; then
	echo "no bpftool with libbpf 1.1, 1.5 or 1.7 here"
	exit 77
fi
exit "$bad"
