"$BEMU" load corpus/no-such-file --btf-dir corpus/btf/mini
