"$BEMU" load --json corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
