#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Called by ClusterFuzzLite in $SRC/bemu; everything it needs is in the environment.
set -euo pipefail
cd "$SRC/bemu"
exec ci/build-fuzzers.sh
