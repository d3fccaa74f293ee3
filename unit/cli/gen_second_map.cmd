"$BEMU" gen corpus/obj/kfunc_modules.bpf.o --layout second-map -o "$TMP/k.h" && grep fd_array_sz "$TMP/k.h" && "$BEMU" skel -q --btf-dir corpus/btf/mini "$TMP/k.h"
