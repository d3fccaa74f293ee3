"$BEMU" load corpus/obj --btf-dir corpus/btf/mini
