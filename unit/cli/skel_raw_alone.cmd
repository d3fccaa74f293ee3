"$BEMU" skel --blob corpus/skel/README.md --btf-dir corpus/btf/mini
