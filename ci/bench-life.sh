#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# What calls cost: CPU time beside the running kernel's for the same call, where it may be asked; instructions while
# 10 and 20,000 maps, BTFs, programs and names are there, so that nothing grows with what is merely open; a
# recount of references for each object; a reset. Fails when a figure misses its goal by more than a factor of
# two; instructions are the same on a busy machine. Usage: ci/bench-life.sh [BENCH_LIFE]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc libc6-dev cmake ninja-build pkg-config libelf-dev libjansson-dev nettle-dev libcmocka-dev valgrind

bench=${1:-build/release/unit/bench_life}
if [ $# -eq 0 ]; then
	cmake --preset release >/dev/null
	quiet cmake --build --preset release --target bench_life -j "$(nproc)"
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# one dump a measured call: its instructions beside the name
count() {
	valgrind --tool=callgrind --callgrind-out-file="$tmp/count-$1" --collect-atstart=no \
		--toggle-collect=bench_measured_life --dump-after=bench_measured_life \
		"$bench" counted "$1" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
	# only calls that were counted have a number behind the name; the last file is the end of the run
	find "$tmp" -name "count-$1.*" | sort -t. -k3 -n | while IFS= read -r file; do
		awk '/^totals:/ { print $2 }' "$file"
	done | paste "$tmp/names-$1" - | awk -F '\t' -v OFS='\t' 'NF == 3 { print $1, $3 / $2 }'
}
for nr in 10 20000; do
	"$bench" names "$nr" >"$tmp/names-$nr"
	count "$nr" >"$tmp/rows-$nr"
done
paste "$tmp/rows-10" "$tmp/rows-20000" | awk -F '\t' -v OFS='\t' '
	$1 == "reset" { print "reset", "instructions", $2, "-"; next }
	{ print "grows-" $1, "instructions", $2, $4 }' >"$tmp/rows"
"$bench" | grep -v '^open-' >>"$tmp/rows"

# "times": the kernel's time divided by ours, at least; "growth": second figure by the first, at most; "max"
awk -F '\t' '
	function row(id, kind, goal, title,    figure, low, met, fail) {
		if (!(id in ours)) {
			if (kind != "times") {
				printf "%-46s was not measured\n", title
				bad = 1
			}
			return
		}
		figure = kind == "max" ? ours[id] : theirs[id] / ours[id]
		low = kind == "times"
		met = low ? figure >= goal : figure <= goal
		fail = low ? figure < goal / 2 : kind == "growth" ? figure - 1 > 2 * (goal - 1) : figure > goal * 2
		printf "%-46s %10s %10s %-12s %8.2f %s %s%s\n", title, ours[id], theirs[id], unit[id], figure, \
			low ? ">=" : "<=", goal, fail ? "  FAILED" : met ? "" : "  missed"
		bad = bad || fail
	}
	{ unit[$1] = $2; ours[$1] = $3; theirs[$1] = $4 }
	END {
		row("kernel-map_create_close", "times", 50, "MAP_CREATE and close, and the kernel")
		row("kernel-btf_load_close", "times", 20, "BTF_LOAD of an int and close")
		row("kernel-next_id", "times", 25, "GET_NEXT_ID")
		row("kernel-fd_by_id_close", "times", 20, "GET_FD_BY_ID and close")
		row("kernel-obj_get_info", "times", 25, "OBJ_GET_INFO_BY_FD")
		row("grows-map_create_close", "growth", 1.3, "MAP_CREATE and close, 10 and 20,000 open")
		row("grows-btf_load_close", "growth", 1.3, "BTF_LOAD and close")
		row("grows-prog_load_close", "growth", 1.3, "PROG_LOAD and close")
		row("grows-dup_close", "growth", 1.3, "dup and close")
		row("grows-close_lowest", "growth", 1.3, "close and take the lowest number")
		row("grows-next_id", "growth", 1.3, "GET_NEXT_ID")
		row("grows-fd_by_id_close", "growth", 1.3, "GET_FD_BY_ID and close")
		row("grows-obj_get_info", "growth", 1.3, "OBJ_GET_INFO_BY_FD")
		row("grows-pin_unlink", "growth", 1.3, "OBJ_PIN and unlink")
		row("grows-audit", "growth", 1.3, "recount of references, an object")
		row("reset", "max", 3000, "reset after 16 objects")
		row("page_faults_of_1000_resets", "max", 0, "page faults of 1000 resets")
		exit bad
	}' "$tmp/rows" || {
	echo "bench-life: a figure misses its goal by more than a factor of two" >&2
	exit 1
}
