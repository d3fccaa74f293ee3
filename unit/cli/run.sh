#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Golden tests of the command. NAME.cmd holds a shell line that calls $BEMU from the repository's root;
# NAME.out, NAME.err and NAME.exit hold what it must say, to the byte. A missing file means empty, or 0.
# Usage: run.sh BEMU [--update] [NAME...]
set -euo pipefail
cd "$(dirname "$0")/../.."

BEMU=$(realpath "$1")
export BEMU LC_ALL=C
shift
update=
if [ "${1:-}" = --update ]; then
	update=1
	shift
fi
unset NO_COLOR

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMP=$tmp
failed=0 ran=0

expect() { # FILE ACTUAL
	if [ -n "$update" ]; then
		if [ -s "$2" ]; then cp "$2" "$1"; else rm -f "$1"; fi
	elif [ -e "$1" ]; then
		diff -u "$1" "$2"
	else
		diff -u /dev/null "$2"
	fi
}

for cmd in unit/cli/*.cmd; do
	name=$(basename "$cmd" .cmd)
	if [ "$#" -gt 0 ] && [[ " $* " != *" $name "* ]]; then
		continue
	fi
	code=0
	bash -c "$(grep -v '^#' "$cmd")" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
	: >"$tmp/exit"
	if [ "$code" -ne 0 ]; then
		echo "$code" >"$tmp/exit"
	fi
	ok=1
	expect "unit/cli/$name.out" "$tmp/out" || ok=0
	expect "unit/cli/$name.err" "$tmp/err" || ok=0
	expect "unit/cli/$name.exit" "$tmp/exit" || ok=0
	ran=$((ran + 1))
	if [ "$ok" -eq 0 ]; then
		echo "FAIL $name"
		failed=$((failed + 1))
	fi
done
echo "cli: $ran commands, $failed differ"
[ "$ran" -gt 0 ] && [ "$failed" -eq 0 ]
