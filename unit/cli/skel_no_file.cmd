"$BEMU" skel
