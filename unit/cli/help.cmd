"$BEMU" help
