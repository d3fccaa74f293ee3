#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Sourced by the other scripts. need_packages PACKAGE... installs what is missing through apt, as root
# or with sudo; without either it prints the one line that does it, and fails.
need_packages() {
	local missing=() package run=()

	if ! command -v dpkg-query >/dev/null; then
		echo "bemu: not a Debian system; please have these installed: $*" >&2
		return 0
	fi
	for package in "$@"; do
		if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
			missing+=("$package")
		fi
	done
	if [ "${#missing[@]}" -eq 0 ]; then
		return 0
	fi
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
			echo "bemu: packages are missing, and there is neither root nor a sudo without password. Please run:" >&2
			echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
			return 1
		fi
		run=(sudo -n)
	fi
	echo "bemu: installing ${missing[*]}"
	if ! "${run[@]}" apt-get update -qq >/dev/null ||
	   ! "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" >/dev/null; then
		echo "bemu: apt-get could not install: ${missing[*]}" >&2
		return 1
	fi
}

# quiet COMMAND...: what it prints is of interest only when it fails (Ninja tells errors on its standard output)
quiet() {
	local said code=0

	said=$("$@" 2>&1) || code=$?
	if [ "$code" -ne 0 ]; then
		printf '%s\n' "$said" >&2
	fi
	return "$code"
}
