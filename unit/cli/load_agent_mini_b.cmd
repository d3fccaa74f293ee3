"$BEMU" load corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini-b
