"""The smooth step between 0 and 1."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.geometry.smoothstep import smoothstep


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (-0.3, 0.5), (2.0, -1.0)])
def test_it_leads_from_0_to_1_and_is_flat_at_both_ends(start: float, end: float) -> None:
    at = np.linspace(start, end, 101)
    found = smoothstep(at, start, end)
    assert (found[0], found[50], found[-1]) == pytest.approx((0, 0.5, 1))
    assert (np.diff(found) > 0).all()
    assert np.diff(found)[[0, -1]].max() < 0.1 * np.diff(found).max()
    beyond = smoothstep([start - (end - start), end + (end - start)], start, end)
    np.testing.assert_array_equal(beyond, [0, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype: type) -> None:
    assert smoothstep(np.zeros(3, dtype), -0.1, np.float64(0.3)).dtype == dtype
    assert smoothstep(1, end=4).dtype == np.float64
