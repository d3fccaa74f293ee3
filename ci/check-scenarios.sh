#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The scenarios of the corpus: names of small letters, digits and hyphens, titles that are sentences without a
# full stop, each title once, canonical text. That they hold is ctest's to say. Usage: ci/check-scenarios.sh BEMU
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -ne 1 ]; then
	echo "usage: ci/check-scenarios.sh BEMU" >&2
	exit 2
fi
bemu=$1
bad=0 nr=0
complain() {
	echo "$1: $2"
	bad=1
}

for file in corpus/scenario/*.scn; do
	nr=$((nr + 1))
	[[ $(basename "$file") =~ ^[a-z0-9]+(-[a-z0-9]+)*\.scn$ ]] || complain "$file" "not a name like this-one.scn"
	title=$(sed -n 's/^scenario: //p' "$file")
	read -ra words <<<"$title"
	[ "${#words[@]}" -ge 4 ] || complain "$file" "the title is no sentence"
	[[ $title != *. ]] || complain "$file" "the title ends in a full stop"
	"$bemu" replay --print "$file" | cmp -s - "$file" || complain "$file" "not in canonical form"
done
twice=$(sed -n 's/^scenario: //p' corpus/scenario/*.scn | sort | uniq -d)
[ -z "$twice" ] || complain corpus/scenario "two scenarios say: $twice"
[ "$nr" -ge 80 ] || complain corpus/scenario "$nr scenarios"
[ "$bad" -eq 0 ] && echo "check-scenarios: $nr scenarios"
