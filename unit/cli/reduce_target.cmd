"$BEMU" reduce --target lifetime_fuzzer -o "$TMP/r" corpus/fuzz/lifetime_fuzzer/issue-2-module-id-late && od -An -tx1 "$TMP/r" && "$BEMU" replay --target lifetime_fuzzer "$TMP/r"
