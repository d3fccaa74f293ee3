$BEMU load --libbpf next --btf-dir corpus/btf/mini corpus/obj/agent.bpf.o
