"$BEMU" load corpus/obj/bad_kfunc_missing.bpf.o --btf-dir corpus/btf/mini
