#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# What a machine can check of the style: formatting, shell scripts, banned functions, licence lines,
# exported names, writable globals. Usage: ci/lint.sh [--fix]  (--fix only formats)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/packages.sh
. ci/packages.sh
need_packages git clang-format-14 shellcheck binutils gcc g++ libc6-dev cmake ninja-build pkg-config libelf-dev libjansson-dev \
	nettle-dev mandoc

mapfile -t sources < <(git ls-files 'emu/*.[ch]' 'unit/*.[ch]' 'fuzz/*.[ch]')
if [ "${1:-}" = --fix ]; then
	clang-format-14 -i "${sources[@]}"
	exit 0
fi

bad=0
complain() {
	echo "lint: $1"
	bad=1
}

if ! clang-format-14 --dry-run -Werror "${sources[@]}" 2>/tmp/bemu-lint.$$; then
	grep -E 'error:' /tmp/bemu-lint.$$ | head -20
	complain "formatting differs; ci/lint.sh --fix mends it"
fi
rm -f /tmp/bemu-lint.$$

mapfile -t scripts < <(git grep -lE '^#!.*\bbash$')
shellcheck -x "${scripts[@]}" || complain "shellcheck"
for script in "${scripts[@]}"; do
	grep -q '^set -euo pipefail' "$script" || [ "$script" = ci/packages.sh ] ||
		complain "$script: no set -euo pipefail"
done

if grep -nE '\b(sscanf|atoi|atol|strcpy|strcat|sprintf|gets|strtok|alloca)\(' emu/*/*.[ch]; then
	complain "banned functions"
fi
comment='^[^:]*:[0-9]*:[[:space:]]*/?\*'
if grep -nE '\b(malloc|calloc|realloc|free)\(' emu/*/*.[ch] | grep -v '^emu/base/alloc.c:' |
	grep -vE "$comment"; then
	complain "only emu/base/alloc.c may name malloc and free"
fi
if grep -nE '\b(printf|puts|exit|abort)\(' emu/*/*.c | grep -vE '^emu/(cli|host|run)/' |
	grep -v '^emu/base/alloc.c:' | grep -vE "$comment"; then
	complain "only emu/cli prints or exits"
fi

licence='SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause'
# shellcheck disable=SC2016 # the dollars are awk's
while IFS= read -r file; do
	complain "$file: no SPDX line"
done < <(git ls-files -z '*.c' '*.h' '*.sh' '*.cmake' '*CMakeLists.txt' '*.def' ci .ci ':!*.md' ':!ci/*.txt' \
	':!corpus/skel/*.lskel.h' | # bpftool licenses what it writes
	xargs -0 awk -v licence="$licence" '
		FNR == 1 { if (file != "" && !seen) print file; file = FILENAME; seen = 0 }
		FNR <= 3 && index($0, licence) { seen = 1 }
		END { if (file != "" && !seen) print file }')

cmake --preset release >/dev/null
quiet cmake --build --preset release --target bemu_static -j "$(nproc)"
if nm -g --defined-only build/release/libbemu.a 2>/dev/null | awk 'NF == 3 { print $3 }' |
	grep -v '^bemu_' | sort -u | grep .; then
	complain "a symbol that is not static lacks the bemu_ prefix"
fi
# .data, .bss and common symbols are writable; constants with addresses in them lie in .data.rel.ro
while IFS= read -r symbol; do
	complain "writable global $symbol"
done < <(objdump -t build/release/libbemu.a | awk 'NF > 3 && $NF !~ /^[.]/ &&
	$(NF - 2) ~ /^([.](data|bss|tdata|tbss)|[*]COM[*])/ && $(NF - 2) !~ /^[.]data[.]rel[.]ro/ { print $NF }' | sort -u)

for page in emu/doc/*.[135]; do
	[ -e "$page" ] || continue
	mandoc -T lint -W warning "$page" || complain "$page: mandoc"
done
if [ "$bad" -ne 0 ]; then
	exit 1
fi
echo "lint: clean"
