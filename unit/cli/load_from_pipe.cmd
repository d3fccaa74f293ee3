cat corpus/obj/agent.bpf.o | "$BEMU" load /dev/stdin --btf-dir corpus/btf/mini --kallsyms /dev/null
