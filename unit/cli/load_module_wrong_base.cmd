"$BEMU" load corpus/obj/agent.bpf.o --vmlinux corpus/btf/mini-b/vmlinux.btf --module m1=corpus/btf/mini/m1.btf
