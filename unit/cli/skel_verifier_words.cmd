"$BEMU" skel corpus/skel/insn_v4.1.1.lskel.h --btf-dir corpus/btf/mini --kernel 6.1
