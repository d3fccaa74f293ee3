"$BEMU" export --c --vmlinux corpus/btf/mini/vmlinux.btf corpus/scenario/exec-parts-shared-table.scn
