"$BEMU" gen corpus/obj/agent.bpf.o --libbpf 1.1 -o "$TMP/agent" && "$BEMU" skel -q --blob "$TMP/agent.data" --insns "$TMP/agent.insns" --maps 5 --progs 2 --btf-dir corpus/btf/mini
