"$BEMU" replay --print --target lifetime_fuzzer corpus/fuzz/lifetime_fuzzer/accept-module-ksym
