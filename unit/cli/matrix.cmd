"$BEMU" load corpus/obj/agent.bpf.o corpus/obj/core_*.bpf.o corpus/obj/kfunc_*.bpf.o --btf-dir corpus/btf
