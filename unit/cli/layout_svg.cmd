"$BEMU" layout corpus/obj/kfunc_far.bpf.o --layout sparse --svg "$TMP/far.svg" >"$TMP/text" 2>&1; cat "$TMP/far.svg"
