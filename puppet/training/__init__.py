"""Training of packs: clips become pairs, pairs train the networks, and what was trained is measured. Needs torch."""
