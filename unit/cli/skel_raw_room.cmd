# nothing says how many results the loader of raw files has
"$BEMU" gen -o "$TMP/a.h" corpus/obj/kfunc_stale_slot.bpf.o >/dev/null; "$BEMU" skel -q --blob "$TMP/a.h.data" --insns "$TMP/a.h.insns" --btf-dir corpus/btf/mini
