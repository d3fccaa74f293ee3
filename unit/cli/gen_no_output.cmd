"$BEMU" gen corpus/obj/agent.bpf.o
