#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The presets of the fuzz engines must configure; those of the tests are built by ci/test.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages clang-14 libclang-rt-14-dev afl++ cmake ninja-build pkg-config libelf-dev libcmocka-dev libjansson-dev nettle-dev \
	libbpf-dev zlib1g-dev

for preset in fuzz afl coverage; do
	cmake --preset "$preset" >/dev/null
	echo "preset $preset configures"
done
