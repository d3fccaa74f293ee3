"$BEMU" skel corpus/skel/none.lskel.h --btf-dir corpus/btf/mini
