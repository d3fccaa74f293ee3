"$BEMU" load corpus/obj/agent.bpf.o --vmlinux LICENSE
