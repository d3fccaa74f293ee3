# a process without standard files: the library moves its numbers up, with the bug it does not
"$BEMU" load --lowest-fd 0 corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini | sed -n '/^FDs/,$p'
"$BEMU" load --lowest-fd 1 --quirk LB-FD-STD corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini >"$TMP/text" && exit 9; echo "exit code $?"; sed -n '/^FDs/,$p' "$TMP/text"
