"$BEMU" load -v corpus/obj/core_module.bpf.o --btf-dir corpus/btf/mini
