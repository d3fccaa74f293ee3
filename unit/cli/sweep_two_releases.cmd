"$BEMU" sweep --libbpf 1.1 corpus/obj/map_inner.bpf.o --libbpf 1.7 corpus/obj/map_inner.bpf.o --btf-dir corpus/btf/mini
