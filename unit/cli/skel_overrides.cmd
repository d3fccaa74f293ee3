printf '\1\2\3\4\5\6\7\10' >"$TMP/bss"
"$BEMU" skel corpus/obj/agent.bpf.o --max-entries started=77 --init ".bss=$TMP/bss" --btf-dir corpus/btf/mini | grep -E 'started|map_fd=10'
