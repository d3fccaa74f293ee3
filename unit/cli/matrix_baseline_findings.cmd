# one finding more or less is a change, too; lines without that number are not asked about it
"$BEMU" load --json corpus/obj/core_alu64.bpf.o --btf-dir corpus/btf |
	sed '1s/"findings":0/"findings":1/; 2s/,"findings":0//' >"$TMP/base"
"$BEMU" load corpus/obj/core_alu64.bpf.o --btf-dir corpus/btf --baseline "$TMP/base"
