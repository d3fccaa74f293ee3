"$BEMU" load corpus/obj/bad_map_no_type.bpf.o --btf-dir corpus/btf/mini
