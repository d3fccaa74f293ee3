"$BEMU" load --dump insns corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
