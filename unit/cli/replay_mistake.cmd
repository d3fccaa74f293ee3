# a text that is no scenario: line and column
printf 'scenario: no\nmap create array 4 8 x -> fd m\n' >"$TMP/a.scn"
cd "$TMP" && "$BEMU" replay a.scn
