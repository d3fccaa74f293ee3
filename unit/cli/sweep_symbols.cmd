"$BEMU" sweep corpus/obj/kfunc_modules.bpf.o --btf-dir corpus/btf/mini
