"$BEMU" skel corpus/skel/kfunc_stale_slot.1.8.lskel.h --btf-dir corpus/btf/mini --kernel 6.1
