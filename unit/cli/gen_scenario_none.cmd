"$BEMU" gen-scenario --steps 0
