"$BEMU" sweep --btf-dir corpus/btf/mini
