"$BEMU" gen -o "$TMP/a.h" corpus/obj/map_many.bpf.o
