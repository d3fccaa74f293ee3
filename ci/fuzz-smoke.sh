#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# A minute or two of fuzzing, so that a target that no longer builds, starts or finds its seeds is noticed:
# every target for a few seconds with libFuzzer, and one of them with AFL++ and its mutator. libbpf_fuzzer is
# only run over its seeds, leaks and all: what it finds is libbpf's.
# Usage: ci/fuzz-smoke.sh [SECONDS-A-TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages clang-14 libclang-rt-14-dev llvm-14 afl++ cmake ninja-build pkg-config libelf-dev zlib1g-dev

seconds=${1:-5}
build=${BEMU_FUZZ_BUILD:-build/fuzz}
afl_build=${BEMU_AFL_BUILD:-build/afl}
work=$build/smoke
mkdir -p "$work"
targets=()
for file in fuzz/*_fuzzer.c; do
	targets+=("$(basename "$file" .c)")
done

cmake --preset fuzz >/dev/null
quiet cmake --build "$build" --target "${targets[@]}" -j "$(nproc)"
for target in "${targets[@]}"; do
	rm -rf "${work:?}/$target"
	mkdir -p "$work/$target"
	limit=(-seed=1 -max_total_time="$seconds")
	leaks=1
	if [ "$target" = libbpf_fuzzer ]; then
		limit=(-runs=0)
		leaks=0
	fi
	if ! ASAN_OPTIONS=detect_leaks=$leaks "$build/fuzz/$target" "${limit[@]}" -timeout=20 -max_len=8192 -print_final_stats=1 \
		-dict="fuzz/$target.dict" -artifact_prefix="$work/$target-" "$work/$target" \
		"corpus/fuzz/$target" >"$work/$target.log" 2>&1; then
		tail -n 40 "$work/$target.log" >&2
		echo "fuzz-smoke: $target found something; see $work" >&2
		exit 1
	fi
	echo "fuzz-smoke: $target: $(sed -n 's/^stat::average_exec_per_sec: *//p' "$work/$target.log") executions a second"
done

cmake --preset afl >/dev/null
AFL_QUIET=1 quiet cmake --build "$afl_build" --target btf_fuzzer btf_fuzzer_mutator -j "$(nproc)"
rm -rf "$work/afl-in" "$work/afl-out"
mkdir -p "$work/afl-in"
find corpus/fuzz/btf_fuzzer -type f -size -2k | sort | head -n 20 | xargs -I '{}' cp '{}' "$work/afl-in/"
AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
	AFL_CUSTOM_MUTATOR_LIBRARY="$PWD/$afl_build/fuzz/btf_fuzzer_mutator.so" \
	afl-fuzz -V "$seconds" -t 5000+ -x fuzz/btf_fuzzer.dict -S smoke -i "$work/afl-in" -o "$work/afl-out" \
	-- "$afl_build/fuzz/btf_fuzzer" >"$work/afl.log" 2>&1 || { tail -n 20 "$work/afl.log" >&2; exit 1; }
stats=$work/afl-out/smoke/fuzzer_stats
grep -qE '^saved_crashes *: 0$' "$stats" || { echo "fuzz-smoke: afl-fuzz saved crashes: $work/afl-out" >&2; exit 1; }
echo "fuzz-smoke: btf_fuzzer, AFL++: $(sed -n 's/^execs_per_sec *: //p' "$stats") executions a second," \
	"stability $(sed -n 's/^stability *: //p' "$stats")"
