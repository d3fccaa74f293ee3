#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Each corpus/scenario/quirk-*.scn gives its finding, and without its quirk nothing: unit/no_quirks.sh BEMU DIR
set -eu
nr=0
for file in "$2"/quirk-*.scn; do
	grep -q 'finding ' "$file" || { echo "$file: expects no finding"; exit 1; }
	"$1" replay --quiet "$file"
	"$1" replay --quiet --no-quirks "$file"
	nr=$((nr + 1))
done
[ "$nr" -ge 5 ] || { echo "$nr scenarios of quirks"; exit 1; }
