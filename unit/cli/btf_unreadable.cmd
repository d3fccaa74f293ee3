"$BEMU" btf corpus/no-such-file
