cp corpus/obj/agent.bpf.o "$TMP/agent.bpf.o"
"$BEMU" load --json "$TMP/agent.bpf.o" corpus/obj/agent.bpf.o --btf-dir corpus/btf | grep -o '"object":"[^"]*"' | sed "s|$TMP/|TMP/|"
