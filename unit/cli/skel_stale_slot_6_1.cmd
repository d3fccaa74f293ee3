"$BEMU" skel -q corpus/skel/kfunc_stale_slot.1.1.lskel.h --btf-dir corpus/btf/mini --kernel 6.1
