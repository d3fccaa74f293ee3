# what comes before the steps is always the same; the steps and main() are here
"$BEMU" export --c --vmlinux corpus/btf/mini/vmlinux.btf corpus/scenario/closing-twice-hits-another-object.scn | sed -n '/^static void step_1/,$p'
