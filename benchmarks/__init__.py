"""What the speed tables are made with: everything measured in one run, on the same frames, on the machine at hand.

`python -m benchmarks` writes docs/benchmarks.json, docs/benchmarks.md and README's tables. Needs the extra `torch`.
"""
