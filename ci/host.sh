#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Runs the scenarios on the running kernel: the answers that they expect are judged by it. What needs
# modules, several tasks or another release is skipped, and counted. Usage: ci/host.sh BEMU [FILE...]
# Exit 77: no privilege for bpf(2), or a release that is not modelled.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
	echo "usage: ci/host.sh BEMU [FILE...]" >&2
	exit 2
fi
bemu=$1
shift
if [ $# -eq 0 ]; then
	set -- corpus/scenario/*.scn
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT

code=0
"$bemu" replay --host "$@" >"$out" || code=$?
grep -v '^skipped' "$out" || true
echo "host: $(grep -c '^ok' "$out" || true) met, $(grep -c '^NOT MET' "$out" || true) not," \
	"$(grep -c '^skipped' "$out" || true) skipped on $(uname -r)"
exit "$code"
