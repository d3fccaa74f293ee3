"$BEMU" sweep --quirk PL-IDLE-WORD corpus/skel/kfunc_stale_slot.1.5.lskel.h --btf-dir corpus/btf/mini
