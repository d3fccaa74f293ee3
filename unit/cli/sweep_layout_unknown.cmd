"$BEMU" sweep --layout foo corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
