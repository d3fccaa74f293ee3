#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# BPF objects that people run: those inside the programs of Debian packages. Each is loaded against the
# running kernel's BTF and that of Debian's 6.1 kernel, and must give what the real libbpf gives in
# process over the same model; beside it stands the running kernel's own verdict, where it lets us ask.
# Needs the network once: packages are kept in build/real, nothing of them is committed or installed.
# Exit 77: no network, no packages.
#
# A yes of ours that the kernel refuses is the "verifier"'s when the kernel walked the instructions of a
# program before it refused; else it is "our fault". A no of ours that the kernel accepts is a "false no".
# Both of the latter fail, as does any difference to libbpf.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages gcc libc6-dev cmake ninja-build pkg-config libelf-dev libjansson-dev nettle-dev libcmocka-dev libbpf-dev \
	zlib1g-dev binutils xz-utils

# Which packages hold objects was found with elf-images over the reverse dependencies of libbpf1.
packages=(libbpf-tools pcp xdp-tools libxdp1 libknot13 qemu-system-x86 ir-keytable)
# Modules that programs of these packages attach to or ask for by name.
modules=(ext4 xfs btrfs nfs nf_conntrack veth)
real=build/real
mkdir -p "$real/debs" "$real/tools"

tool() {	# NAME [LIBRARY]
	"${CC:-cc}" -std=gnu11 -O1 -Wall -Wextra -o "$real/tools/$1" "ci/tools/$1.c" "${@:2}"
}
tool elf-images
tool kernel-load -lbpf

# PACKAGE-FILE.N.bpf.o for every object; one that several programs carry is taken once.
extract() {
	local package deb file unpacked sum
	declare -A seen=()

	unpacked=$(mktemp -d)
	mkdir "$unpacked/images" "$real/obj.new"
	for package in "${packages[@]}"; do
		if ! compgen -G "$real/debs/${package}_*.deb" >/dev/null &&
			! (cd "$real/debs" && apt-get -qq -o APT::Sandbox::User=root download "$package" >/dev/null 2>&1); then
			echo "real-objects: $package cannot be had (apt-get update?)" >&2
			rm -rf "$unpacked" "$real/obj.new"
			exit 77
		fi
		for deb in "$real/debs/${package}"_*.deb; do
			dpkg-deb -x "$deb" "$unpacked/$package"
		done
		find "$unpacked/$package" -type f -size +1k -print0 | LC_ALL=C sort -z | while IFS= read -r -d '' file; do
			"$real/tools/elf-images" "$file" "$unpacked/images/$package-$(basename "$file" .o)" >/dev/null
		done
	done
	for file in "$unpacked"/images/*.bpf.o; do
		sum=$(sha256sum <"$file")
		if [ -z "${seen[$sum]:-}" ]; then
			seen[$sum]=1
			mv "$file" "$real/obj.new/"
		fi
	done
	rm -rf "$unpacked" "$real/obj"
	mv "$real/obj.new" "$real/obj"
}
if [ ! -d "$real/obj" ]; then
	rm -rf "$real/obj.new"
	extract
fi

cmake --preset release >/dev/null
quiet cmake --build --preset release --target bemu -j "$(nproc)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
objects=("$real"/obj/*.bpf.o)

# One folder a kernel, in the form of corpus/: btf/NAME, obj with kconfig.txt and kallsyms.txt.
kernels=()
add_kernel() {	# NAME
	mkdir -p "$real/$1/obj"
	ln -f "${objects[@]}" "$real/$1/obj/"
	: >"$real/$1/known-differences.txt"
	kernels+=("$1")
}
ci/kernel-btf.sh "$real/debian-6.1/btf/debian-6.1" "${modules[@]}"
add_kernel debian-6.1
cp "$real/debian-6.1/btf/debian-6.1/kconfig" "$real/debian-6.1/obj/kconfig.txt"
# Its addresses are known to no package: every function has one that we make up.
build/release/bemu btf --dump raw "$real/debian-6.1/btf/debian-6.1/vmlinux.btf" |
	awk -F "'" '/\] (FUNC|VAR) / { printf "ffffffff%08x t %s\n", 0x80000000 + ++nr * 16, $2 }' \
		>"$real/debian-6.1/obj/kallsyms.txt"
if [ -r /sys/kernel/btf/vmlinux ]; then
	rm -rf "$real/running/btf"
	mkdir -p "$real/running/btf/running"
	cp /sys/kernel/btf/* "$real/running/btf/running"
	for file in "$real"/running/btf/running/*; do
		mv "$file" "$file.btf"
	done
	add_kernel running
	zcat /proc/config.gz >"$real/running/obj/kconfig.txt" 2>/dev/null || true
	cp /proc/kallsyms "$real/running/obj/kallsyms.txt"
fi

# KERNEL OBJECT ANSWER ERRNO of ours, as libbpf 1.1 whose library is here
answers() {
	build/release/bemu load --libbpf 1.1 --json --kconfig "$real/$1/obj/kconfig.txt" \
		--kallsyms "$real/$1/obj/kallsyms.txt" --btf-dir "$real/$1/btf/$1" "${objects[@]}" || [ $? -eq 1 ]
}
for kernel in "${kernels[@]}"; do
	answers "$kernel" | grep '"type": *"verdict"' | awk -v kernel="$kernel" '
		function value(key) {
			if (!match($0, "\"" key "\": *(\"[^\"]*\"|[^,}]*)"))
				return "?"
			v = substr($0, RSTART, RLENGTH)
			sub(/^"[^"]*": */, "", v)
			gsub(/"/, "", v)
			return v
		}
		{ print kernel, value("object"), value("answer"), value("errno") == "null" ? 0 : value("errno") }
	' >>"$work/ours"
done

# KERNEL OBJECT VERSION KEY: where libbpf and we are not the same
: >"$work/differ"
compared=()
targets=$(cmake --build --preset release --target help)
for version in 1.1 1.5 1.7; do
	target=libbpf_compare_${version/./_}
	if ! grep -qw "$target" <<<"$targets"; then
		if [ "$version" = 1.1 ]; then
			echo "real-objects: no target $target: libbpf-dev, zlib1g-dev?" >&2
			exit 1
		fi
		echo "libbpf $version: skipped, ci/fetch-libbpf.sh $version unpacks it"
		continue
	fi
	quiet cmake --build --preset release --target "$target" -j "$(nproc)"
	compared+=("$version")
	for kernel in "${kernels[@]}"; do
		rules=6.18
		[ "$kernel" = running ] || rules=${kernel#*-}
		"build/release/unit/$target" -n 0 -k "$rules" "$real/$kernel" >"$work/compare" ||
			[ $? -eq 1 ] || { cat "$work/compare"; exit 1; }
		tail -n 1 "$work/compare" | sed "s/^/$kernel: /"
		sed -n "s/^\([^ ]*\) over [^ ]* as [^ ]*: \(.*\)/$kernel \1 $version \2/p" "$work/compare" >>"$work/differ"
		grep ' over .* as ' -A 12 "$work/compare" >>"$work/reports" || true
	done
done

# OBJECT VERDICT ERRNO WHERE of the running kernel
code=0
"$real/tools/kernel-load" "${objects[@]}" >"$work/kernel" || code=$?
if [ "$code" -eq 77 ]; then
	echo "the running kernel's verdict: skipped, it does not let us load"
elif [ "$code" -ne 0 ]; then
	exit 1
fi

echo
awk -v work="$work" -v versions="${compared[*]}" '
	BEGIN {
		while ((getline <(work "/kernel")) > 0) {
			sub(/.*\//, "", $1)
			real[$1] = $2; real_errno[$1] = $3; where[$1] = $4
		}
		while ((getline <(work "/differ")) > 0) {
			at = $1 " " $2
			differs[at] = differs[at] " " $3
			nr_differ++
		}
		printf "%-46s %-11s %-22s %-22s %-28s %s\n", "object", "on", "ours", "libbpf " versions, "the kernel itself", ""
	}
	function words(verdict, err) {
		return verdict == "yes" ? "yes" : verdict " " err
	}
	{
		nr++
		at = $1 " " $2
		same = at in differs ? "differs:" differs[at] : "same"
		kernel = note = ""
		if ($1 == "running" && $2 in real) {
			kernel = words(real[$2], real_errno[$2])
			if (real[$2] == "no")
				kernel = kernel " (" where[$2] ")"
			if ($3 == "yes" && real[$2] == "no")
				note = where[$2] == "verifier" ? "verifier" : "our fault"
			else if ($3 == "no" && real[$2] == "yes")
				note = "false no"
			else if ($3 == "unproven" && real[$2] == "yes")
				note = "not proven, and loads"
			else if ($3 == "unproven" && real[$2] == "no")
				note = "not proven, and refused"
			else if ($3 == "no" && real[$2] == "no" && $4 != real_errno[$2])
				note = "other errno"
			else if (real[$2] == "refused")
				note = "policy of this machine"
			asked++
			count[note]++
		}
		answer[$1 " " $3]++
		printf "%-46s %-11s %-22s %-22s %-28s %s\n", $2, $1, words($3, $4), same, kernel, note
	}
	END {
		print ""
		for (a in answer)
			printf "%-24s %d\n", a ":", answer[a] | "sort"
		close("sort")
		printf "%d loads, each by libbpf %s as well: %d differ\n", nr, versions, nr_differ
		printf "%d verdicts of the running kernel: %d agree, false yes: %d verifier, %d our fault; false no: %d;" \
			" not proven: %d load, %d refused; other errno: %d; %d not asked (policy)\n", asked, count[""],
			count["verifier"], count["our fault"], count["false no"], count["not proven, and loads"],
			count["not proven, and refused"], count["other errno"], count["policy of this machine"]
		exit nr_differ || !nr || count["our fault"] || count["false no"]
	}' "$work/ours" || {
	cat "$work/reports"
	echo "real-objects: FAILED" >&2
	exit 1
}
