"$BEMU" load corpus/obj/sub_arg_ctx.bpf.o --btf-dir corpus/btf/mini --kernel 6.1
