#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Unpacks a libbpf release below build/, for the tests that compare with the real library.
#   ci/fetch-libbpf.sh VERSION [--bpftool]    VERSION: 1.1, 1.5 or 1.7
# 1.1 is Debian 12's own libbpf-dev, installed through apt. 1.5 and 1.7 come from newer suites: apt is
# given lists, cache and state of its own below build/apt, so that the machine's stay as they are, and
# the packages are unpacked, not installed: build/libbpf-VERSION, and with --bpftool the bpftool of the
# same suite in build/bpftool-VERSION with the libraries and the loader that it was linked for, which
# build/bpftool-VERSION/run starts it with. Exit 77: no network.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh

usage() {
	echo "usage: ci/fetch-libbpf.sh 1.1|1.5|1.7 [--bpftool]" >&2
	exit 2
}

version=${1:-}
want=(libbpf-dev)
tool_libs=(libc6 libcap2 libelf1t64 libssl3t64 libzstd1 zlib1g)
case $# in
1) ;;
2) if [ "$2" = --bpftool ]; then want+=(bpftool); else usage; fi ;;
*) usage ;;
esac
case $version in
1.1)
	need_packages "${want[@]}"
	exit
	;;
1.5) suite=trixie ;;
1.7) suite=sid ;;
*) usage ;;
esac

apt=$PWD/build/apt/$suite
mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc/{sources.list,preferences,apt.conf,auth.conf,trusted.gpg}.d,debs}
: >"$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
	"http://deb.debian.org/debian $suite main" >"$apt/etc/sources.list"
# A mirror may lag behind, and an old list of a suite that moves is good enough: the signature is
# checked, and the release of what comes out too.
cat >"$apt/etc/apt.conf" <<END
Dir::Etc "$apt/etc";
Dir::Etc::sourcelist "sources.list";
Dir::Etc::sourceparts "sources.list.d";
Dir::State "$apt";
Dir::State::lists "lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures "";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "2";
APT::Update::Error-Mode "any";
END

private_apt() {
	APT_CONFIG=$apt/etc/apt.conf apt-get -qq "$@"
}

offline() {
	echo "bemu: no network, or the archive has no $suite: libbpf $version is not fetched" >&2
	exit 77
}

# The library's newest package of the suite must be of the release that the tests expect.
unpack() {
	local package=$1 dest=build/$2 deb

	rm -f "$apt/debs/${package}_"*.deb
	(cd "$apt/debs" && private_apt download "$package") || offline
	for deb in "$apt/debs/${package}_"*.deb; do
		if [ "$package" = libbpf-dev ] &&
			! dpkg-deb -f "$deb" Version | grep -q "^\([0-9]*:\)\?$version\."; then
			echo "bemu: $suite has libbpf-dev $(dpkg-deb -f "$deb" Version), not $version" >&2
			return 1
		fi
		rm -rf "$dest.new"
		dpkg-deb -x "$deb" "$dest.new"
		rm -rf "$dest"
		mv "$dest.new" "$dest"
		echo "$dest: $package $(dpkg-deb -f "$deb" Version) from $suite"
	done
}

# Beside the tool what it needs of its own suite, and a script that starts it with that.
bpftool_run() {
	local dest=$1 lib deb

	for lib in "${tool_libs[@]}"; do
		rm -f "$apt/debs/${lib}_"*.deb
		(cd "$apt/debs" && private_apt download "$lib")
		for deb in "$apt/debs/${lib}_"*.deb; do
			dpkg-deb -x "$deb" "$dest/lib"
		done
	done
	cat >"$dest/run" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
for loader in "$here"/lib/usr/lib64/ld-linux-*.so.* "$here"/lib/usr/lib/ld-linux-*.so.*; do
	[ -e "$loader" ] && break
done
exec "$loader" --library-path "$(echo "$here"/lib/usr/lib/*-linux-gnu*)" "$here/usr/sbin/bpftool" "$@"
END
	chmod +x "$dest/run"
}

private_apt update || offline
for package in "${want[@]}"; do
	case $package in
	libbpf-dev) unpack libbpf-dev "libbpf-$version" ;;
	*)
		unpack "$package" "$package-$version"
		bpftool_run "build/$package-$version"
		;;
	esac
done
