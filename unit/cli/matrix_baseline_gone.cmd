"$BEMU" load --json corpus/obj/agent.bpf.o corpus/obj/core_module.bpf.o --btf-dir corpus/btf >"$TMP/base"
"$BEMU" load corpus/obj/agent.bpf.o --btf-dir corpus/btf --baseline "$TMP/base" --junit "$TMP/junit" || code=$?
cat "$TMP/junit"
exit "$code"
