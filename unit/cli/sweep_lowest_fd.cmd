"$BEMU" sweep --lowest-fd -1 a
