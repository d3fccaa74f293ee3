"$BEMU" load corpus/obj/core_missing.bpf.o --btf-dir corpus/btf/mini
