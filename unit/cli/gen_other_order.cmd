"$BEMU" gen corpus/obj/agent.be.bpf.o -o "$TMP/be" && od -An -tx1 -N8 "$TMP/be.insns"
