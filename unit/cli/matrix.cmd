"$BEMU" load $(ls corpus/obj/agent.bpf.o corpus/obj/core_*.bpf.o corpus/obj/kfunc_*.bpf.o | grep -v '\.be\.') corpus/obj/agent.be.bpf.o --btf-dir corpus/btf
