$BEMU skel --libbpf next x.lskel.h
