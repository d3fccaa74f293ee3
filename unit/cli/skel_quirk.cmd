"$BEMU" skel -q corpus/obj/kfunc_stale_slot.bpf.o --quirk GL-KFUNC-STALE-SLOT --btf-dir corpus/btf/mini
