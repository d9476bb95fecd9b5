"""Outputs of the models equal stored ones, which agreed with the originals' goldens; needs no further files."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.golden.reference import FILE, cases, outputs  # noqa: E402
from tests.support.goldens import IMAGES, POINTS  # noqa: E402


@pytest.mark.parametrize("case", cases())
def test_outputs_equal_the_stored_ones(case: str) -> None:
    with np.load(FILE, allow_pickle=False) as file:
        kept = {name.removeprefix(f"{case}/"): file[name] for name in file if name.startswith(f"{case}/")}
    found = outputs(cases()[case])
    assert found.keys() == kept.keys()
    for name, value in found.items():
        tolerance = IMAGES if name in ("frame", "swapped", "segmentation") else POINTS
        torch.testing.assert_close(value, torch.from_numpy(kept[name]), atol=tolerance, rtol=1e-4, msg=name)


def test_stored_outputs_differ_between_configurations() -> None:
    with np.load(FILE, allow_pickle=False) as file:
        frames = [file[name] for name in file if name.endswith("/frame")]
    assert len(frames) == len(cases())
    assert all(frame.std() > 0.01 for frame in frames)
    assert FILE.stat().st_size < 1_000_000
