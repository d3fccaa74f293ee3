"$BEMU" layout corpus/obj/kfunc_modules.bpf.o --layout sparse | sed -n '/^kfunc calls/,/^limits/p'
