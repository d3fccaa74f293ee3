#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Builds the objects and the kernel BTFs of corpus/examples beside their sources.
#   ci/build-examples.sh           rebuild in place
#   ci/build-examples.sh --check   rebuild elsewhere and compare every byte; 77 when a tool is missing
# Needs clang-14, clang-16 (e20 only: enumerators of 64 bits, type matches) and libbpf-dev.
set -euo pipefail
cd "$(dirname "$0")/../corpus/examples"

for tool in clang-14 clang-16 cc; do
	if ! command -v "$tool" >/dev/null; then
		echo "build-examples: skipped: needs $tool"
		exit 77
	fi
done
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for src in e*.bpf.c; do
	compiler=clang-14
	case $src in e20_*) compiler=clang-16 ;; esac
	# under a path that the compiler cannot read it puts no source lines into .BTF
	"$compiler" -target bpf -O2 -g "-ffile-prefix-map=$PWD=/src" -c "$src" \
		-o "$out/${src%.c}.o"
	llvm-strip-14 -g "$out/${src%.c}.o"
done
cc -o "$out/mkbtf" mkbtf.c -lbpf
"$out/mkbtf" "$out"
rm "$out/mkbtf"
bad=0
for built in "$out"/*; do
	here=$(basename "$built")
	if [ "${1:-}" = --check ]; then
		cmp "$built" "$here" || bad=1
	else
		cp "$built" "$here"
	fi
done
if [ "$bad" -eq 0 ] && [ "${1:-}" = --check ]; then
	echo "examples: every object and BTF equals what its source gives"
fi
exit "$bad"
