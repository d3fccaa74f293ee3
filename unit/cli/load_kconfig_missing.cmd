"$BEMU" load corpus/obj/ext_kconfig_weak.bpf.o corpus/obj/kfunc_many.bpf.o --vmlinux corpus/btf/mini/vmlinux.btf
