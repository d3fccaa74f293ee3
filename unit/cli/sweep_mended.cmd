"$BEMU" sweep corpus/obj/kfunc_weak_slot.bpf.o --no-quirk GL-WEAK-STALE-SLOT corpus/obj/kfunc_weak_slot.bpf.o --btf-dir corpus/btf/mini
