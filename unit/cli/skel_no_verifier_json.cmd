"$BEMU" skel --json --btf-dir corpus/btf/mini corpus/obj/many_progs.bpf.o | tail -n 1
