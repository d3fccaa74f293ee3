"$BEMU" gen; "$BEMU" layout; "$BEMU" layout a b; "$BEMU" gen -o x a b
