printf 'blob' >"$TMP/blob"; printf '\267\0\0\0\0\0\0\0\225\0\0\0\0\0\0\0' >"$TMP/insns"
root=$PWD; cd "$TMP"; "$BEMU" skel --blob blob --insns insns --progs 1 --btf-dir "$root/corpus/btf/mini"
