# a vmlinux, this one and another, where a module's BTF belongs
"$BEMU" load corpus/obj/agent.bpf.o --vmlinux corpus/btf/mini/vmlinux.btf --module m=corpus/btf/mini/vmlinux.btf || echo $?
"$BEMU" load corpus/obj/agent.bpf.o --vmlinux corpus/btf/mini/vmlinux.btf --module m=corpus/btf/mini-b/vmlinux.btf || echo $?
