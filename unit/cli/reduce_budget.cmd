"$BEMU" reduce --max-runs 3 -o "$TMP/r.scn" unit/cli/reduce.scn.in; "$BEMU" replay "$TMP/r.scn"
