"$BEMU" gen -o '' corpus/obj/agent.bpf.o
