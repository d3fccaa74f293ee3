"$BEMU" export corpus/scenario/an-fd-at-zero.scn
