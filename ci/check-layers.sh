#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Compares every #include in emu/ with the table of who may include whom. Usage: ci/check-layers.sh [DIR]
# With --self-test it plants a violation of each kind in a copy and must find it.
set -euo pipefail
cd "$(dirname "$0")/.."

# folder: folders whose headers it may include, besides its own and the public ones
declare -A may=(
	[base]="" [uapi]=""
	[insn]="base uapi"
	[btf]="base uapi"
	[relo]="base uapi insn btf"
	[model]="base uapi btf"
	[vm]="base uapi insn"
	[sys]="base uapi insn btf relo model vm"
	[obj]="base uapi btf"
	[load]="base uapi insn btf relo obj"
	[skel]="base uapi insn btf relo obj load"
	[host]="base uapi"
	[audit]="base uapi insn btf model"
	[scenario]="base uapi insn btf relo model vm sys obj load skel host audit"
	[report]="base scenario audit"
	[run]="base uapi insn btf relo model vm sys obj load skel host audit scenario report"
	[cli]="base uapi insn btf relo model vm sys obj load skel host audit scenario report run"
)

table=$(for folder in "${!may[@]}"; do echo "$folder ${may[$folder]}"; done)

check() {	# DIR: 1 if a file breaks a rule
	local root=$1

	# shellcheck disable=SC2016 # the dollars are awk's
	find "$root" -path "$root/doc" -prune -o -type f \( -name '*.c' -o -name '*.h' \) -print | LC_ALL=C sort |
		xargs -r awk -v root="$root" -v table="$table" '
	BEGIN {
		lines = split(table, line, "\n")
		for (i = 1; i <= lines; i++) {
			words = split(line[i], word, " ")
			known[word[1]] = 1
			for (j = 2; j <= words; j++)
				may[word[1], word[j]] = 1
		}
	}
	function complain(what) {
		print FILENAME ": " what
		bad = 1
	}
	FNR == 1 {
		folder = substr(FILENAME, length(root) + 2)
		sub("/.*", "", folder)
		if (folder != "include" && !known[folder])
			complain("folder " folder " is not in the table")
	}
	!/^[[:space:]]*#[[:space:]]*include/ { next }
	folder == "include" {
		if ($0 !~ "<bemu/|<std[a-z]*[.]h>|<linux/")
			complain("a public header includes " $0)
		next
	}
	/"/ {
		header = $0
		sub(/^[^"]*"/, "", header)
		sub(/".*/, "", header)
		target = header
		sub("/.*", "", target)
		if (target == header)
			complain("\"" header "\" does not name its folder")
		else if (target != folder && !may[folder, target])
			complain(folder " may not include " header)
		next
	}
	folder != "obj" && /<(libelf|gelf|elf)[.]h>/ { complain("only emu/obj reads ELF") }
	folder == "audit" && /<bemu\/quirks/ { complain("a detector may not know the quirks") }
	folder !~ /^(cli|host|run)$/ && /<(unistd|fcntl|sys\/[a-z]+|pthread)[.]h>/ {
		complain("ISO C and libelf only outside cli, host and run")
	}
	END { exit bad }'
}

if [ "${1:-}" = --self-test ]; then
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	plant() {
		rm -rf "$copy/emu"
		mkdir -p "$copy/emu/$1"
		printf '%s\n' "$2" >"$copy/emu/$1/planted.c"
		if check "$copy/emu" >/dev/null; then
			echo "check-layers: a planted violation was not found: emu/$1: $2" >&2
			exit 1
		fi
	}
	plant load '#include "sys/world.h"'
	plant model '#include "relo/core.h"'
	plant btf '#include <libelf.h>'
	plant sys '#include <unistd.h>'
	plant nowhere '#include "base/env.h"'
	plant insn '#include "insn.h"'
	plant audit '#include <bemu/quirks.h>'
	plant include/bemu '#include "base/env.h"'
	check emu
	echo "check-layers: 8 planted violations found, emu/ is clean"
	exit 0
fi
if check "${1:-emu}"; then
	echo "check-layers: every include follows the table"
else
	exit 1
fi
