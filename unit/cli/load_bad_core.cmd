# .BTF.ext begins at 4560, its CO-RE part at 5736: name of the section, then type, access string and kind of the
# first record
cd "$TMP"
for at in 4 16 20 24; do
	cp "$OLDPWD/corpus/obj/agent.bpf.o" agent.bpf.o
	printf '\377\377\377\0' | dd of=agent.bpf.o bs=1 seek=$((5736 + at)) conv=notrunc status=none
	"$BEMU" load agent.bpf.o --btf-dir "$OLDPWD/corpus/btf/mini" | grep '^  libbpf'
	echo "${PIPESTATUS[0]}"
done
