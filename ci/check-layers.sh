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

check() {
	local root=$1 bad=0 file folder line target header
	while IFS= read -r file; do
		folder=${file#"$root"/}
		folder=${folder%%/*}
		case $folder in
		include)
			while IFS= read -r line; do
				case $line in
				*'<bemu/'* | *'<std'*'.h>'* | *'<linux/'*) ;;
				*) echo "$file: a public header includes $line"; bad=1 ;;
				esac
			done < <(grep -hE '^[[:space:]]*#[[:space:]]*include' "$file" || true)
			continue
			;;
		doc) continue ;;
		esac
		if [ -z "${may[$folder]+known}" ]; then
			echo "$file: folder $folder is not in the table"
			bad=1
			continue
		fi
		while IFS= read -r line; do
			header=${line#*\"}
			header=${header%%\"*}
			target=${header%%/*}
			if [ "$target" = "$header" ]; then
				echo "$file: \"$header\" does not name its folder"
				bad=1
			elif [ "$target" != "$folder" ] && [[ " ${may[$folder]} " != *" $target "* ]]; then
				echo "$file: $folder may not include $header"
				bad=1
			fi
		done < <(grep -hE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$file" || true)
		if [ "$folder" != obj ] && grep -nHE '#[[:space:]]*include[[:space:]]*<(libelf|gelf|elf)\.h>' "$file"; then
			echo "$file: only emu/obj reads ELF"
			bad=1
		fi
		if [ "$folder" = audit ] && grep -nHE '#[[:space:]]*include[[:space:]]*<bemu/quirks' "$file"; then
			echo "$file: a detector may not know the quirks"
			bad=1
		fi
		if [[ ! $folder =~ ^(cli|host|run)$ ]] &&
		   grep -nHE '#[[:space:]]*include[[:space:]]*<(unistd|fcntl|sys/[a-z]+|pthread)\.h>' "$file"; then
			echo "$file: ISO C and libelf only outside cli, host and run"
			bad=1
		fi
	done < <(find "$root" -type f \( -name '*.c' -o -name '*.h' \) | sort)
	return "$bad"
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
