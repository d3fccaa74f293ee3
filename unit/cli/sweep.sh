#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# bemu sweep over every loader of the corpus: the real ones of corpus/skel, and those that libbpf 1.7's
# generator makes of corpus/obj. What goes wrong, also by itself, is listed in sweep.expected, nothing else may;
# nothing fails badly where the generator's known bugs are off.
# Usage: sweep.sh BEMU [--update]
set -euo pipefail
cd "$(dirname "$0")/../.."

bemu=$(realpath "$1")
update=${2:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C
swept=0 refused=0

mended=(--no-quirk GL-SYMFD-LEAK-ON-ERR --no-quirk GL-WEAK-STALE-SLOT --no-quirk GL-INNERFD-CLOSED-AGAIN)

sweep() { # LOADER
	local code=0
	"$bemu" sweep "$1" --btf-dir corpus/btf/mini >"$tmp/out" 2>"$tmp/err" || code=$?
	if grep -q 'not generated' "$tmp/err"; then
		refused=$((refused + 1))
		return
	fi
	swept=$((swept + 1))
	if [ "$code" -gt 1 ]; then
		echo "$1: exit $code: $(sed 's/^bemu: [^:]*: //' "$tmp/err")"
	elif [ "$code" -eq 1 ] && grep -q '^answer: NO, no verifier' "$tmp/out"; then
		echo "$1: $(sed -n 's/^answer: NO, //p' "$tmp/out")"
	elif [ "$code" -eq 1 ] && grep -q '^as it is' "$tmp/out"; then
		echo "$1: as it is $(sed -n 's/^as it is, the loader \(fails with [^:]*\).*/\1/p' "$tmp/out")"
		sed -n 's/^lowest free FD 3: [0-9]* runs, \([1-9][0-9]* wrong\).*/  \1/p' "$tmp/out"
	elif [ "$code" -eq 1 ]; then
		if [[ $1 == *.o ]] &&
		   ! "$bemu" sweep "${mended[@]}" "$1" --btf-dir corpus/btf/mini >"$tmp/mended"; then
			echo "$1: wrong also without the known bugs"
			cat "$tmp/mended"
		fi
		echo "$1"
		sed -n 's/^lowest free FD 3: \([0-9]* runs, [0-9]* wrong\).*/  \1/p' "$tmp/out"
		sed -n 's/^      \([a-z-]*\).*/\1/p' "$tmp/out" | sort | uniq -c | sed 's/^ */  /'
	fi
}

for loader in corpus/skel/*.lskel.h corpus/obj/*.bpf.o; do
	case $loader in
	*.be.bpf.o | */bad_*) ;;
	*) sweep "$loader" ;;
	esac
done >"$tmp/all"
if [ "$update" = --update ]; then
	cp "$tmp/all" unit/cli/sweep.expected
fi
diff -u unit/cli/sweep.expected "$tmp/all"
echo "$swept loaders swept, $refused objects that no loader is made of"
[ "$swept" -ge 150 ]
