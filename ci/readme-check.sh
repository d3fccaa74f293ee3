#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Runs every command of the README's ```console blocks and compares what it prints with what is written
# there. Usage: readme-check.sh [BEMU] [--update]; BEMU is build/release/bemu unless named
# Only lines that begin with "$ bemu" are run; "bemu" is the binary that is named.
set -euo pipefail
cd "$(dirname "$0")/.."

update=
if [ "${*: -1}" = --update ]; then
	update=--update
	set -- "${@:1:$#-1}"
fi
bemu=$(realpath "${1:-build/release/bemu}")
export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"
ln -s "$bemu" "$tmp/bin/bemu"
export PATH=$tmp/bin:$PATH

in_block='' skip='' ran=0
while IFS= read -r line; do
	if [ -z "$in_block" ]; then
		printf '%s\n' "$line"
		if [ "$line" = '```console' ]; then
			in_block=1
		fi
		continue
	fi
	case $line in
	'```')
		in_block='' skip=''
		printf '%s\n' "$line"
		;;
	'$ bemu '*)
		printf '%s\n' "$line"
		bash -c "${line#\$ }" </dev/null 2>&1 || true
		skip=1
		ran=$((ran + 1))
		;;
	'$ '*)
		printf '%s\n' "$line"
		skip=''
		;;
	*)
		if [ -z "$skip" ]; then
			printf '%s\n' "$line"
		fi
		;;
	esac
done <README.md >"$tmp/README.md"

if [ "$ran" -eq 0 ]; then
	echo "readme-check: README.md has no command to run" >&2
	exit 1
fi
if [ "$update" = --update ]; then
	cp "$tmp/README.md" README.md
elif ! diff -u README.md "$tmp/README.md"; then
	echo "readme-check: README.md is not what bemu prints; ci/readme-check.sh BEMU --update" >&2
	exit 1
fi
echo "readme: $ran commands print what is written"
