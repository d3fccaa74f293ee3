"$BEMU" load --json corpus/obj/agent.bpf.o --btf-dir corpus/btf |
	sed "1s/\"answer\":\"[a-z]*\"/\"answer\":\"other\"/" >"$TMP/base"
"$BEMU" load corpus/obj/agent.bpf.o corpus/obj/core_module.bpf.o --btf-dir corpus/btf --baseline "$TMP/base"
