"$BEMU" skel -q --no-quirk GL-KFUNC-STALE-SLOT corpus/skel/kfunc_stale_slot.1.1.lskel.h --btf-dir corpus/btf/mini
