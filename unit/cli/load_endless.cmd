# none of these has an end, or is too large to be what is asked for
for file in --vmlinux --kconfig --kallsyms; do
	timeout 20 "$BEMU" load corpus/obj/agent.bpf.o "$file" /dev/zero || echo $?
done
timeout 20 "$BEMU" load /dev/zero || echo $?
timeout 20 "$BEMU" load corpus/obj/agent.bpf.o --vmlinux corpus/btf/mini/vmlinux.btf --module m1=/dev/zero || echo $?
timeout 20 "$BEMU" btf /dev/zero || echo $?
truncate -s 3G "$TMP/large"
cd "$TMP"
timeout 20 "$BEMU" load large || echo $?
timeout 20 "$BEMU" btf large || echo $?
