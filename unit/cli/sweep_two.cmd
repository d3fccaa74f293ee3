"$BEMU" sweep corpus/skel/kfunc_stale_slot.1.1.lskel.h corpus/skel/kfunc_stale_slot.1.5.lskel.h --lowest-fd 40 --btf-dir corpus/btf/mini
