"$BEMU" gen corpus/obj/kfunc_modules.bpf.o --layout dense -o "$TMP/k.h"
