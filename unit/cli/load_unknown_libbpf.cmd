"$BEMU" load corpus/obj/agent.bpf.o --libbpf 0.5
