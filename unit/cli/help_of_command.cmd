"$BEMU" load --help | head -n 1
