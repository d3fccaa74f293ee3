# a new object that is yes is reported and no failure
"$BEMU" load --json corpus/obj/agent.bpf.o --btf-dir corpus/btf >"$TMP/base"
"$BEMU" load corpus/obj/agent.bpf.o corpus/obj/core_alu64.bpf.o --btf-dir corpus/btf --baseline "$TMP/base"
