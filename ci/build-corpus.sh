#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Builds corpus/obj and corpus/btf from their sources, each with the compiler that its source names.
#   ci/build-corpus.sh           rebuild in place, with the MANIFEST and the README's table
#   ci/build-corpus.sh --check   rebuild elsewhere and compare every byte; what needs a tool that
#                                is not there is reported as skipped; 1 if anything differs
# Debian 12: clang-14, llvm-14 and pahole (package dwarves) for most, clang-19, llvm-19 for a few.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
warnings=(-Wall -Wextra -Werror -Wno-unused-function -Wno-unused-variable -Wno-unused-parameter)

# headers KEY SOURCE...: "SOURCE<tab>VALUE" for each source whose first comment has "KEY: value", continuation
# lines joined.
headers() {
	local key=$1

	shift
	# shellcheck disable=SC2016 # the dollars are awk's
	awk -v key="$key:" '
		function say() { if (on) print source "\t" value; on = 0 }
		FNR == 1 { say(); done = 0; source = FILENAME }
		FNR > 20 || done { next }
		{ sub(/^ \* /, ""); sub(/^# /, "") }
		index($0, key) == 1 { on = 1; value = $0; sub(/^[^:]*: */, "", value); next }
		on && /^ +[^ *]/ { sub(/^ +/, ""); value = value " " $0; next }
		on { say(); done = 1 }
		END { say() }' "$@"
}

# header SOURCE KEY: that value of one source
header() {
	headers "$2" "$1" | cut -f2-
}

# The file that holds the source of object NAME.
source_of() {
	local s
	for s in "$1.bpf.c" "$1.bpf.S" "$1.edit"; do
		if [ -f "$s" ]; then
			echo "$s"
			return
		fi
	done
	return 1
}

skip() {
	echo "$2" >>"$1/skipped"
}

# compile SOURCE TARGET OUT: one object of one byte order
compile() {
	local src=$1 target=$2 out=$3 line compiler flags keep=no
	line=$(header "$src" Compile)
	case $line in *"(keep DWARF)"*) keep=yes ;; esac
	line=${line%%(*}
	read -r compiler line <<<"$line"
	read -r -a flags <<<"$line"
	"$compiler" -target "$target" -std=gnu11 "${flags[@]}" "${warnings[@]}" \
		"-ffile-prefix-map=$PWD=." -c "$src" -o "$out"
	if [ "$keep" = no ]; then
		"llvm-strip-${compiler#clang-}" -g "$out"
	fi
}

# one OUTDIR SOURCE: the objects of one source
one() {
	local out=$1 src=$2 name=${2%%.*} compiler base order
	mkdir -p "$out/$(dirname "$src")"
	case $src in
	*.edit)
		base=$(sed -n 's/^base //p' "$src")
		for order in "" .be; do
			if [ -n "$order" ] && grep -q 'little endian only' "$src"; then
				continue
			fi
			if [ -f "$out/$base$order.bpf.o" ]; then
				"$out/objedit" "$src" "$out/$base$order.bpf.o" "$out/$name$order.bpf.o"
			else
				skip "$out" "$name$order.bpf.o: skipped: needs $base$order.bpf.o"
			fi
		done
		return
		;;
	esac
	compiler=$(header "$src" Compile)
	compiler=${compiler%% *}
	if ! command -v "$compiler" >/dev/null ||
		! command -v "llvm-strip-${compiler#clang-}" >/dev/null; then
		skip "$out" "$name.bpf.o: skipped: needs $compiler"
		skip "$out" "$name.be.bpf.o: skipped: needs $compiler"
		return
	fi
	compile "$src" bpfel "$out/$name.bpf.o"
	if ! grep -q 'little endian only' "$src"; then
		compile "$src" bpfeb "$out/$name.be.bpf.o"
	fi
}

# The BTF of a kernel and its modules, made as a kernel build makes it: DWARF, then pahole.
build_btf() {
	local out=$1 kernel unit define base tmp
	if ! command -v clang-14 >/dev/null || ! command -v pahole >/dev/null; then
		skip "$out" "corpus/btf: skipped: needs clang-14 and pahole"
		return
	fi
	for kernel in mini mini-b; do
		mkdir -p "$out/$kernel"
		for unit in vmlinux m1 m2; do
			define=(-UMINI_B)
			if [ "$kernel" = mini-b ]; then
				if [ "$unit" = m2 ]; then
					continue
				fi
				define=(-DMINI_B)
			fi
			tmp=$out/$kernel/$unit.o
			(cd corpus/btf/src && clang-14 -target x86_64-linux-gnu -std=gnu11 -O2 -g \
				-gdwarf-4 -fno-eliminate-unused-debug-types -Wall -Wextra -Werror \
				"${define[@]}" "-ffile-prefix-map=$PWD=." -c "$unit.c" -o "$tmp")
			base=()
			if [ "$unit" != vmlinux ]; then
				base=(--btf_base "$out/$kernel/vmlinux.btf")
			fi
			pahole -J --btf_gen_floats "${base[@]}" \
				"--btf_encode_detached=$out/$kernel/$unit.btf" "$tmp"
			rm "$tmp"
			chmod 644 "$out/$kernel/$unit.btf"
		done
	done
}

# object names, sorted
names() {
	local f
	for f in *.bpf.c *.bpf.S *.edit; do
		if [ -f "$f" ]; then echo "${f%%.*}"; fi
	done | LC_ALL=C sort
}

manifest() {
	local sources=() name

	while read -r name; do
		sources+=("$(source_of "$name")")
	done < <(names)
	headers Expect "${sources[@]}" | sed 's/\.[^\t]*\t/ /'
}

verdict() {
	case $1 in
	ok) echo "accepted" ;;
	open:\?) echo "refused by open, or not: see the source" ;;
	open:*) echo "open refuses: \`${1#open:}\`" ;;
	load:\?) echo "depends on the version or on the verifier" ;;
	load:*) echo "load refuses: \`${1#load:}\`" ;;
	esac
}

# The README with its table of objects made anew.
readme() {
	local name src sources=() covers expect

	sed '/<!-- objects -->/q' README.md
	echo
	echo "| object | covers | expected over \`mini\` |"
	echo "|---|---|---|"
	while read -r name; do
		sources+=("$(source_of "$name")")
	done < <(names && find hostile -name '*.edit' -printf 'hostile/%f\n' | sed 's/\.edit$//' | LC_ALL=C sort)
	while IFS=$'\t' read -r src covers _ expect; do
		name=${src%%.*}
		echo "| [\`$name\`]($src) | ${covers//|/\\|} | $(verdict "${expect#* }") |"
	done < <(paste <(headers Covers "${sources[@]}") <(headers Expect "${sources[@]}"))
	echo
	echo "<!-- end of objects -->"
}

if [ "${1:-}" = --one ]; then
	cd corpus/obj
	one "$2" "$3"
	exit
fi

check=no
case ${1:-} in
--check) check=yes ;;
"") ;;
*)
	echo "usage: ci/build-corpus.sh [--check]" >&2
	exit 2
	;;
esac

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
: >"$out/skipped"
"${CC:-cc}" -std=c11 -O1 -o "$out/objedit" corpus/obj/objedit.c
build_btf "$out"
cd corpus/obj
find . -maxdepth 1 \( -name '*.bpf.c' -o -name '*.bpf.S' \) -printf '%f\0' |
	LC_ALL=C sort -z |
	xargs -0 -P "$(nproc)" -n 1 "$root/ci/build-corpus.sh" --one "$out"
mapfile -t edits < <(find . -name '*.edit' -printf '%P\n' | LC_ALL=C sort)
for src in "${edits[@]}"; do
	one "$out" "$src"
done
LC_ALL=C sort -o "$out/skipped" "$out/skipped"
manifest >"$out/MANIFEST"
readme >"$out/README.md"

bad=0
compare() {
	if ! cmp -s "$1" "$2"; then
		echo "$2: differs from what its source gives"
		bad=1
	fi
}

for built in "$out"/*.bpf.o "$out"/hostile/*.bpf.o "$out/MANIFEST" "$out/README.md" "$out"/mini*/*.btf; do
	[ -f "$built" ] || continue
	here=${built#"$out/"}
	case $here in *.btf) here=../btf/$here ;; esac
	if [ "$check" = yes ]; then
		compare "$built" "$here"
	elif ! cmp -s "$built" "$here"; then
		cp "$built" "$here"
		echo "rebuilt ${here##*/}"
	fi
done
if [ "$check" = yes ]; then
	for here in *.bpf.o hostile/*.bpf.o; do
		if [ ! -f "$out/$here" ] && ! grep -q "^$here: skipped" "$out/skipped"; then
			echo "$here: no source makes it"
			bad=1
		fi
	done
fi
cat "$out/skipped"
if [ "$check" = yes ] && [ "$bad" = 0 ]; then
	echo "corpus: $(find "$out" -name '*.bpf.o' | wc -l) objects and" \
		"$(find "$out" -name '*.btf' | wc -l) BTFs equal what their sources give," \
		"$(grep -c . "$out/skipped" || true) skipped"
fi
exit "$bad"
