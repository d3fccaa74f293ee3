"$BEMU" layout corpus/obj/kfunc_modules.bpf.o --compare --json | cut -c 1-200
