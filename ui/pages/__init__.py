"""Pages: everything that is not needed while the portrait talks, in one window with a list at its left edge."""
