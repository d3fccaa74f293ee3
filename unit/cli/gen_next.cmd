# unsigned it is what 1.7 makes; signed, the kernel checks: 28 words less, and the context is not read
for l in 1.7 next; do "$BEMU" gen --libbpf $l -o "$TMP/$l" corpus/obj/kfunc_far.bpf.o; "$BEMU" gen --libbpf $l --hash -o "$TMP/$l.hash" corpus/obj/kfunc_far.bpf.o; done
cmp "$TMP/1.7.data" "$TMP/next.data" && cmp "$TMP/1.7.insns" "$TMP/next.insns" && "$BEMU" layout --libbpf next --hash corpus/obj/agent.bpf.o | grep -E '^signature| in part | no '
