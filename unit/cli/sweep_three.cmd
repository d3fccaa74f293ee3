"$BEMU" sweep a b c
