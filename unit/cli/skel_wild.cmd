printf 'blob' >"$TMP/blob"; printf '\171\1\0\0\0\0\0\0\225\0\0\0\0\0\0\0' >"$TMP/insns"
root=$PWD; cd "$TMP"; "$BEMU" skel --blob blob --insns insns --btf-dir "$root/corpus/btf/mini"
