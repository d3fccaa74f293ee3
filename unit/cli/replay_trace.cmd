# the life of every number, and the finding that the scenario expects
"$BEMU" replay --trace corpus/scenario/module-btf-fd-in-upper-half.scn
