#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The tests with label library: loads and generated loaders beside libbpf 1.5 and 1.7, which are fetched. A
# release that cannot be had here is a skipped test.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc libc6-dev g++ cmake ninja-build pkg-config libelf-dev libcmocka-dev libjansson-dev nettle-dev \
	libbpf-dev zlib1g-dev binutils mandoc

for release in 1.5 1.7; do
	code=0
	ci/fetch-libbpf.sh "$release" || code=$?
	if [ "$code" -ne 0 ] && [ "$code" -ne 77 ]; then
		exit "$code"
	fi
done
cmake --preset dev >/dev/null
quiet cmake --build --preset dev -j "$(nproc)"
ctest --test-dir build/dev -L library --output-on-failure -j "$(nproc)"
