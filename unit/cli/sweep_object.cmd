"$BEMU" sweep -v corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
