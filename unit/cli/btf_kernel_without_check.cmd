"$BEMU" btf --kernel 6.1 corpus/btf/mini/vmlinux.btf
