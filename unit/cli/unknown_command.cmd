"$BEMU" lod x
