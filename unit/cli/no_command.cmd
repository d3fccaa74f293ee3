"$BEMU"
