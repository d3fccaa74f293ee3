# a kernel whose files are no good is a column with the reason, the others have answers
ROOT=$PWD
cd "$TMP"
mkdir -p kernels/good kernels/bad-vmlinux kernels/bad-module
cp "$ROOT"/corpus/btf/mini/* kernels/good
cp "$ROOT"/corpus/btf/mini/* kernels/bad-module
cp "$ROOT/corpus/btf/mini-b/m1.btf" kernels/bad-module
head -c 200 "$ROOT/corpus/btf/mini/vmlinux.btf" >kernels/bad-vmlinux/vmlinux.btf
"$BEMU" load "$ROOT/corpus/obj/agent.bpf.o" --btf-dir kernels --junit j.xml >/dev/null
code=$?
cat j.xml
exit $code
