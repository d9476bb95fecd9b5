"""Training of packs: clips become pairs, pairs train the networks, and the result is evaluated. Needs torch."""
