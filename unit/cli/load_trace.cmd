"$BEMU" load --trace corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
