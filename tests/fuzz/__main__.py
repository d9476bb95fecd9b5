"""The long run: `make fuzz MINUTES=60`, or `python -m tests.fuzz --minutes 60 [--only READER ...]`.

Cases that fail are kept in a folder, one file for each kind of failure; those that are worth keeping go to
tests/fuzz/corpus/READER, which the tests read every time. Ends with 1 when a case failed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.mutations import Case, apply, cases
from tests.fuzz.readers import READERS
from tests.fuzz.worker import Worker

_SLICE_S = 30.0
_BATCH = 500
_KEPT_OF_A_KIND = 3


@dataclass(slots=True)
class Figures:
    """Counts of a reader."""

    reader: str
    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0
    failures: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, other: Figures) -> None:
        """Add another slice of the same reader."""
        self.cases += other.cases
        self.refused += other.refused
        self.seconds += other.seconds
        self.peak_mb = max(self.peak_mb, other.peak_mb)
        for kind, found in other.failures.items():
            self.failures[kind] = [*self.failures.get(kind, []), *found][:_KEPT_OF_A_KIND]


def fuzz(name: str, seconds: float, start: int) -> Figures:
    """Run a reader on new cases for some seconds."""
    reader, found = READERS[name], Figures(name)
    seeds = reader.seeds()
    with Worker(reader) as worker:
        worker.start()
        begun_s = time.monotonic()

        def one(case: Case) -> None:
            if time.monotonic() - begun_s > seconds:
                return
            content = apply(case, seeds, reader.tokens)
            outcome = worker.run(content)
            found.cases += 1
            found.refused += outcome.refused
            found.peak_mb = max(found.peak_mb, outcome.peak_mb)
            if outcome.failure:
                kind = re.sub(r"0x[0-9a-f]+|\d+(?=\D*$)", "N", outcome.failure)[:120]
                kept = found.failures.setdefault(kind, [])
                if len(kept) < _KEPT_OF_A_KIND:
                    kept.append(content)

        batch = 0
        while time.monotonic() - begun_s < seconds:
            quick = settings(
                max_examples=_BATCH,
                database=None,
                deadline=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            )
            seed(start + batch)(quick(given(cases(len(seeds)))(one)))()
            batch += 1
    found.seconds = time.monotonic() - begun_s
    return found


def main() -> int:
    """Fuzz the readers in turn until the time is over; print the figures as a table."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description="Fuzz every reader.")
    parser.add_argument("--minutes", type=float, default=60, help="time in all (default: 60)")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="readers at a time")
    parser.add_argument("--only", nargs="*", default=list(READERS), choices=list(READERS), help="some of the readers")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="folder for cases that failed")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    chosen = parser.parse_args()
    slices = max(1, round(chosen.minutes * 60 * chosen.jobs / (len(chosen.only) * _SLICE_S)))
    seconds = chosen.minutes * 60 * chosen.jobs / (len(chosen.only) * slices)
    print(f"seed {chosen.seed}, {slices} slices of {seconds:.0f} s for each of {len(chosen.only)} readers", flush=True)  # noqa: T201
    totals = {name: Figures(name) for name in chosen.only}
    with ProcessPoolExecutor(chosen.jobs) as pool:
        tasks = [(name, chosen.seed + 100_000 * turn) for turn in range(slices) for name in chosen.only]
        for figures in pool.map(fuzz, *zip(*((name, seconds, start) for name, start in tasks), strict=True)):
            totals[figures.reader].add(figures)
            _keep(figures, chosen.failures)
    _report(list(totals.values()))
    return int(any(figures.failures for figures in totals.values()))


def _keep(found: Figures, folder: Path) -> None:
    """Write the cases that failed, and print each kind of failure."""
    for kind, kept in found.failures.items():
        print(f"{found.reader}: {kind}", flush=True)  # noqa: T201
        for content in kept:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{found.reader}-{hashlib.sha256(content).hexdigest()[:8]}").write_bytes(content)


def _report(totals: list[Figures]) -> None:
    rows = ["| reader | cases | refused | cases/s | peak MB | kinds of failure |", "|---|---|---|---|---|---|"]
    for found in totals:
        rate = found.cases / max(found.seconds, 1e-9)
        numbers = f"{found.cases:,} | {found.refused:,} | {rate:.0f} | {found.peak_mb:.0f} | {len(found.failures)}"
        rows.append(f"| {found.reader} | {numbers} |")
    rows.append(f"| all | {sum(found.cases for found in totals):,} | | | | {sum(len(f.failures) for f in totals)} |")
    print("\n".join(rows))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
