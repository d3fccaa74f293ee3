"$BEMU" btf corpus/btf/mini/vmlinux.btf
