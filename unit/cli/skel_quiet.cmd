"$BEMU" skel -q corpus/skel/data_static.1.1.lskel.h --vmlinux corpus/btf/mini/vmlinux.btf --module m1=corpus/btf/mini/m1.btf
