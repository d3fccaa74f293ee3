"$BEMU" list kernels
