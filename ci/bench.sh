#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Times and sizes, ours beside libbpf's on the same files in one run: user CPU time, optimised build. What
# stands against the running kernel is CPU time in the program and in the kernel, and our figure alone where
# this user may not ask it.
# Fails when a figure misses its goal by more than a factor of two, so that a busy machine passes and a
# loss of an order does not. Usage: ci/bench.sh [--vmlinux FILE]
# FILE is a kernel's BTF, the running one's unless given.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc libc6-dev cmake ninja-build pkg-config libelf-dev libjansson-dev nettle-dev libcmocka-dev libbpf-dev \
	zlib1g-dev binutils valgrind

vmlinux=/sys/kernel/btf/vmlinux
if [ "${1:-}" = --vmlinux ]; then
	vmlinux=$2
fi
if [ ! -r "$vmlinux" ]; then
	echo "bench: $vmlinux cannot be read; --vmlinux FILE names another kernel's BTF (ci/kernel-btf.sh fetches one)" >&2
	exit 77
fi

cmake --preset release >/dev/null
quiet cmake --build --preset release --target bench_btf --target bench_relo --target bench_load --target bench_skel -j "$(nproc)"
dir=build/release/unit
rows=$(mktemp)
trap 'rm -f "$rows" "$rows".*' EXIT

{
	"$dir/bench_btf" "$vmlinux"
	"$dir/bench_relo" "$vmlinux"
	"$dir/bench_load" object "$vmlinux" corpus/obj/agent.bpf.o
	"$dir/bench_load" relos
	"$dir/bench_load" growth
	"$dir/bench_skel" run "$vmlinux" corpus/obj/agent.bpf.o
	"$dir/bench_skel" core "$vmlinux"
	"$dir/bench_skel" gen corpus/obj/map_static_key.bpf.o
	"$dir/bench_skel" gen corpus/obj/agent.bpf.o
	"$dir/bench_skel" vm
} >"$rows"
valgrind --tool=callgrind --callgrind-out-file="$rows.callgrind" --collect-atstart=no \
	--toggle-collect=bench_measured_load "$dir/bench_load" instructions >"$rows.log" 2>&1 ||
	{ cat "$rows.log" >&2; exit 1; }
awk '/Collected/ { printf "instructions\tM\t%.4g\t-\n", $NF / 1e6 }' "$rows.log" >>"$rows"

# How a row is judged: "max" is ours against the goal, "times" is libbpf divided by ours, "share" ours
# divided by libbpf, "growth" the second figure divided by the first.
awk -F '\t' '
	BEGIN {
		goal("btf-parse", "share", 2.8, "kernel BTF: bounds, references, name index")
		goal("lookup-hit", "max", 100, "look-up by name and kind, found")
		goal("lookup-hit", "times", 500, "")
		goal("lookup-miss", "max", 100, "look-up by name and kind, not there")
		goal("lookup-miss", "times", 500, "")
		goal("relo-1000-types", "times", 200, "one of 1,000 relocations over 1,000 types")
		goal("relo-10-types", "times", 4, "one of 10,000 relocations over 10 types")
		goal("relos-1000-types-1000", "times", 200, "open and load: 1,000 relocations over 1,000 types")
		goal("relo-10000-types-10", "times", 4, "one of 10,000 over 10 types, within a load")
		goal("object-agent.bpf.o", "times", 100, "open and load agent.bpf.o")
		goal("btf-memory", "max", 3.5, "parsed BTF, beyond the borrowed bytes")
		goal("world-memory", "max", 3.5, "world with one kernel, beyond the borrowed bytes")
		goal("growth-modules-1-500", "growth", 1.1, "a relocation, beside 1 and 500 modules")
		goal("growth-types-1k-500k", "growth", 2, "a relocation, among 1 k and 500 k types")
		goal("instructions", "max", 60, "instructions of a load with 1,000 relocations")
		goal("skel-run", "times", 20, "light skeleton of agent.bpf.o runs (kernel)")
		goal("kernel-core-1000", "times", 100, "the kernel applies 1,000 relocations (kernel)")
		goal("gen-map_static_key.bpf.o", "times", 1, "light skeleton of map_static_key.bpf.o made")
		goal("gen-agent.bpf.o", "times", 1, "light skeleton of agent.bpf.o made")
		goal("vm", "share", 3, "an instruction of a loader (plain switch loop)")
		printf "%-50s %10s %10s %-3s  %9s  %s\n", "", "ours", "libbpf", "", "ratio", "goal"
	}
	function goal(id, kind, value, title) {
		nr++
		ids[nr] = id; kinds[nr] = kind; values[nr] = value
		if (title != "")
			titles[id] = title
	}
	{ unit[$1] = $2; ours[$1] = $3; theirs[$1] = $4 }
	END {
		for (i = 1; i <= nr; i++) {
			id = ids[i]; kind = kinds[i]
			if (!(id in ours)) {
				printf "%-50s was not measured\n", titles[id]
				bad = 1
				continue
			}
			if (kind != "max" && theirs[id] == "-") {
				printf "%-50s %10s %10s %-3s  not compared\n", titles[id], ours[id], "-", unit[id]
				continue
			}
			figure = kind == "max" ? ours[id] : kind == "times" ? theirs[id] / ours[id] : \
				 kind == "share" ? ours[id] / theirs[id] : theirs[id] / ours[id]
			low = kind == "times"
			met = low ? figure >= values[i] : figure <= values[i]
			fail = low ? figure < values[i] / 2 : figure > values[i] * 2
			# growth counts from 1: twice the goal would let a doubling pass
			if (kind == "growth")
				fail = figure - 1 > 2 * (values[i] - 1)
			ratio = kind == "max" ? "" : sprintf("%.2f x", figure)
			pair = sprintf("%10s %10s", ours[id], theirs[id])
			if (kind == "growth")
				pair = sprintf("%21s", ours[id] " -> " theirs[id])
			printf "%-50s %s %-3s  %9s  %s %s%s\n", titles[id], pair, unit[id], ratio, \
				low ? ">=" : "<=", values[i], fail ? "  FAILED" : met ? "" : "  missed"
			bad = bad || fail
		}
		exit bad
	}' "$rows" || {
	echo "bench: a figure misses its goal by more than a factor of two" >&2
	exit 1
}
