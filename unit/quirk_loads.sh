#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Each quirk of libbpf's loader and parsers has a scenario that finds it by the detector of the table, and a near
# miss that is quiet and the same with the quirk and without; and it changes no call of an object that has nothing
# of what it is about: unit/quirk_loads.sh BEMU CORPUS
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
load() {
	"$bemu" load --vmlinux "$corpus/btf/mini/vmlinux.btf" --kernel 6.18 --trace "$@" \
		"$corpus/obj/poison_words.bpf.o" 2>&1 || test $? = 1
}
bemu=$1 corpus=$2 nr=0
load >"$tmp/without"
grep -q PROG_LOAD "$tmp/without"
# the columns of the table may have blanks in them: the detector is where its heading is
"$bemu" list quirks | awk 'NR == 1 { at = index($0, "detector"); next }
	{ split(substr($0, at), rest, " "); print $1, rest[1] }' >"$tmp/list"
while read -r id detector; do
	case $id in
	LB-* | CORE-* | BTF-* | BTFEXT-* | CIL-*) ;;
	*) continue ;;
	esac
	name=$(echo "$id" | tr '[:upper:]' '[:lower:]')
	quirk=$corpus/scenario/quirk-$name.scn near=$corpus/scenario/near-$name.scn
	grep -qx "quirk $id" "$quirk" || { echo "$quirk: not of $id"; exit 1; }
	grep -qx "quirk $id" "$near" || { echo "$near: not of $id"; exit 1; }
	grep -q "finding $detector" "$quirk" || { echo "$quirk: not by $detector"; exit 1; }
	! grep -q finding "$near" || { echo "$near: expects a finding"; exit 1; }
	"$bemu" replay --trace "$near" >"$tmp/on"
	"$bemu" replay --trace --no-quirks "$near" >"$tmp/off"
	cmp "$tmp/on" "$tmp/off" || { echo "$near: the quirk changes it"; exit 1; }
	load --quirk "$id" >"$tmp/with"
	cmp "$tmp/without" "$tmp/with" || { echo "$id changes a load that it is not about"; exit 1; }
	nr=$((nr + 1))
done <"$tmp/list"
[ "$nr" -ge 19 ] || { echo "$nr quirks of the loader"; exit 1; }
