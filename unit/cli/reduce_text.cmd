"$BEMU" reduce unit/cli/reduce.scn.in | tee "$TMP/r.scn"; "$BEMU" replay "$TMP/r.scn"
