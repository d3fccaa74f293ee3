printf 'blob' >"$TMP/blob"; printf '\267\0\0\0\0\0\0\0\225\0\0\0\0\0\0\0' >"$TMP/insns"
root=$PWD; cd "$TMP"; printf '\0\0\0\1' >fds; "$BEMU" skel --blob blob --insns insns --fds fds --btf-dir "$root/corpus/btf/mini"
"$BEMU" skel --fds fds x.h
