#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Every line of --json over the corpus against emu/doc/schema, and all record types must occur. Of objects of
# the other byte order, which all end the same way, a few.
# Usage: schema.sh BEMU CHECKER
set -euo pipefail
cd "$(dirname "$0")/../.."

bemu=$1 checker=$2
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
for object in corpus/obj/*.bpf.o; do
	case $object in
	*/a*.be.bpf.o) ;;
	*.be.bpf.o) continue ;;
	esac
	code=0
	"$bemu" load "$object" --btf-dir corpus/btf/mini --json 2>/dev/null || code=$?
	if [ "$code" -gt 1 ]; then
		echo "schema: $object: exit code $code" >&2
	fi
done >"$tmp"
for loader in corpus/skel/*.lskel.h; do
	"$bemu" skel "$loader" --btf-dir corpus/btf/mini --json >>"$tmp" || [ "$?" -eq 1 ]
done
for layout in reserved sparse second-map aux-map; do
	for object in agent kfunc_far kfunc_modules data_sections; do
		"$bemu" layout "corpus/obj/$object.bpf.o" --layout "$layout" --json 2>/dev/null >>"$tmp" || [ "$?" -eq 1 ]
	done
	"$bemu" layout corpus/obj/agent.bpf.o --layout "$layout" --hash --json >>"$tmp"
done
"$checker" emu/doc/schema <"$tmp"
