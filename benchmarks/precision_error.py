"""Error of lower precisions: LPIPS to fp32, on portraits that were not used for calibration.

    python -m benchmarks.precision_error --lpips FILE [--pictures DIR] [PACK ...]

Every engine moves every portrait to a few poses at every precision of this machine; the pictures are
compared with fp32.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.command_line import exit_code
from benchmarks.results import table_name
from benchmarks.timed_engines import engine_combinations
from export.face_pack import face_samples
from export.parity import learned_samples, render_sample
from export.sample_pictures import as_squares, example_pictures
from puppet.cli.console import log_to_stderr, table
from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.engines.factory import open_without_fallback
from puppet.errors import EngineError, PackError
from puppet.packs import Pack, open_pack
from puppet.training.evaluation.metrics import Lpips, to_floats

ALLOWED = 0.01
_REFERENCE = EngineOptions("onnxruntime", "fp32", "cpu")


def run(
    packs: Annotated[list[str] | None, typer.Argument(help="Packs by name or folder; default: face.")] = None,
    lpips: Annotated[Path, typer.Option("--lpips", help="LPIPS weights (AlexNet), .npz.")] = Path("lpips_alex.npz"),
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="Folder of portraits; default: four bundled ones.")
    ] = None,
) -> None:
    """Compare every lower precision with fp32."""
    log_to_stderr(False)
    metric, portraits = Lpips(lpips), example_pictures(pictures)
    rows = [row for name in packs or ["face"] for row in _rows(open_pack(name), portraits, metric)]
    table(("pack", "engine", "precision", "pictures", "mean", "worst", f"at most {ALLOWED}"), rows)


def _rows(pack: Pack, portraits: Sequence[Picture], metric: Lpips) -> list[tuple[str, ...]]:
    with closing(open_without_fallback(pack, _REFERENCE)) as engine:
        if engine.detects:
            samples = learned_samples(engine, as_squares(portraits, engine.size))
        else:
            samples = face_samples(portraits)
        references = [render_sample(engine, sample)[0] for sample in samples]
    rows: list[tuple[str, ...]] = []
    for options in engine_combinations():
        if options.precision == "fp32":
            continue
        try:
            with closing(open_without_fallback(pack, options)) as engine:
                pictures = [render_sample(engine, sample)[0] for sample in samples]
        except (EngineError, PackError):
            continue  # not on this machine, or not in this pack
        pairs = zip(references, pictures, strict=True)
        errors = [float(metric.distance(*map(to_floats, pair)).mean()) for pair in pairs]
        verdict = "yes" if max(errors) <= ALLOWED else "no"
        figures = (str(len(errors)), f"{np.mean(errors):.5f}", f"{max(errors):.5f}")
        rows.append((pack.name, table_name(options.engine, options.device), options.precision, *figures, verdict))
    return rows


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
