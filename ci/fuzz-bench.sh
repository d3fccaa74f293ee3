#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# How long the target that should find a quirk takes for it: fuzz/bench.txt names it. Each try begins with the
# committed seeds, without those that are made of scenarios or objects of that quirk, and ends with the first
# finding of the quirk's own detector that the same input does not give without the quirk (fuzz/hunt.h); crashes
# of another kind are counted, and the try goes on. Placebos have no detector and must be quiet. Tries that are
# done are kept, one a line, so that an interrupted run goes on where it was. A table is printed at the end.
# Usage: ci/fuzz-bench.sh [--engine libfuzzer|afl] [--max-time CPU-SECONDS] [--seeds N] [--results FILE]
#                         [--table | --smoke] [QUIRK...]
# --table: only print what there is. --smoke: three quirks that are found within seconds, and a placebo.
# Exit code 1: a placebo was not quiet; with --smoke, also a quirk that was not found.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages clang-14 libclang-rt-14-dev llvm-14 afl++ cmake ninja-build pkg-config libelf-dev zlib1g-dev

usage() {
	sed -n 's/^# \(Usage\|   *\)/\1/p' "$0" >&2
	exit 2
}

engine=libfuzzer max_time=600 nr_seeds=3 only_table=0 smoke=0
results=build/fuzz-bench/results
chosen=()
while [ "$#" -gt 0 ]; do
	case $1 in
	--table) only_table=1 ;;
	--smoke) smoke=1 ;;
	--engine | --max-time | --seeds | --results)
		[ "$#" -ge 2 ] || usage
		case $1 in
		--engine) engine=$2 ;;
		--max-time) max_time=$2 ;;
		--seeds) nr_seeds=$2 ;;
		--results) results=$2 ;;
		esac
		shift
		;;
	-*) usage ;;
	*) chosen+=("$1") ;;
	esac
	shift
done
[[ $max_time =~ ^[1-9][0-9]*$ && $nr_seeds =~ ^[1-9][0-9]*$ ]] || usage
case $engine in
libfuzzer) preset=fuzz build=${BEMU_FUZZ_BUILD:-} ;;
afl) preset=afl build=${BEMU_AFL_BUILD:-} ;;
*) usage ;;
esac
if [ "$smoke" = 1 ]; then
	chosen=(GL-KFUNC-STALE-SLOT LB-FD-STD K-MODBTF-ID-LINGERS PL-IDLE-WORD)
	nr_seeds=1 max_time=15 results=build/fuzz-bench/smoke-results
	rm -f "$results"
fi
work=build/fuzz-bench/tries
mkdir -p "$work" "$(dirname "$results")"
touch "$results"

# ---- the tables ----

declare -A class_of detector_of target_of
while read -r quirk class detector; do
	class_of[$quirk]=${class,,}
	detector_of[$quirk]=$detector
done < <(printf '%s\n' '#define X(name, id, title, where, brought, fixed, detector, cls, first, last) id cls detector' \
	'#include "emu/include/bemu/quirks.def"' | clang-14 -E -P -I. -x c - |
	grep -oE '"[A-Z0-9-]+" [A-Z]+ "[a-z0-9-]*"' | tr -d '"')
while read -r quirk target; do
	target_of[$quirk]=$target
	[ -n "${class_of[$quirk]:-}" ] || { echo "fuzz/bench.txt: $quirk: no such quirk" >&2; exit 2; }
	[ -f "fuzz/$target.c" ] || { echo "fuzz/bench.txt: $target: no such target" >&2; exit 2; }
done < <(grep -v '^#' fuzz/bench.txt)
if [ "${#chosen[@]}" -eq 0 ]; then
	mapfile -t chosen < <(grep -v '^#' fuzz/bench.txt | cut -d ' ' -f 1)
fi
for quirk in "${chosen[@]}"; do
	[ -n "${target_of[$quirk]:-}" ] || { echo "$quirk: not in fuzz/bench.txt" >&2; exit 2; }
done

# Columns of a line: quirk engine target seed limit executions CPU-seconds found|not|quiet crashes finding
print_table() {
	local class

	for class in real reconstructed placebo; do
		for quirk in "${!class_of[@]}"; do
			if [ "${class_of[$quirk]}" = "$class" ]; then
				echo "$quirk"
			fi
		done | sort | awk -F '\t' -v class="$class" '
			function median(list,  n, v, i, j, t) {
				n = split(list, v, " ")
				for (i = 2; i <= n; i++)
					for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
				return n ? v[int((n + 1) / 2)] " " v[1] " " v[n] : "- - -"
			}
			NR == FNR { wanted[$1] = 1; next }
			!($1 in wanted) { next }
			{ key = sprintf("%-26s %-16s %-9s", $1, $3, $2); tries[key]++; limit = $5 > limit ? $5 : limit }
			class == "placebo" { hits[key] += $8 == "quiet"; quiet += $8 == "quiet"; all[NR] = 1; next }
			$8 == "found" { hits[key]++; execs[key] = execs[key] " " $6; secs[key] = secs[key] " " $7
				seen[$1] = 1; if ($7 <= 60) soon[$1] = 1 }
			{ all[$1] = 1 }
			END {
				printf "\n%-26s %-16s %-9s %7s  %-26s %s\n", class, "target", "engine", class == "placebo" ? "quiet" : "found",
					"executions: median min max", "CPU seconds: median min max"
				n = 0
				for (key in tries) sorted[++n] = key
				for (i = 2; i <= n; i++)
					for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) { t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t }
				for (i = 1; i <= n; i++) {
					key = sorted[i]; split(median(execs[key]), e, " "); split(median(secs[key]), s, " ")
					printf "%s %3d/%-3d  %8s %8s %8s %9s %8s %8s\n", key, hits[key], tries[key], e[1], e[2], e[3], s[1], s[2], s[3]
				}
				if (class == "placebo") { printf "placebo: %d of %d tries quiet\n", quiet, length(all); exit }
				printf "%s: %d of %d found, %d of them within 60 CPU seconds\n", class, length(seen), length(all), length(soon)
			}' - "$results"
	done
}

if [ "$only_table" = 1 ]; then
	print_table
	exit 0
fi

# ---- a try ----

if [ -z "$build" ]; then
	build=build/$preset
	[ -f "$build/CMakeCache.txt" ] || cmake --preset "$preset" >/dev/null
fi

build_target() {
	local targets=("$1")

	[ "$engine" = libfuzzer ] || targets+=("${1}_mutator")
	AFL_QUIET=1 cmake --build "$build" --target "${targets[@]}" -j "${BEMU_JOBS:-$(nproc)}" >/dev/null
}

# Seeds of a target that have nothing to do with a quirk.
copy_seeds() {	# QUIRK TARGET FOLDER
	local name=${1,,} objects

	objects=$(cat corpus/scenario/{quirk,near}-"$name".scn 2>/dev/null | grep -oE '[a-z0-9_]+\.bpf\.o' | sed 's/\.bpf\.o$//')
	mkdir -p "$3"
	find "corpus/fuzz/$2" -type f ! -name "*quirk-$name*" ! -name "*near-$name*" -exec cp '{}' "$3/" ';'
	for name in $objects; do
		rm -f "$3"/{accept,reject,issue}-"$name"
	done
}

# Sets executions, said (the finding) and crashes by one.
round_libfuzzer() {	# TARGET SEED SECONDS FOLDER
	local args=(-seed="$2" -max_total_time="$3" -timeout=25 -max_len=16384 -print_final_stats=1)

	mkdir -p "$4/corpus"
	args+=(-dict="fuzz/$1.dict" -artifact_prefix="$4/")
	ASAN_OPTIONS=detect_leaks=0 "$build/fuzz/$1" "${args[@]}" "$4/corpus" "$4/seeds" >"$4/log" 2>&1 || true
}
after_libfuzzer() {	# TARGET FOLDER
	executions=$((executions + $(sed -n 's/^stat::number_of_executed_units: *//p' "$2/log" | tail -n 1 | grep . || echo 0)))
	said=$(sed -n 's/^finding: //p' "$2/log" | head -n 1)
	if [ -z "$said" ] && grep -qE 'does not hold|ERROR: ' "$2/log"; then
		crashes=$((crashes + 1))
		cp "$2/log" "$2/crash-$crashes.log"
	fi
}

round_afl() {	# TARGET SEED SECONDS FOLDER
	rm -rf "$4/out"
	AFL_BENCH_UNTIL_CRASH=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
		AFL_FAST_CAL=1 AFL_CUSTOM_MUTATOR_LIBRARY="$PWD/$build/fuzz/${1}_mutator.so" \
		afl-fuzz -s "$2" -V "$3" -t 5000+ -x "fuzz/$1.dict" -i "$4/seeds" -o "$4/out" \
		-- "$build/fuzz/$1" >"$4/log" 2>&1 || true
}
after_afl() {	# TARGET FOLDER
	local stats=$2/out/default/fuzzer_stats file

	[ -f "$stats" ] || { tail -n 5 "$2/log" >&2; return; }
	executions=$((executions + $(sed -n 's/^execs_done *: *//p' "$stats")))
	while IFS= read -r file; do
		{ "$build/fuzz/$1" "$file" >"$2/crash.log" 2>&1 || true; } 2>/dev/null
		said=$(sed -n 's/^finding: //p' "$2/crash.log" | head -n 1)
		[ -z "$said" ] || return 0
		crashes=$((crashes + 1))
	done < <(find "$2/out/default/crashes" -name 'id:*' | sort)
}

one_round() {
	if [ "$engine" = afl ]; then
		round_afl "$@"
	else
		round_libfuzzer "$@"
	fi
}

is_done() {	# QUIRK TARGET SEED
	awk -F '\t' -v q="$1" -v e="$engine" -v t="$2" -v s="$3" -v m="$max_time" '
		$1 == q && $2 == e && $3 == t && $4 == s && ($8 == "found" || $5 >= m) { n++ } END { exit !n }' "$results"
}

one_try() {	# QUIRK SEED
	local quirk=$1 seed=$2 target=${target_of[$1]} folder=$work/$1-$engine-$2 round=0 left cpu=0 used verdict
	executions=0 crashes=0 said=""

	rm -rf "$folder"
	copy_seeds "$quirk" "$target" "$folder/seeds"
	export BEMU_FUZZ_QUIRKS=$quirk
	while left=$(awk -v m="$max_time" -v c="$cpu" 'BEGIN { print int(m - c) }') && [ "$left" -ge 1 ] && [ "$round" -lt 50 ]; do
		TIMEFORMAT='%U %S'
		{ time one_round "$target" "$((seed + 1000 * round))" "$left" "$folder"; } 2>"$folder/time"
		if [ "$engine" = afl ]; then
			after_afl "$target" "$folder"
		else
			after_libfuzzer "$target" "$folder"
		fi
		used=$(tail -n 1 "$folder/time" | awk '{ print $1 + $2 }')
		cpu=$(awk -v a="$cpu" -v b="$used" 'BEGIN { printf "%.1f", a + b }')
		[ -z "$said" ] || break
		round=$((round + 1))
	done
	unset BEMU_FUZZ_QUIRKS
	verdict=not
	if [ -n "$said" ]; then
		verdict=found
	elif [ "${class_of[$quirk]}" = placebo ]; then
		verdict=quiet
	fi
	printf '%s\t' "$quirk" "$engine" "$target" "$seed" "$max_time" "$executions" "$cpu" "$verdict" "$crashes" >>"$results"
	printf '%s\n' "${said:--}" >>"$results"
	echo "$quirk (${detector_of[$quirk]:-none}), $target, seed $seed: $verdict, $executions executions, $cpu CPU seconds, $crashes crashes${said:+: $said}"
	rm -rf "$folder/corpus" "$folder/seeds"
	case ${class_of[$quirk]}-$verdict in
	placebo-found) return 1 ;;
	*-not) [ "$smoke" = 0 ] ;;
	esac
}

code=0
for quirk in "${chosen[@]}"; do
	build_target "${target_of[$quirk]}"
	for ((seed = 1; seed <= nr_seeds; seed++)); do
		is_done "$quirk" "${target_of[$quirk]}" "$seed" || one_try "$quirk" "$seed" || code=1
	done
done
print_table
exit "$code"
