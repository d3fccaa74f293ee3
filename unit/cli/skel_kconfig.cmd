"$BEMU" skel -q --kconfig corpus/no_such_kconfig corpus/skel/kfunc_stale_slot.1.5.lskel.h --btf-dir corpus/btf/mini
