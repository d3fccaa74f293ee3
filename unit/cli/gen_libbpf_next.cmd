$BEMU gen --libbpf next -o $TMP/x.h corpus/obj/agent.bpf.o
