# canonical form
printf 'scenario: a\nclose   9 ->  -EBADF\nclose 9 ->   -EBADF # again\n' >"$TMP/a.scn"
"$BEMU" replay --print "$TMP/a.scn"
