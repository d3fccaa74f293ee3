"$BEMU" btf --check corpus/btf/mini/vmlinux.btf | sed -n "1,14p;\$p"
