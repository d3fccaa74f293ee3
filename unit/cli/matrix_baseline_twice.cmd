# two runs one after the other: the later line counts
"$BEMU" load --json corpus/obj/core_alu64.bpf.o --btf-dir corpus/btf >"$TMP/new"
sed 's/"answer":"yes"/"answer":"no"/' "$TMP/new" | cat - "$TMP/new" >"$TMP/base"
"$BEMU" load corpus/obj/core_alu64.bpf.o --btf-dir corpus/btf --baseline "$TMP/base"
