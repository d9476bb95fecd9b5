"""Modules of the tests that run in processes of their own: on a display, or with a session bus."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_module(
    module: str, *arguments: str, under: Sequence[str] = (), platform: str = "offscreen", timeout_s: float = 120
) -> str:
    """Run a module to its end, started by the command `under`, with Qt's `platform`; return what it writes."""
    done = subprocess.run(
        [*under, sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": platform},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
