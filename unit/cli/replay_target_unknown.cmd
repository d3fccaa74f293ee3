"$BEMU" replay --target no_fuzzer corpus/fuzz/lifetime_fuzzer/accept-links
