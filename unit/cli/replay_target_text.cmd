f=$(find corpus/fuzz/scenario_fuzzer -name 'accept-*' | sort | head -1); "$BEMU" replay --target scenario_fuzzer "$f"
