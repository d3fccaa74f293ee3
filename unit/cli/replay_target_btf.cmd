# every seed is decoded, and the text of it holds
"$BEMU" replay --target btf_fuzzer corpus/fuzz/btf_fuzzer/* | sort -u
