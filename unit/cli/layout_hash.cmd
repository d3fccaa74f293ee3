# what the context replaces is not what was signed
"$BEMU" layout corpus/obj/agent.bpf.o --hash
