"$BEMU" replay
