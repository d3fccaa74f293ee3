# the map for FDs is a raw file, too; without it the loader has no index 1
"$BEMU" gen --layout second-map -o "$TMP/s.h" corpus/obj/kfunc_modules.bpf.o; stat -c %s "$TMP/s.h.fds"
"$BEMU" skel -q --blob "$TMP/s.h.data" --insns "$TMP/s.h.insns" --fds "$TMP/s.h.fds" --progs 1 --btf-dir corpus/btf/mini
"$BEMU" skel -q --blob "$TMP/s.h.data" --insns "$TMP/s.h.insns" --progs 1 --btf-dir corpus/btf/mini
