"$BEMU" load corpus/obj/core_guarded.bpf.o --btf-dir corpus/btf/mini
