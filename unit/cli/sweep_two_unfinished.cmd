"$BEMU" sweep --btf-dir corpus/btf/mini corpus/skel/map_types.1.1.lskel.h corpus/skel/map_types.1.1.lskel.h
