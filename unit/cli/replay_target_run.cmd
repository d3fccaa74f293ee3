# an input that a target finds something in: the kernel is as it was, and the finding true
"$BEMU" replay --target lifetime_fuzzer corpus/fuzz/lifetime_fuzzer/accept-module-ksym corpus/fuzz/lifetime_fuzzer/issue-2-module-id-late
