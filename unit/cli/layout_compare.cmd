"$BEMU" layout corpus/obj/kfunc_far.bpf.o --compare && "$BEMU" layout corpus/obj/kfunc_modules.bpf.o --compare
