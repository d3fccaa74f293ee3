"$BEMU" load
