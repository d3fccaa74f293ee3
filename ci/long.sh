#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The tests with label long: truncation and bit-flip sweeps over the whole corpus, sanitized.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages clang-14 libclang-rt-14-dev cmake ninja-build pkg-config libelf-dev libcmocka-dev libjansson-dev nettle-dev \
	libbpf-dev zlib1g-dev

cmake --preset asan >/dev/null
quiet cmake --build --preset asan -j "$(nproc)"
ctest --test-dir build/asan -L long --output-on-failure -j "$(nproc)"
