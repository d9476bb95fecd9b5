"""Training data: clips, their caches, and batches made of them."""
