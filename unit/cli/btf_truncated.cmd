head -c 700 corpus/btf/mini/vmlinux.btf >"$TMP/cut.btf"
"$BEMU" btf "$TMP/cut.btf" 2>&1 | sed "s|$TMP/||"
