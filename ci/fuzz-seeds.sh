#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Harvests the seeds of fuzz targets from what is in the corpus: objects, BTF, skeletons, scenarios. What
# adds nothing to the coverage of the others is left out; a seed is named by what becomes of it. Seeds
# named issue-* are kept as they are. Usage: ci/fuzz-seeds.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages clang-14 libclang-rt-14-dev llvm-14 cmake ninja-build pkg-config libelf-dev python3

build=${BEMU_FUZZ_BUILD:-build/fuzz}
max_size=${BEMU_SEED_MAX:-6700}	# bytes of one seed
max_total=${BEMU_SEEDS_MAX:-200000}	# bytes of a target's seeds: the small ones come first
raw=build/fuzz-harvest

harvest_btf() {
	local object name file

	for file in corpus/btf/mini/*.btf corpus/btf/mini-b/*.btf corpus/examples/*.btf; do
		name=${file#corpus/}
		cp "$file" "$1/${name//\//-}"
	done
	cat corpus/btf/mini/vmlinux.btf corpus/btf/mini/m1.btf >"$1/split-m1"
	cat corpus/btf/mini-b/vmlinux.btf corpus/btf/mini/m1.btf >"$1/split-other"
	for object in corpus/obj/*.bpf.o corpus/obj/hostile/*.bpf.o; do
		name=$(basename "$object" .bpf.o)
		llvm-objcopy-14 --dump-section ".BTF=$1/$name" "$object" /dev/null 2>/dev/null || true
	done
}

harvest_core() {
	python3 ci/tools/core-seed.py "$1/" corpus/examples/vm.btf,corpus/examples/m1.btf corpus/obj/*.bpf.o
	python3 ci/tools/core-seed.py "$1/mini-" corpus/btf/mini/vmlinux.btf,corpus/btf/mini/m1.btf \
		corpus/obj/core*.bpf.o corpus/obj/agent.bpf.o
	python3 ci/tools/core-seed.py "$1/examples-" \
		corpus/examples/vm.btf,corpus/examples/m1.btf,corpus/examples/m2.btf corpus/examples/*.bpf.o
}

harvest_object() {
	local object

	for object in corpus/obj/*.bpf.o corpus/obj/hostile/*.bpf.o corpus/examples/*.bpf.o; do
		cp "$object" "$1/$(basename "$object" .bpf.o)"
	done
}

harvest_skel() {
	harvest_object "$1"
}

# Objects that make libbpf itself crash or loop are no seeds: the target would say so at once.
harvest_libbpf() {
	harvest_object "$1"
	rm -f "$1"/{bitfield_storage_empty,member_type,prog_wrap,typedef_cycle}*
}

# Calls of eight bytes: what to do, task, arguments; 32 and more are answers of earlier calls.
calls() {	# FILE CALL...
	local file=$1 call

	shift
	for call in "$@"; do
		# shellcheck disable=SC2086
		printf '%b' "$(printf '\\x%02x' $call)"
	done >"$file"
}

harvest_lifetime() {
	local map="0 0 0 0 0 0 0 0" map1="0 1 0 0 0 0 0 0" prog="5 0 32 1 0 0 0 0" close0="18 0 32 0 0 0 0 0"

	calls "$1/map-prog-close" "$map" "$prog" "$close0" "18 0 33 0 0 0 0 0"
	calls "$1/prog-array" "0 0 2 0 0 0 0 0" "5 0 0 0 0 0 0 0" "1 0 32 1 33 0 0 0" "$close0" "18 0 33 0 0 0 0 0"
	calls "$1/map-of-maps" "$map" "0 0 3 32 0 0 0 0" "1 0 33 0 32 0 0 0" "$close0" "3 0 33 0 0 0 0 0" "2 0 33 0 0 0 0 0"
	calls "$1/pin-exit-get" "$map" "9 0 32 0 0 0 0 0" "14 0 1 5 0 0 0 0" "14 0 0 1 0 0 0 0" "10 1 0 0 0 0 0 0" \
		"16 1 0 0 0 0 0 0"
	calls "$1/module-ksym" "8 0 2 2 0 0 0 0" "8 0 2 3 0 0 0 0" "5 0 32 3 0 0 170 0" "13 0 0 6 0 0 0 0" \
		"$close0" "13 0 0 6 0 0 0 0" "13 0 0 0 0 0 0 0"
	calls "$1/module-comes-and-goes" "13 0 0 6 0 0 0 0" "13 0 0 1 0 0 0 0" "13 0 0 2 0 0 0 0" "13 0 0 4 0 0 0 0" \
		"13 0 0 5 0 0 0 0" "13 0 1 6 0 0 0 0" "13 0 1 1 0 0 0 0" "13 0 1 3 0 0 0 0"
	calls "$1/fork-send" "$map" "14 0 1 0 0 0 0 0" "14 0 1 3 32 0 0 0" "14 1 0 4 0 0 0 0" "14 1 0 1 0 0 0 0" \
		"14 0 2 0 1 0 0 0" "18 2 32 0 0 0 0 0" "14 0 0 2 0 0 0 0"
	calls "$1/running" "$map" "$prog" "17 0 33 0 0 0 0 0" "18 0 33 0 0 0 0 0" "$close0" "17 0 0 2 0 0 0 0" \
		"17 0 0 1 0 0 0 0" "17 0 3 2 0 0 0 0"
	calls "$1/numbers" "15 0 3 3 0 0 0 0" "$map" "15 0 33 0 0 0 0 0" "15 0 33 1 9 0 0 0" "15 0 33 2 5 1 0 0" \
		"15 0 3 4 0 0 0 0" "15 0 0 5 0 0 0 0" "15 0 0 6 0 1 0 0"
	calls "$1/links" "6 0 0 0 0 1 0 0" "11 0 32 0 0 0 0 0" "$close0" "12 0 32 32 0 0 0 0" "8 0 3 1 0 0 0 0"
	calls "$1/btf-in-map" "7 0 0 0 0 0 0 0" "0 0 0 0 1 32 0 0" "$close0" "$map1" "8 0 2 4 0 0 0 0"
	calls "$1/paths" "16 0 3 1 0 0 0 0" "$map" "9 0 33 2 0 0 0 0" "16 0 2 3 0 0 0 0" "16 0 0 4 1 0 0 0" \
		"16 0 3 2 0 0 0 0" "16 0 0 5 0 0 0 0"
}

# Steps of a layout: map, filled map or program; unit, size, number of kfuncs and the first of them.
harvest_layout() {
	local map="0 0 0 0 0 0 0 0" data="1 0 32 0 0 0 0 0" far="1 7 255 63 0 0 0 0" prog="2 0 0 0 3 0 0 0"

	calls "$1/one-of-each" "$map" "$data" "$prog"
	calls "$1/strong-and-weak" "$data" "$prog" "2 1 0 0 3 0 2 0"
	calls "$1/far" "$data" "$far" "$prog"
	calls "$1/many-kfuncs" "$data" "2 1 0 0 1 1 0 0"
	calls "$1/more-than-reserved" "$data" "2 1 0 0 8 1 0 0" "$far" "2 1 0 0 8 1 0 0"
	calls "$1/no-map" "$prog" "2 0 0 0 0 0 0 0"
	calls "$1/between" "$prog" "$data" "$prog" "$map" "$prog"
	cp "$1/far" "$1/far-unchecked"
	printf '\0\0\0\0\0\0\0\0\1\0\0\0KNOB' >>"$1/far-unchecked"
}

harvest_scenario() {
	local file

	for file in corpus/scenario/*.scn; do
		cp "$file" "$1/$(basename "$file" .scn)"
	done
}

one_target() {
	local target=$1 kind=${1%_fuzzer} dir=$raw/$1 out=corpus/fuzz/$1 file name outcome n=0 total=0

	echo "$target: harvesting"
	rm -rf "$dir" "$dir.min"
	mkdir -p "$dir" "$dir.min" "$out"
	"harvest_$kind" "$dir"
	find "$dir" -type f -size "+${max_size}c" -delete
	"$build/fuzz/$target" -merge=1 "$dir.min" "$dir" >"$dir.log" 2>&1 || { tail -n 20 "$dir.log"; return 1; }
	find "$out" -type f ! -name 'issue-*' -delete
	(cd "$dir" && sha1sum -- *) >"$dir.sums"
	while read -r outcome file; do
		total=$((total + $(stat -c %s "$file")))
		if [ "$total" -gt "$max_total" ]; then
			break
		fi
		name=$(awk -v h="$(basename "$file")" '!n && $1 == h { print $2; n = 1 }' "$dir.sums")
		cp "$file" "$out/$outcome-${name//[^A-Za-z0-9._-]/_}"
		n=$((n + 1))
	done < <(find "$dir.min" -type f -printf '%s %p\n' | sort -n | cut -d ' ' -f 2 |
		xargs "$build/fuzz/${target}_replay" --outcome | grep -E '^(accept|reject) ')
	echo "$target: $n seeds, $(du -bs "$out" | cut -f 1) bytes"
}

targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
	targets=(btf_fuzzer core_fuzzer object_fuzzer skel_fuzzer layout_fuzzer lifetime_fuzzer scenario_fuzzer libbpf_fuzzer)
fi
if [ -z "${BEMU_FUZZ_BUILD:-}" ]; then
	cmake --preset fuzz >/dev/null
fi
for target in "${targets[@]}"; do
	quiet cmake --build "$build" --target "$target" "${target}_replay" -j "$(nproc)"
	one_target "$target"
done
