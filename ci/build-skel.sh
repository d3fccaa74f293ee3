#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Makes corpus/skel: light skeletons as real bpftools write them of objects of corpus/obj.
#   ci/build-skel.sh           make what corpus/skel/MANIFEST lists
#   ci/build-skel.sh --check   make it elsewhere and compare every byte
# A line of the MANIFEST is "OBJECT LIBBPF [ERROR]": the object, the release of the libbpf inside the
# bpftool, and what the loader returns where that is not 0. 1.1 is Debian 12's own bpftool; the others are unpacked by ci/fetch-libbpf.sh --bpftool below
# build/. A bpftool that is not there, or has another libbpf inside by now, is reported as skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

check=no
case ${1:-} in
--check) check=yes ;;
"") ;;
*)
	echo "usage: ci/build-skel.sh [--check]" >&2
	exit 2
	;;
esac
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# The bpftool that has libbpf RELEASE inside.
bpftool_of() {
	local tool says
	for tool in bpftool build/bpftool-1.5/run build/bpftool-1.7/run; do
		says=$("$tool" version 2>/dev/null || true)
		if grep -qx "using libbpf v$1" <<<"$says"; then
			echo "$tool"
			return
		fi
	done
	return 1
}

bad=0 made=0 skipped=0
while read -r object release _; do
	case $object in "" | "#"*) continue ;; esac
	name=$object.$release.lskel.h
	if ! tool=$(bpftool_of "$release"); then
		skipped=$((skipped + 1))
		continue
	fi
	"$tool" gen skeleton -L "corpus/obj/$object.bpf.o" >"$out/$name"
	made=$((made + 1))
	if cmp -s "$out/$name" "corpus/skel/$name"; then
		continue
	elif [ "$check" = yes ]; then
		echo "$name: differs from what bpftool makes"
		bad=1
	else
		cp "$out/$name" "corpus/skel/$name"
		echo "made $name"
	fi
done <corpus/skel/MANIFEST
for file in corpus/skel/*.lskel.h; do
	name=$(basename "$file" .lskel.h)
	if ! grep -qE "^${name%.*.*} ${name#"${name%.*.*}".}( |$)" corpus/skel/MANIFEST; then
		echo "$file: not in the MANIFEST"
		bad=1
	fi
done
echo "skel: $made made, $skipped skipped for want of their bpftool"
exit "$bad"
