"$BEMU" layout corpus/obj/kfunc_modules.bpf.o
