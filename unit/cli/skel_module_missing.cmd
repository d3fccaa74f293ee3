"$BEMU" skel corpus/skel/kfunc_stale_slot.1.1.lskel.h --vmlinux corpus/btf/mini/vmlinux.btf
