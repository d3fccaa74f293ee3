"$BEMU" load corpus/obj/agent.be.bpf.o --btf-dir corpus/btf/mini
