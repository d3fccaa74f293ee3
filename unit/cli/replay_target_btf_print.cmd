"$BEMU" replay --print --target btf_fuzzer "$(find corpus/fuzz/btf_fuzzer -name 'accept-*' -size -2 | LC_ALL=C sort | head -1)"
