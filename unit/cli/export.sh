#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Scenarios of the corpus that a real kernel can be asked, as C programs: each compiles without a warning, and where
# this is the kernel and root runs it, is answered as the model was. Usage: export.sh BEMU [CC]
set -euo pipefail
cd "$(dirname "$0")/../.."

bemu=$(realpath "$1")
cc=${2:-cc}
if [ ! -r /sys/kernel/btf/vmlinux ]; then
	echo "export: this machine has no BTF of its kernel" >&2
	exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
exported=0 skipped=0 differ=0
scenarios=(a-name-is-taken a-pin-holds-its-object a-program-prints-a-struct a-variable-as-the-type-of-a-key an-fd-at-zero
	attr-size-of-all-zero-loads-on-6-18 btf-header-rules btf-log-names-the-type btf-must-have-types
	closing-twice-hits-another-object fd-array-cnt-refuses-junk)
for name in "${scenarios[@]}"; do
	scn=corpus/scenario/$name.scn
	if ! "$bemu" export --c "$scn" -o "$tmp/x.c" 2>"$tmp/err"; then
		cat "$tmp/err"
		differ=$((differ + 1))
		continue
	fi
	exported=$((exported + 1))
	"$cc" -Wall -Wextra -Werror -o "$tmp/x" "$tmp/x.c"
	code=0
	timeout 20 "$tmp/x" >"$tmp/out" </dev/null || code=$?
	case $code in
	0) ;;
	77) skipped=$((skipped + 1)) ;;
	*)
		differ=$((differ + 1))
		echo "$scn"
		cat "$tmp/out"
		;;
	esac
done
echo "export: $exported programs, $skipped of them not for this kernel, $differ differ"
[ "$exported" -gt 0 ] && [ "$differ" -eq 0 ] || exit 1
if [ "$skipped" -eq "$exported" ]; then
	exit 77
fi
