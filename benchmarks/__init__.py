"""What the speed tables are made with: everything measured in one run, on the same frames, on the machine at hand.

`python -m benchmarks` writes benchmarks.json and docs/benchmarks.md. Needs the extra `torch`.
"""
