"$BEMU" skel -q corpus/skel/kfunc_weak_slot.1.8.lskel.h --btf-dir corpus/btf/mini
