"$BEMU" skel -q --btf-dir corpus/btf/mini corpus/obj/many_progs.bpf.o
