"$BEMU" load -v --json corpus/obj/core_ambiguous.bpf.o corpus/obj/core_chain.bpf.o --btf-dir corpus/btf
