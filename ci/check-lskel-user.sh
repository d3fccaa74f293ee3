#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# A user of bpftool's light skeleton of corpus/obj/agent.bpf.o, compiled with the header of "bemu gen" as
# well: the same members at the same offsets, for each bpftool that is here.
#   ci/check-lskel-user.sh BEMU
# Exit code: 0 the same, 1 not, 2 usage, 77 no skel_internal.h here, or no bpftool.
set -euo pipefail

if [ "$#" -ne 1 ] || [ ! -x "$1" ]; then
	echo "usage: ci/check-lskel-user.sh BEMU" >&2
	exit 2
fi
bemu=$(realpath "$1")
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

if ! echo '#include <bpf/skel_internal.h>' | cc -E - >/dev/null 2>&1; then
	echo "no <bpf/skel_internal.h> here"
	exit 77
fi

# HEADER PROGRAM
build() {
	cc -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare "-DHEADER=\"$1\"" -o "$2" \
		unit/lskel_user.c
}

cp corpus/obj/agent.bpf.o "$tmp/agent.bpf.o"
"$bemu" gen "$tmp/agent.bpf.o" -o "$tmp/ours.h" >/dev/null
build "$tmp/ours.h" "$tmp/ours"
"$tmp/ours" >"$tmp/ours.out"
found=no
for tool in bpftool build/bpftool-1.5/run build/bpftool-1.7/run; do
	if ! "$tool" gen skeleton -L "$tmp/agent.bpf.o" >"$tmp/theirs.h" 2>/dev/null; then
		continue
	fi
	found=yes
	build "$tmp/theirs.h" "$tmp/theirs"
	"$tmp/theirs" >"$tmp/theirs.out"
	diff -u "$tmp/theirs.out" "$tmp/ours.out"
	echo "the same as with $("$tool" version | head -1)"
done
if [ "$found" = no ]; then
	echo "compiles; no bpftool here to compare with"
	exit 77
fi
