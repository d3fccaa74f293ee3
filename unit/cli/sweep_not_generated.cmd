"$BEMU" sweep corpus/obj/map_prog_array.bpf.o --btf-dir corpus/btf/mini
