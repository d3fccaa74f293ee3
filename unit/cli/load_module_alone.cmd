"$BEMU" load corpus/obj/agent.bpf.o --module m1=corpus/btf/mini/m1.btf
