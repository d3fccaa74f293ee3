"$BEMU" gen -o "$TMP/x" corpus/obj/ext_kconfig.bpf.o
