# typedef a of typedef b of typedef a
printf '\237\353\1\0\30\0\0\0\0\0\0\0\30\0\0\0\30\0\0\0\5\0\0\0\1\0\0\0\0\0\0\10\2\0\0\0\3\0\0\0\0\0\0\10\1\0\0\0\0a\0b\0' >"$TMP/circle.btf"; cd "$TMP"; "$BEMU" btf circle.btf --dump c
