"$BEMU" list detectors
