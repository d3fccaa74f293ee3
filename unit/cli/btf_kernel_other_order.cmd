# the header alone, in the other byte order
printf '\353\237\1\0\0\0\0\30' > "$TMP/swapped.btf"; "$BEMU" btf --check "$TMP/swapped.btf"
