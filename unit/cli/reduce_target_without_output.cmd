"$BEMU" reduce --target lifetime_fuzzer corpus/fuzz/lifetime_fuzzer/accept-links
