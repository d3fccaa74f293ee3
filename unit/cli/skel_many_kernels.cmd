"$BEMU" skel corpus/skel/data_static.1.1.lskel.h --btf-dir corpus/btf
