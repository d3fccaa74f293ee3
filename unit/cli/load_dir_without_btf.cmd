"$BEMU" load corpus/obj/agent.bpf.o --btf-dir unit/cli
