"$BEMU" gen corpus/obj/agent.bpf.o --hash -o "$TMP/agent" && "$BEMU" skel -q "$TMP/agent" --btf-dir corpus/btf/mini
