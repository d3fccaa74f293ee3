"$BEMU" load --dump insns corpus/obj/sub_kinds.bpf.o --btf-dir corpus/btf/mini
