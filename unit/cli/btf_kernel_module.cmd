"$BEMU" btf --check corpus/btf/mini/m1.btf --base corpus/btf/mini/vmlinux.btf
