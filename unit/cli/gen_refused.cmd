"$BEMU" gen corpus/obj/map_prog_array.bpf.o -o "$TMP/none"; code=$?; ls "$TMP"/none* 2>/dev/null; exit $code
