"$BEMU" load --dump insns corpus/obj/core_type_id.bpf.o --btf-dir corpus/btf/mini
"$BEMU" load --json corpus/obj/core_type_id.bpf.o --btf-dir corpus/btf/mini | grep '"kind":"type_id"'
