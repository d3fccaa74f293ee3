# the same object cut at three places, and with wrong numbers in its header
A=corpus/obj/agent.bpf.o B="$PWD/corpus/btf/mini"
SIZE=$(wc -c <"$A")
head -c 64 "$A" >"$TMP/cut64.bpf.o"; head -c 1000 "$A" >"$TMP/cut1000.bpf.o"
head -c $((SIZE - 1)) "$A" >"$TMP/cut1.bpf.o"
for i in shnum:60:'\377\377' shoff:40:'\377\377\377\377\377\377\377\177' order:5:'\2' machine:16:'\2\0\76\0'; do
IFS=: read -r name at bytes <<<"$i"; cp "$A" "$TMP/$name.bpf.o"; printf "$bytes" | dd of="$TMP/$name.bpf.o" bs=1 seek="$at" conv=notrunc 2>/dev/null; done
cd "$TMP"; for f in cut64 cut1000 cut1 shnum shoff order machine; do "$BEMU" load $f.bpf.o --btf-dir "$B" 2>&1; done
