#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Runs the scenarios on the running kernel: the answers that they expect are judged by it. What needs
# modules, several tasks or another release is skipped, and counted. Then as many scenarios of 200 calls as
# BEMU_HOST_SEEDS says, 100 without it, made by chance with the model's answers.
# Usage: ci/host.sh BEMU [FILE...]
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
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
out=$tmp/out

code=0
"$bemu" replay --host "$@" >"$out" || code=$?
grep -v '^skipped' "$out" || true
echo "host: $(grep -c '^ok' "$out" || true) met, $(grep -c '^NOT MET' "$out" || true) not," \
	"$(grep -c '^skipped' "$out" || true) skipped on $(uname -r)"
if [ "$code" -ne 0 ]; then
	exit "$code"
fi

seeds=${BEMU_HOST_SEEDS:-100}
steps=200
for seed in $(seq 1 "$seeds"); do
	"$bemu" gen-scenario --seed "$seed" --steps "$steps" >"$tmp/seed-$seed.scn"
done
"$bemu" replay --host --quiet "$tmp"/seed-*.scn || code=$?
if [ "$code" -eq 77 ]; then
	echo "host: the calls made by chance are of Linux 6.18, and were skipped"
	exit 0
fi
echo "host: $((seeds * steps)) calls made by chance, seeds 1 to $seeds"
exit "$code"
