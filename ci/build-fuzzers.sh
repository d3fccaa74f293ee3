#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Builds every fuzz target into $OUT, with its seed corpus and dictionary: what OSS-Fuzz and
# ClusterFuzzLite call, and what people may call as well. Everything comes from the environment:
#   CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE OUT SRC WORK SANITIZER FUZZING_ENGINE ARCHITECTURE
# Without them: clang with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, into build/out.
# ELF targets are left out with SANITIZER=memory, because libelf is not instrumented.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${SANITIZER:=address}"
: "${FUZZING_ENGINE:=libfuzzer}"
: "${ARCHITECTURE:=x86_64}"
: "${CC:=clang-14}"
: "${CXX:=clang++-14}"
: "${OUT:=$PWD/build/out}"
: "${WORK:=$PWD/build/work-$FUZZING_ENGINE-$SANITIZER}"
: "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}"
if [ -z "${CFLAGS+set}" ]; then
	CFLAGS="-O1 -g -fno-omit-frame-pointer -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
	case $FUZZING_ENGINE in
	libfuzzer) CFLAGS+=" -fsanitize=fuzzer-no-link" ;;
	esac
	case $SANITIZER in
	address) CFLAGS+=" -fsanitize=address -fsanitize-address-use-after-scope" ;;
	undefined) CFLAGS+=" -fsanitize=undefined" ;;
	memory) CFLAGS+=" -fsanitize=memory -fsanitize-memory-track-origins" ;;
	coverage) CFLAGS+=" -fprofile-instr-generate -fcoverage-mapping" ;;
	none) ;;
	*) echo "build-fuzzers: no sanitizer $SANITIZER is known" >&2; exit 2 ;;
	esac
	CXXFLAGS=$CFLAGS
fi
: "${CXXFLAGS:=$CFLAGS}"
read -ra cflags <<<"$CFLAGS"
read -ra cxxflags <<<"$CXXFLAGS"
read -ra engine <<<"$LIB_FUZZING_ENGINE"
if [ "$SANITIZER" = undefined ]; then	# the set of OSS-Fuzz has no alignment check
	cflags+=(-fsanitize=alignment -fno-sanitize-recover=alignment)
fi

layers=(base insn btf relo model vm sys audit)
targets=(btf_fuzzer core_fuzzer lifetime_fuzzer)
libs=()
sources=(fuzz/fuzz.c fuzz/hunt.c fuzz/world.c)
if [ "$SANITIZER" = memory ]; then
	sources+=(emu/scenario/calls.c)	# of a layer that is not built then
else
	sources+=(fuzz/loader.c)
	layers+=(obj load skel scenario)
	targets+=(object_fuzzer skel_fuzzer layout_fuzzer scenario_fuzzer)
	read -ra libs <<<"-Wl,-Bstatic $(pkg-config --static --libs libelf) -Wl,-Bdynamic"
fi

mkdir -p "$OUT" "$WORK/obj"
common=(-std=gnu11 -Iemu -Iemu/include -Ifuzz "-DFUZZ_CORPUS=\"$PWD/corpus\"")
jobs=0
compile() {	# SOURCE OBJECT [FLAG]
	"$CC" "${cflags[@]}" "${common[@]}" "${@:3}" -c "$1" -o "$2" &
	jobs=$((jobs + 1))
	if [ $((jobs % $(nproc))) -eq 0 ]; then
		wait_all
	fi
}
wait_all() {
	local pid

	for pid in $(jobs -p); do
		wait "$pid"
	done
}

objects=()
for source in "${sources[@]}"; do
	objects+=("$WORK/obj/$(basename "$source" .c).o")
	compile "$source" "${objects[-1]}"
done
for layer in "${layers[@]}"; do
	# what the layer's list names, no more
	while IFS= read -r source; do
		objects+=("$WORK/obj/$layer-$(basename "$source" .c).o")
		compile "$source" "${objects[-1]}"
	done < <(if [ "$layer" = base ]; then
		grep -o "emu/base/[a-z0-9_]*\.c" CMakeLists.txt
	else
		grep -o "emu/$layer/[a-z0-9_]*\.c" "emu/$layer/layer.cmake"
	fi)
done
declare -A mutate=([btf_fuzzer]=btf [core_fuzzer]=core [object_fuzzer]=elf [skel_fuzzer]=blob
	[layout_fuzzer]=calls [lifetime_fuzzer]=calls [scenario_fuzzer]=text)
mutators=(mutate mutate_btf mutate_elf mutate_calls mutator_libfuzzer)
for target in "${targets[@]}"; do
	compile "fuzz/$target.c" "$WORK/obj/$target.o"
	if [ "$FUZZING_ENGINE" != afl ] && [ "$FUZZING_ENGINE" != honggfuzz ]; then
		for source in "${mutators[@]}"; do	# which of them depends on the target
			compile "fuzz/$source.c" "$WORK/obj/$target-$source.o" "-DFUZZ_MUTATE=fuzz_mutate_${mutate[$target]}"
		done
	fi
done
wait_all
rm -f "$WORK/libbemu-fuzz.a"
"${AR:-ar}" rcs "$WORK/libbemu-fuzz.a" "${objects[@]}"

# the whole library, so that a small target has as much to instrument as a large one
for target in "${targets[@]}"; do
	parts=("$WORK/obj/$target"*.o)
	"$CXX" "${cxxflags[@]}" "${parts[@]}" -Wl,--whole-archive "$WORK/libbemu-fuzz.a" \
		-Wl,--no-whole-archive "${engine[@]}" "${libs[@]}" -o "$OUT/$target"
	printf '[libfuzzer]\nmax_len = 65536\ntimeout = 10\n' >"$OUT/$target.options"
	if [ -f "fuzz/$target.dict" ]; then
		cp "fuzz/$target.dict" "$OUT/"
	fi
	if [ -d "corpus/fuzz/$target" ]; then
		rm -f "$OUT/${target}_seed_corpus.zip"
		zip -q -j -r "$OUT/${target}_seed_corpus.zip" "corpus/fuzz/$target"
	fi
	echo "$OUT/$target"
done
