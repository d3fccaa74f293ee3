#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Fuzzes one target: builds it, runs it with what earlier runs found, merges the corpus at the end, and
# says where a finding was saved and how it is run again.
# Usage: ci/fuzz.sh TARGET [--engine libfuzzer|afl] [--time SECONDS] [--jobs N]
# Corpus: build/fuzz-corpus/TARGET; findings: build/fuzz-findings/TARGET. Exit code 1: there is a finding.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh

usage() {
	echo "usage: ci/fuzz.sh TARGET [--engine libfuzzer|afl] [--time SECONDS] [--jobs N]" >&2
	exit 2
}

[ "$#" -ge 1 ] || usage
target=$1
shift
engine=libfuzzer seconds=60 jobs=1
while [ "$#" -gt 0 ]; do
	[ "$#" -ge 2 ] || usage
	case $1 in
	--engine) engine=$2 ;;
	--time) seconds=$2 ;;
	--jobs) jobs=$2 ;;
	*) usage ;;
	esac
	shift 2
done
[ -f "fuzz/$target.c" ] || { echo "ci/fuzz.sh: no target $target; there are: $(cd fuzz && echo ./*_fuzzer.c)" >&2; exit 2; }
case $engine in
libfuzzer) preset=fuzz ;;
afl) preset=afl ;;
*) usage ;;
esac
need_packages clang-14 libclang-rt-14-dev llvm-14 afl++ cmake ninja-build pkg-config libelf-dev zlib1g-dev

build=build/$preset
corpus=build/fuzz-corpus/$target
found=build/fuzz-findings/$target
mkdir -p "$corpus" "$found"
cmake --preset "$preset" >/dev/null
if [ "$engine" = afl ]; then
	AFL_QUIET=1 quiet cmake --build "$build" --target "$target" "${target}_mutator" "${target}_replay" -j "$(nproc)"
else
	quiet cmake --build "$build" --target "$target" -j "$(nproc)"
fi

run_libfuzzer() {
	local args=(-max_total_time="$seconds" -timeout=25 -max_len=16384 -print_final_stats=1)

	args+=(-dict="fuzz/$target.dict" -artifact_prefix="$found/")
	if [ "$jobs" -gt 1 ]; then
		args+=(-fork="$jobs" -ignore_crashes=1)
	fi
	"$build/fuzz/$target" "${args[@]}" "$corpus" "corpus/fuzz/$target" || true
	rm -rf "$corpus.min"
	mkdir -p "$corpus.min"
	"$build/fuzz/$target" -merge=1 "$corpus.min" "$corpus" "corpus/fuzz/$target" >"$corpus.log" 2>&1 || true
	if [ -n "$(ls -A "$corpus.min")" ]; then
		rm -rf "$corpus"
		mv "$corpus.min" "$corpus"
	fi
}

run_afl() {
	local out=build/fuzz-afl/$target in=build/fuzz-afl/$target.in role file i pids=()

	rm -rf "$out" "$in"
	mkdir -p "$out" "$in"
	find "corpus/fuzz/$target" "$corpus" -type f -exec cp -n '{}' "$in/" ';'
	export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1
	export AFL_FAST_CAL=1 AFL_TESTCACHE_SIZE=50 AFL_CUSTOM_MUTATOR_LIBRARY="$PWD/$build/fuzz/${target}_mutator.so"
	for ((i = 0; i < jobs; i++)); do
		role=(-S "s$i")
		if [ "$i" -eq 0 ] && [ "$jobs" -gt 1 ]; then
			role=(-M main)
		fi
		afl-fuzz "${role[@]}" -V "$seconds" -t 5000+ -x "fuzz/$target.dict" -i "$in" -o "$out" \
			-- "$build/fuzz/$target" >"$out.$i.log" 2>&1 &
		pids+=("$!")
	done
	for i in "${pids[@]}"; do
		wait "$i" || true
	done
	afl-whatsup -s "$out" || true
	rm -rf "$corpus.min"
	AFL_ALLOW_TMP=1 afl-cmin -i "$in" -o "$corpus.min" -- "$build/fuzz/$target" - >"$out.cmin.log" 2>&1 || true
	find "$out" -path '*/queue/id:*' -type f -exec cp -n '{}' "$corpus/" ';'
	while IFS= read -r file; do
		cp "$file" "$found/crash-$(sha1sum <"$file" | cut -d ' ' -f 1)"
	done < <(find "$out" \( -path '*/crashes/id:*' -o -path '*/hangs/id:*' \) -type f)
}

case $engine in
libfuzzer) run_libfuzzer ;;
afl) run_afl ;;
esac
echo "$target: corpus of $(find "$corpus" -type f | wc -l) in $corpus"
mapfile -t findings < <(find "$found" -type f ! -name 'slow-unit-*' | sort)
if [ "${#findings[@]}" -eq 0 ]; then
	echo "$target: nothing found"
	exit 0
fi
for file in "${findings[@]}"; do
	echo "$target: finding saved in $file"
	echo "  run it again: build/fuzz/fuzz/$target $file"
	echo "  shrink it:    build/fuzz/fuzz/$target -minimize_crash=1 -max_total_time=60 -exact_artifact_path=$file.min $file"
done
exit 1
