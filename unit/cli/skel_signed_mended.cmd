"$BEMU" skel -q --hash --no-quirk GL-SIGNED-HOST-OVERRIDE --no-quirk GL-SIGNED-NONEXCL --no-quirk GL-SIG-JUMP-OFF1 corpus/obj/agent.bpf.o --btf-dir corpus/btf/mini
