"$BEMU" load corpus/obj/agent.bpf.o --module m1
