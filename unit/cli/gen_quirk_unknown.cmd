"$BEMU" gen --quirk GL-NONE corpus/obj/agent.bpf.o -o "$TMP/x"
