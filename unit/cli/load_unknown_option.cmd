"$BEMU" load --vmlinx corpus/obj/agent.bpf.o
