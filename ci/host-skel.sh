#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Runs the light skeletons of corpus/skel on the running kernel and on the model, and compares what the
# loader returns and every FD in its context. Usage: ci/host-skel.sh BEMU
# Loaders that name functions or variables of corpus/btf/mini cannot run here and are counted apart.
# Exit 77: no privilege for bpf(2), or no skel_internal.h.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -ne 1 ]; then
	echo "usage: ci/host-skel.sh BEMU" >&2
	exit 2
fi
bemu=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/run.c" <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
#include HEADER

/* The result, then the FD of each map and program. */
int main(void)
{
	struct NAME *skel = OPEN();
	int *words = (int *)skel, err, i;

	if (!skel)
		return 2;
	for (i = 3; i < 64; i++)
		close(i);
	err = LOAD(skel);
	printf("%d", err);
	for (i = 0; i < MAPS; i++)
		printf(" %d", words[6 + 4 * i]);
	for (i = 0; i < PROGS; i++)
		printf(" %d", words[6 + 4 * MAPS + i]);
	printf("\n");
	return 0;
}
END
if ! printf '#include <errno.h>\n#include <string.h>\n#include <unistd.h>\n#include <bpf/skel_internal.h>\n' | gcc -w -fsyntax-only -x c - 2>/dev/null; then
	echo "host-skel: no <bpf/skel_internal.h>" >&2
	exit 77
fi
same=0 differ=0 foreign=0 refused=0
while read -r object release _; do
	case $object in "" | "#"*) continue ;; esac
	header=corpus/skel/$object.$release.lskel.h
	name=${object}_bpf
	maps=$(grep -c 'struct bpf_map_desc' "$header" || true)
	progs=$(grep -c 'struct bpf_prog_desc' "$header" || true)
	if ! gcc -w -D"HEADER=\"$PWD/$header\"" -DNAME="$name" -DOPEN="${name}__open" -DLOAD="${name}__load" \
		-DMAPS="$maps" -DPROGS="$progs" -o "$tmp/run" "$tmp/run.c" 2>/dev/null; then
		echo "$object by $release: bpftool's header does not compile"
		foreign=$((foreign + 1))
		continue
	fi
	here=$("$tmp/run")
	there=$("$bemu" skel -q --libbpf 1.1 --btf-dir corpus/btf/mini "$header" | awk '
		/^returns/ { sub(/:.*/, ""); printf "%s", $2 }
		/^  (map|prog) / { if ($3 == "-") printf " 0"; else printf " %s", $4 }
		END { print "" }') || true
	err=${here%% *}
	if [ "$err" = -1 ]; then
		refused=$((refused + 1))
	elif [ "$err" -lt 0 ] && [ "${there%% *}" = 0 ]; then
		foreign=$((foreign + 1))
		echo "$object by $release: $err here: it needs what only mini has, or its verifier to be away"
	elif [ "${here#* }" = "${there#* }" ]; then
		same=$((same + 1))
	else
		differ=$((differ + 1))
		echo "$object by $release: here $here, model $there"
	fi
done <corpus/skel/MANIFEST
echo "host-skel: $same loaders give the same here and on the model, $differ differ," \
	"$foreign not for this kernel, $refused refused for want of privilege"
if [ "$same" -eq 0 ] && [ "$refused" -gt 0 ]; then
	exit 77
fi
[ "$differ" -eq 0 ]
