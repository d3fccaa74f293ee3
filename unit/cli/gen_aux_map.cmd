"$BEMU" gen corpus/obj/kfunc_modules.bpf.o --layout aux-map -o "$TMP/k.h"
