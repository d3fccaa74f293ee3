"$BEMU" load --trace --libbpf 1.1 corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
