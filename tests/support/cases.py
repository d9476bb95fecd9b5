"""Inputs that people have and that once went wrong, in ../shared/cases beside the repository where it exists."""

from __future__ import annotations

from pathlib import Path

import pytest

CASES = Path(__file__).parents[3] / "shared" / "cases"


def shared_case(name: str) -> Path:
    """The file of this name; without it the test is skipped."""
    if not (CASES / name).exists():
        pytest.skip(f"no {name}: ../shared/cases is not beside this repository")
    return CASES / name
