#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# OSS-Fuzz without Docker: builds the targets as its builder does, for an engine and a sanitizer, and
# applies the thresholds of its bad-build-check: enough edges and sanitizer calls, a first run that ends.
# Usage: ci/check-fuzzers.sh [ENGINE-SANITIZER...]   libfuzzer-address, libfuzzer-undefined, libfuzzer-memory,
# afl-address; without arguments all of them
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages clang-14 libclang-rt-14-dev llvm-14 afl++ libelf-dev zlib1g-dev pkg-config zip unzip binutils libc6-dev

root=$PWD
bad=0
complain() {
	echo "check-fuzzers: $1" >&2
	bad=1
}

build() {	# ENGINE SANITIZER OUT
	local engine=$1 sanitizer=$2 out=$3 env=()

	env+=(SRC="$root/.." WORK="$root/build/fuzzers/work-$engine-$sanitizer" OUT="$out")
	env+=(SANITIZER="$sanitizer" FUZZING_ENGINE="$engine" ARCHITECTURE=x86_64)
	case $engine in
	libfuzzer) env+=(CC=clang-14 CXX=clang++-14 LIB_FUZZING_ENGINE=-fsanitize=fuzzer) ;;
	afl)
		env+=(CC=afl-clang-fast CXX=afl-clang-fast++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer AFL_QUIET=1)
		;;
	esac
	mkdir -p "$out"
	env "${env[@]}" ci/build-fuzzers.sh >"$out.log" 2>&1 || { tail -n 20 "$out.log" >&2; return 1; }
}

calls() {	# TARGET SYMBOL-PATTERN: call sites
	objdump -dC "$1" | grep -cE "call.*<($2)" || true
}

check_libfuzzer() {	# SANITIZER TARGET
	local name log edges n

	name=$(basename "$2")
	log=$(cd "$(dirname "$2")" && env -u OUT timeout 60 "./$name" -seed=1337 -runs=4 2>&1 </dev/null) ||
		{ complain "$name does not run: $(tail -n 3 <<<"$log")"; return; }
	grep -q 'Done 4 runs' <<<"$log" || complain "$name: no 'Done 4 runs'"
	edges=$(sed -n 's/.*Loaded .* inline 8-bit counters): \([0-9]*\).*/\1/p' <<<"$log")
	[ "${edges:-0}" -ge 100 ] || edges=$(sed -n 's/.*(\([0-9]*\) inline 8-bit counters).*/\1/p' <<<"$log" | head -n 1)
	[ "${edges:-0}" -ge 100 ] || complain "$name: ${edges:-no} edge counters, 100 are needed"
	case $1 in
	address)
		n=$(calls "$2" '__asan_')
		[ "$n" -ge 1000 ] || complain "$name: $n calls into AddressSanitizer, 1000 are needed"
		;;
	undefined)
		n=$(calls "$2" '__ubsan_')
		[ "$n" -ge 168 ] || complain "$name: $n calls into UndefinedBehaviorSanitizer, 168 are needed"
		;;
	memory)
		n=$(calls "$2" '__msan_')
		[ "$n" -ge 1000 ] || complain "$name: $n calls into MemorySanitizer, 1000 are needed"
		;;
	esac
	echo "check-fuzzers: $name, libfuzzer, $1: ${edges:-0} edges, ${n:-0} sanitizer calls"
}

check_afl() {	# TARGET
	local name work

	name=$(basename "$1")
	work=$root/build/fuzzers/afl-$name
	rm -rf "$work"
	mkdir -p "$work/in"
	unzip -q -j -d "$work/in" "$1_seed_corpus.zip"
	find "$work/in" -type f | sort | tail -n +6 | xargs -r rm -f
	AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_NO_COLOR=1 \
		timeout 60 afl-fuzz -m none -t 5000+ -V 5 -i "$work/in" -o "$work/out" -- "$1" >"$work/log" 2>&1 || true
	if grep -q 'All set and ready to roll' "$work/log"; then
		echo "check-fuzzers: $name, afl: $(grep -E '^stability' "$work/out/default/fuzzer_stats")"
	else
		tail -n 20 "$work/log" >&2
		complain "$name: afl-fuzz is not ready to roll"
	fi
}

if [ "$#" -eq 0 ]; then
	set -- libfuzzer-address libfuzzer-undefined libfuzzer-memory afl-address
fi
for pair in "$@"; do
	out=$root/build/fuzzers/$pair
	build "${pair%%-*}" "${pair#*-}" "$out"
	for target in "$out"/*_fuzzer; do
		[[ $(basename "$target") =~ ^[a-zA-Z0-9_-]+$ ]] || complain "$target: a name that OSS-Fuzz refuses"
		grep -q LLVMFuzzerTestOneInput "$target" || complain "$target: does not look like a fuzz target"
		case $pair in
		libfuzzer-*) check_libfuzzer "${pair#*-}" "$target" ;;
		*) check_afl "$target" ;;
		esac
	done
done
exit "$bad"
