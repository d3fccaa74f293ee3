"$BEMU" skel corpus/btf/src/m1.c --btf-dir corpus/btf/mini
