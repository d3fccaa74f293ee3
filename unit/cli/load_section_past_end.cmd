# sh_size of .BTF, section 11
cp corpus/obj/agent.bpf.o "$TMP/agent.bpf.o"
printf '\377\377\377\177' | dd of="$TMP/agent.bpf.o" bs=1 seek=$((8208 + 11 * 64 + 32)) conv=notrunc status=none
cd "$TMP" && "$BEMU" load agent.bpf.o --btf-dir "$OLDPWD/corpus/btf/mini"
