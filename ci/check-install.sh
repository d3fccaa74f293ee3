#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Installs a build into a scratch prefix, moves it, and builds and runs a small consumer from there with
# the CMake package and with pkg-config, static and shared. Usage: ci/check-install.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake --install "$1" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/moved"	# the package must not remember its prefix
prefix=$scratch/moved

cmake -G Ninja -S ci/install/consumer -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
quiet cmake --build "$scratch/build"
"$scratch/build/consumer_bemu"
"$scratch/build/consumer_shared"

pc=$(find "$prefix" -name bemu.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=${pc%/*}
read -ra flags < <(pkg-config --cflags --libs bemu)
"${CC:-cc}" ci/install/consumer/consumer.c "${flags[@]}" -Wl,-rpath,"$libdir" -o "$scratch/consumer"
"$scratch/consumer"
if [ -e "$prefix/bin/bemu" ]; then
	"$prefix/bin/bemu" --version
fi
