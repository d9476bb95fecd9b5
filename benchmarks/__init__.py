"""Benchmarks of every engine beside an eager PyTorch loop, in one run, on the same frames and the same machine.

`python -m benchmarks` writes docs/benchmarks.json, docs/benchmarks.md and README's table. Needs the extra `torch`.
"""
