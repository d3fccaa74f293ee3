"$BEMU" load corpus/obj/arena.bpf.o --btf-dir corpus/btf/mini --kernel 6.18
