"$BEMU" layout --compare --layout sparse corpus/obj/agent.bpf.o
