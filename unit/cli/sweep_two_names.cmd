# two loaders that differ in a digit of a program's name only
for i in 1 2; do sed "s/prog_b/prog_$i/g" corpus/obj/kfunc_stale_slot.bpf.o >"$TMP/$i.o"; done; "$BEMU" sweep --libbpf 1.1 "$TMP/1.o" "$TMP/2.o" --btf-dir corpus/btf/mini
