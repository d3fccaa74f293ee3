# of the host side, which a finished loader has as well
"$BEMU" skel -q --quirk PL-CLOSE-PROG-FIRST corpus/skel/kfunc_stale_slot.1.5.lskel.h --btf-dir corpus/btf/mini
