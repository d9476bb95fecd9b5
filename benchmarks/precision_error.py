"""What a lower precision does to the picture: LPIPS to fp32, on portraits that calibrated nothing.

    python -m benchmarks.precision_error --lpips FILE [--pictures DIR] [PACK ...]

Every portrait is moved to a few poses by each engine at each precision this machine has, and compared with fp32.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.candidates import combinations, table_name
from benchmarks.command import exit_code
from export.face_pack import face_samples
from export.parity import Sample, learned_samples, made
from export.sample_pictures import example_pictures, squares
from puppet.cli.console import log_to_stderr, table
from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_without_fallback
from puppet.errors import EngineError, PackError
from puppet.packs import Pack, open_pack
from puppet.training.evaluation.metrics import Lpips, to_floats

ALLOWED = 0.01
_RIGHT = EngineOptions("onnxruntime", "fp32", "cpu")


def run(
    packs: Annotated[list[str] | None, typer.Argument(help="Names or folders; face when left out.")] = None,
    lpips: Annotated[Path, typer.Option("--lpips", help="LPIPS's AlexNet as .npz.")] = Path("lpips_alex.npz"),
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="A folder of portraits; else four of the bundled ones.")
    ] = None,
) -> None:
    """Compare every lower precision with fp32."""
    log_to_stderr(False)
    metric, portraits = Lpips(lpips), example_pictures(pictures)
    rows = [row for name in packs or ["face"] for row in _rows(open_pack(name), portraits, metric)]
    table(("pack", "engine", "precision", "pictures", "mean", "worst", f"at most {ALLOWED}"), rows)


def _rows(pack: Pack, portraits: Sequence[Picture], metric: Lpips) -> list[tuple[str, ...]]:
    with closing(open_without_fallback(pack, _RIGHT)) as engine:
        samples = _samples(engine, portraits)
        right = [_driven(engine, sample) for sample in samples]
    rows: list[tuple[str, ...]] = []
    for wanted in combinations():
        if wanted.precision == "fp32":
            continue
        try:
            with closing(open_without_fallback(pack, wanted)) as engine:
                found = [_driven(engine, sample) for sample in samples]
        except (EngineError, PackError):
            continue  # not on this machine, or not in this pack
        apart = [_apart(metric, *pair) for pair in zip(right, found, strict=True)]
        fine = "yes" if max(apart) <= ALLOWED else "no"
        counted = f"{np.mean(apart):.5f}", f"{max(apart):.5f}"
        rows.append((pack.name, table_name(wanted), wanted.precision, str(len(apart)), *counted, fine))
    return rows


def _samples(engine: Engine, portraits: Sequence[Picture]) -> list[Sample]:
    return learned_samples(engine, squares(portraits, engine.size)) if engine.detects else face_samples(portraits)


def _driven(engine: Engine, sample: Sample) -> Picture:
    return made(engine, sample)[0]


def _apart(metric: Lpips, right: Picture, found: Picture) -> float:
    return float(metric.distance(to_floats(right), to_floats(found)).mean())


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
