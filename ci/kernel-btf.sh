#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# The BTF of Debian's kernel, out of the package that holds it. Nothing is installed.
#   ci/kernel-btf.sh OUT_DIR [MODULE...]
# OUT_DIR gets vmlinux.btf and MODULE.btf for each module that is named, as `bemu load --btf-dir` and
# `--vmlinux` take them, and the kernel's configuration. What is there already is kept. The package is the one that linux-image-amd64
# depends on; KERNEL_PACKAGE names another. Exit 77: no network, or no such package.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh

if [ "$#" -lt 1 ]; then
	echo "usage: ci/kernel-btf.sh OUT_DIR [MODULE...]" >&2
	exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
wanted=0
for name in vmlinux "$@"; do
	if [ ! -s "$out/$name.btf" ]; then
		wanted=1
	fi
done
if [ "$wanted" -eq 0 ]; then
	exit 0
fi
need_packages binutils xz-utils

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=${KERNEL_PACKAGE:-$(apt-cache depends --important linux-image-amd64 2>/dev/null |
	sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)$/\1/p' | head -n 1)}
if [ -z "$package" ] ||
	! (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package" >/dev/null 2>&1); then
	echo "bemu: no package with a Debian kernel can be had: ${package:-linux-image-amd64} (apt-get update?)" >&2
	exit 77
fi
dpkg-deb -x "$work"/*.deb "$work/x"
echo "$package $(dpkg-deb -f "$work"/*.deb Version)" >"$out/PACKAGE"
cp "$work"/x/boot/config-* "$out/kconfig"

section() {	# ELF_FILE OUT: its .BTF
	objcopy --dump-section ".BTF=$work/btf" "$1" "$work/copy" && [ -s "$work/btf" ] && mv "$work/btf" "$2"
}

# The kernel proper is compressed inside the bzImage; the boot header says where, in bytes behind the
# set-up code (boot protocol 2.08: setup_sects at 0x1f1, payload_offset and payload_length at 0x248).
image=$(find "$work/x/boot" -name 'vmlinuz-*' | head -n 1)
field() {
	od -An -v -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '
}
if [ "$(od -An -c -j 514 -N 4 "$image" | tr -d ' ')" != HdrS ]; then
	echo "bemu: $package: vmlinuz is no bzImage" >&2
	exit 1
fi
sects=$(field 497 1)
start=$(((${sects/#0/4} + 1) * 512 + $(field 584 4)))
dd if="$image" of="$work/payload" bs=1M iflag=skip_bytes,count_bytes skip="$start" count="$(field 588 4)" status=none
if ! xz -dc --single-stream "$work/payload" >"$work/vmlinux"; then
	echo "bemu: $package: the kernel is not compressed with xz" >&2
	exit 1
fi
section "$work/vmlinux" "$out/vmlinux.btf"
for name in "$@"; do
	file=$(find "$work/x" -name "${name//_/[-_]}.ko" | head -n 1)
	if [ -z "$file" ] || ! section "$file" "$out/$name.btf"; then
		echo "bemu: $package: no module $name with BTF" >&2
		exit 1
	fi
done
echo "$out: BTF of $(cat "$out/PACKAGE"), vmlinux and $# modules"
