"$BEMU" skel corpus/skel/map_types.1.1.lskel.h --btf-dir corpus/btf/mini
