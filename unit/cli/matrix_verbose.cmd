# a report for each load that is not a yes
"$BEMU" load -v corpus/obj/core_ambiguous.bpf.o corpus/obj/core_chain.bpf.o --btf-dir corpus/btf
