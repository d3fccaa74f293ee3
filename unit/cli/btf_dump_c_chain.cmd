# const [1] of pointer [2] to [1], which nothing with a name refers to
printf '\237\353\1\0\30\0\0\0\0\0\0\0\30\0\0\0\30\0\0\0\1\0\0\0\0\0\0\0\0\0\0\12\2\0\0\0\0\0\0\0\0\0\0\2\1\0\0\0\0' >"$TMP/chain.btf"; cd "$TMP"; "$BEMU" btf chain.btf --dump c
