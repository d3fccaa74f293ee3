"$BEMU" load corpus/obj/agent.bpf.o --kernel 4.4
