"$BEMU" load corpus/obj/agent.bpf.o corpus/obj/core_ambiguous.bpf.o --btf-dir corpus/btf --junit "$TMP/junit.xml" >/dev/null
code=$?
cat "$TMP/junit.xml"
exit $code
