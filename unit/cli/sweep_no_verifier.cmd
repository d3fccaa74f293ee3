# more programs than the loader's stack has room for
"$BEMU" sweep --btf-dir corpus/btf/mini corpus/obj/sec_types.bpf.o
