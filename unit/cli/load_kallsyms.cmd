"$BEMU" load -v corpus/obj/ksym_typeless.bpf.o --btf-dir corpus/btf/mini --kallsyms corpus/obj/kallsyms.txt
