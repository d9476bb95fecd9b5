"""The person's flow is smoothed where it would tear the person, and only there."""

import numpy as np

from puppet.compositing.stretching import _least_scale, without_tears
from puppet.domain import Floats

SIDE = 128
NOBODY = np.zeros((SIDE, SIDE), np.float32)


def _shifted(places: Floats) -> Floats:
    """A flow along x: every row's places in the source, for its pixels from -1 to 1."""
    flow = np.zeros((SIDE, SIDE, 2), np.float32)
    flow[..., 0] = places - np.linspace(-1, 1, SIDE, dtype=np.float32)
    return flow


def test_the_least_scale_is_that_of_the_map() -> None:
    half = _shifted(np.linspace(-0.5, 0.5, SIDE, dtype=np.float32))
    np.testing.assert_allclose(_least_scale(half)[:, 2:-2], 0.5, atol=1e-3)
    mirrored = _shifted(np.linspace(1, -1, SIDE, dtype=np.float32))
    assert (_least_scale(mirrored)[:, 2:-2] < 0).all()


def test_a_shift_and_a_small_stretch_stay_as_they_are() -> None:
    for places in (np.linspace(-0.8, 1.2, SIDE), np.linspace(-0.9, 0.9, SIDE)):
        flow = _shifted(places.astype(np.float32))
        assert without_tears(flow, NOBODY) is flow


def test_a_tear_is_spread_but_not_inside_of_the_face() -> None:
    line = np.linspace(-1, 1, SIDE, dtype=np.float32)
    flow = _shifted(line - np.clip(line * 16, -1, 1) * np.float32(0.07))  # within 8 points the source moves back
    assert _least_scale(flow).min() < -0.1
    assert _least_scale(without_tears(flow, NOBODY))[:, 8:-8].min() > 0.05
    face = np.ones_like(NOBODY)
    np.testing.assert_array_equal(without_tears(flow, face), flow)
