"$BEMU" load --dump insns corpus/obj/kfunc_modules.bpf.o --btf-dir corpus/btf/mini
