#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Builds libbemu.a the way another project's fuzz harness would: nothing but $CC, $CFLAGS and libelf, and
# links a small program with it. Usage: ci/build-plain.sh [OUTPUT_DIR]
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-$(mktemp -d)}
mkdir -p "$out/obj"
read -ra cc <<<"${CC:-cc}" # it may be two words
read -ra cflags <<<"${CFLAGS:--O2}"
objects=()
for layer in base insn btf relo obj model vm sys load audit; do
	for source in emu/"$layer"/*.c; do
		object=$out/obj/$layer-$(basename "$source" .c).o
		"${cc[@]}" -std=gnu11 "${cflags[@]}" -Iemu -Iemu/include -c "$source" -o "$object"
		objects+=("$object")
	done
done
rm -f "$out/libbemu.a"
"${AR:-ar}" rcs "$out/libbemu.a" "${objects[@]}"
"${cc[@]}" "${cflags[@]}" -Iemu/include ci/install/consumer/consumer.c "$out/libbemu.a" -lelf -o "$out/consumer"
"$out/consumer"
echo "$out/libbemu.a: ${#objects[@]} objects, built with ${cc[*]} ${cflags[*]}"
