"$BEMU" load --design type-id-target=both corpus/obj/core_module.bpf.o --btf-dir corpus/btf/mini
