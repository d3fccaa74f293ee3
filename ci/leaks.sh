#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Memory that nobody gives back, twice over: LeakSanitizer must be awake in the asan preset, whose tests
# it then judges; and valgrind watches the command load the whole corpus with the ordinary allocator.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc libc6-dev clang-14 libclang-rt-14-dev cmake ninja-build pkg-config libelf-dev libjansson-dev nettle-dev valgrind \
	libc6-dbg

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A sanitizer that cannot work here (a tracer, a container) reports nothing: that is no success.
cat >"$work/leak.c" <<'C'
#include <stdlib.h>
char *volatile kept;
int main(void)
{
	kept = malloc(77);
	kept = NULL;
	return 0;
}
C
clang-14 -fsanitize=address -o "$work/leak" "$work/leak.c"
if "$work/leak" >"$work/out" 2>&1; then
	echo "leaks: LeakSanitizer does not see a leak here, so the asan tests prove nothing about leaks" >&2
	exit 1
fi
grep -q 'LeakSanitizer: detected memory leaks' "$work/out" || { cat "$work/out" >&2; exit 1; }

cmake --preset dev >/dev/null
quiet cmake --build --preset dev --target bemu -j "$(nproc)"
watch() {	# COMMAND...: exit codes 0 and 1 are answers
	local code=0

	valgrind --quiet --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all --error-exitcode=99 \
		build/dev/bemu "$@" >/dev/null 2>"$work/err" || code=$?
	if [ "$code" -gt 1 ]; then
		cat "$work/err" >&2
		echo "leaks: bemu $1: exit code $code" >&2
		exit 1
	fi
}
watch load --btf-dir corpus/btf/mini corpus/obj/*.bpf.o corpus/obj/hostile/*.bpf.o
watch load -v --trace --dump insns --btf-dir corpus/btf/mini corpus/obj/agent.bpf.o
watch load --json --btf-dir corpus/btf/mini corpus/obj/kfunc_modules.bpf.o
watch btf --dump c corpus/btf/mini/vmlinux.btf
echo "leaks: none"
