"$BEMU" load --json corpus/obj/agent.bpf.o corpus/obj/core_module.bpf.o --btf-dir corpus/btf
