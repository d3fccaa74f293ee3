# a recount after each step puts a finding where it comes from, and tells it once
printf 'scenario: each\nkernel 6.6\nmodule load demo { int f(void); } -> ok\nbtf open demo -> fd m\nmodule unload demo -> 0\ndrain\n' >"$TMP/a.scn"
"$BEMU" replay "$TMP/a.scn" || "$BEMU" replay --audit-each "$TMP/a.scn"
