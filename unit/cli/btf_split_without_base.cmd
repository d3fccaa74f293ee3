"$BEMU" btf corpus/btf/mini/m1.btf
