# an int whose data has a bit too many
printf '\237\353\1\0\30\0\0\0\0\0\0\0\20\0\0\0\20\0\0\0\5\0\0\0\1\0\0\0\0\0\0\1\4\0\0\0\40\0\0\21\0int\0' > "$TMP/bad.btf"; "$BEMU" btf --check --kernel 6.1 "$TMP/bad.btf"
