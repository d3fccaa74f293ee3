"$BEMU" list quirks
