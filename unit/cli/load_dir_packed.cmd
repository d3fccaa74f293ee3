mkdir "$TMP/k" && cp corpus/btf/mini/*.btf "$TMP/k" && touch "$TMP/k/m3.btf.xz" "$TMP/k/broken.btf"
"$BEMU" load corpus/obj/core_chain.bpf.o --btf-dir "$TMP/k" 2>&1 | sed "s|$TMP/|TMP/|"
