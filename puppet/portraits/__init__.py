"""Making portraits of several pictures of one person."""
