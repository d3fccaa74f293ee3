# an answer that is not as expected, a finding that nobody expects
printf 'scenario: no\nmap create array 4 8 1 -> fd m\nclose m -> -EBADF\nclose m -> -EBADF\n' >"$TMP/a.scn"
"$BEMU" replay "$TMP/a.scn"
