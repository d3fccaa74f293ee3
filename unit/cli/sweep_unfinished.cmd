# the load fails as it is: the calls after it were not tried
"$BEMU" sweep --btf-dir corpus/btf/mini --layout aux-map corpus/obj/kfunc_modules.bpf.o
