#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The committed objects and BTFs must be what their sources give, byte for byte. clang-19, which few of
# them need, is not installed for that: without it those are skipped, and said to be.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc libc6-dev clang-14 llvm-14 dwarves

ci/build-corpus.sh --check
