ln -s real.xml "$TMP/link.xml"
"$BEMU" load corpus/obj/core_chain.bpf.o --btf-dir corpus/btf --junit "$TMP/link.xml"
test -L "$TMP/link.xml" && cat "$TMP/real.xml"
