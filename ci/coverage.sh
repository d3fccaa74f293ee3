#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Line coverage of the default tests, by layer. Usage: ci/coverage.sh [-v]  (-v: files as well)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc cmake ninja-build pkg-config libelf-dev libcmocka-dev libjansson-dev nettle-dev libbpf-dev zlib1g-dev

cmake --preset coverage >/dev/null
quiet cmake --build --preset coverage -j "$(nproc)"
find build/coverage -name '*.gcda' -delete
ctest --preset coverage -j "$(nproc)" >/dev/null || echo "coverage: some tests failed" >&2

# gcov prints "File 'x'" and "Lines executed:P% of N" in turn
find build/coverage -name '*.gcda' | sort | while IFS= read -r data; do
	gcov -n -s "$PWD" -r "$data" 2>/dev/null || true
done | awk -v verbose="${1:-}" '
	/^File / { file = substr($2, 2, length($2) - 2); sub(/^([.][.]\/)+/, "", file); next }
	/^Lines executed:/ && file ~ /^emu\// {
		split($0, part, /[:% ]+/)
		lines = part[5]
		hit = lines * part[3] / 100
		# the same file may be compiled once and counted once
		if (!(file in total) || hit > hits[file]) { total[file] = lines; hits[file] = hit }
		file = ""
	}
	END {
		for (f in total) {
			split(f, p, "/")
			layer_total[p[2]] += total[f]
			layer_hits[p[2]] += hits[f]
			all += total[f]; all_hits += hits[f]
			if (verbose != "") printf "%-40s %6.1f %% of %d\n", f, 100 * hits[f] / total[f], total[f] | "sort"
		}
		if (verbose != "") close("sort")
		for (l in layer_total)
			printf "%-10s %6.1f %% of %5d lines\n", l, 100 * layer_hits[l] / layer_total[l], layer_total[l] | "sort"
		close("sort")
		printf "%-10s %6.1f %% of %5d lines\n", "all", 100 * all_hits / all, all
	}'
