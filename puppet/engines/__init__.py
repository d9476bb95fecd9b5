"""Engines run a model pack's graphs: `base` declares the protocol, `factory` chooses, `runtimes` compute."""
