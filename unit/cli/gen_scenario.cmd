# ordinary calls by chance, the same for the same seed
"$BEMU" gen-scenario --seed 7 --steps 25
