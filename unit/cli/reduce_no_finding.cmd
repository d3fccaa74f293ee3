"$BEMU" reduce corpus/scenario/exec-parts-shared-table.scn
