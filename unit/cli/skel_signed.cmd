"$BEMU" skel -q --hash corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
