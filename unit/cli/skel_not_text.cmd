"$BEMU" skel corpus/obj/bad_elf_magic.bpf.o --btf-dir corpus/btf/mini
