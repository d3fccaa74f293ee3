# one object: refused, and shown all the same
"$BEMU" layout corpus/obj/kfunc_far.bpf.o --layout sparse --json
