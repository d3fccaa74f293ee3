"$BEMU" load LICENSE --btf-dir corpus/btf/mini
