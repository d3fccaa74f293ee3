"$BEMU" sweep corpus/obj/agent.bpf.o --layout sparse --btf-dir corpus/btf/mini
