"$BEMU" skel corpus/obj/agent.bpf.o --init none=x --btf-dir corpus/btf/mini
