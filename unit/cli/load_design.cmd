"$BEMU" load --design type-id-target=fd-high-half corpus/obj/core_module.bpf.o --btf-dir corpus/btf/mini
