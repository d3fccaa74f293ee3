"$BEMU" list moons
