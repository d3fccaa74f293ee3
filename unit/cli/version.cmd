"$BEMU" --version
