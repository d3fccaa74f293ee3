"$BEMU" load corpus/obj/core_ambiguous.bpf.o --btf-dir corpus/btf/mini
