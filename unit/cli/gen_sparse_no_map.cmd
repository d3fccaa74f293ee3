# fd_array begins with the first kfunc's FD, and index 0 means vmlinux
"$BEMU" gen corpus/obj/kfunc_modules.bpf.o --layout sparse -o "$TMP/k.h" && "$BEMU" skel -q --btf-dir corpus/btf/mini "$TMP/k.h"
