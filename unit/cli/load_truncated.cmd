head -c 600 corpus/obj/agent.bpf.o >"$TMP/cut.bpf.o"
"$BEMU" load "$TMP/cut.bpf.o" --btf-dir corpus/btf/mini 2>&1 | sed "s|$TMP/||"
