# The generated header is read again, and its loader runs.
cp corpus/obj/agent.bpf.o "$TMP"; "$BEMU" gen "$TMP/agent.bpf.o" -o "$TMP/agent.lskel.h" && wc -c <"$TMP/agent.lskel.h.data" && wc -c <"$TMP/agent.lskel.h.insns" && "$BEMU" skel -q "$TMP/agent.lskel.h" --btf-dir corpus/btf/mini
