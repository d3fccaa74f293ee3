#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Each K-* quirk of the table has a scenario that shows its finding, of the detector that the table names, and a
# near miss that has the quirk and shows none; without the quirk neither does. unit/kernel_quirks.sh BEMU DIR
set -eu
bad=0 nr=0
complain() {
	echo "$1: $2"
	bad=1
}
"$1" list quirks | awk '/^K-/ { print $1, $3 == "kernel" ? $5 : $4 }' >"${TMPDIR:-/tmp}/kq.$$"
trap 'rm -f "${TMPDIR:-/tmp}/kq.$$"' EXIT
while read -r id detector; do
	name=$(echo "$id" | tr '[:upper:]' '[:lower:]')
	shows=$2/quirk-$name.scn near=$2/near-$name.scn
	nr=$((nr + 1))
	for file in "$shows" "$near"; do
		grep -qx "quirk $id" "$file" || complain "$file" "has no line 'quirk $id'"
		"$1" replay --quiet "$file" || complain "$file" "does not hold"
		"$1" replay --quiet --no-quirks "$file" || complain "$file" "does not hold without the quirk"
	done
	grep -q "finding $detector" "$shows" || complain "$shows" "no finding $detector"
	! grep -q 'finding ' "$near" || complain "$near" "a near miss with a finding"
	# what the text expects comes from the quirk
	sed "/^quirk $id\$/d" "$shows" >"$shows.$$.tmp"
	if "$1" replay --quiet "$shows.$$.tmp" >/dev/null 2>&1; then
		complain "$shows" "the findings come without the quirk"
	fi
	rm -f "$shows.$$.tmp"
done <"${TMPDIR:-/tmp}/kq.$$"
[ "$nr" -ge 1 ] || complain "$2" "no quirk of the kernel"
echo "$nr quirks of the kernel"
exit "$bad"
