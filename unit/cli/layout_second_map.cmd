"$BEMU" layout corpus/obj/kfunc_far.bpf.o --layout second-map --libbpf 1.1
