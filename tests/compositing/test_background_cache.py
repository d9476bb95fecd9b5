"""Backgrounds are painted once; what is wrong with a cached one costs the time of painting only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from puppet.compositing.background_cache import painted
from puppet.domain import Picture

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
HOLE = np.zeros((20, 30), np.uint8)
HOLE[5:15, 5:15] = 1


class Painter:
    """Fills holes with one colour, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, pixels: Picture, hole: NDArray[np.uint8]) -> Picture:
        self.calls += 1
        return np.where(hole[..., None] > 0, np.array([10, 20, 30], np.uint8), pixels)


@pytest.fixture
def painter() -> Painter:
    return Painter()


def test_a_background_is_painted_once_for_each_picture_and_hole(painter: Painter) -> None:
    first = painted(PIXELS, HOLE, painter)
    again = painted(PIXELS, HOLE, painter)
    assert painter.calls == 1
    assert first is not None
    assert again is not None
    assert np.array_equal(first, again)
    painted(PIXELS[::-1], HOLE, painter)
    painted(PIXELS, HOLE.T[:20].repeat(2, 1)[:, :30], painter)
    assert painter.calls == 3


def test_a_background_that_could_not_be_painted_is_tried_again(painter: Painter) -> None:
    assert painted(PIXELS, HOLE, lambda *_: None) is None
    assert painted(PIXELS, HOLE, painter) is not None


def test_a_damaged_file_is_painted_again(home: Path, painter: Painter) -> None:
    first = painted(PIXELS, HOLE, painter)
    (path,) = home.rglob("backgrounds/*.png")
    path.write_bytes(path.read_bytes()[:-5])
    again = painted(PIXELS, HOLE, painter)
    assert painter.calls == 2
    assert first is not None
    assert again is not None
    assert np.array_equal(first, again)


def test_a_cache_that_cannot_be_written_costs_only_time(home: Path, painter: Painter) -> None:
    (home / ".cache").write_text("no folder")
    assert painted(PIXELS, HOLE, painter) is not None
    assert painted(PIXELS, HOLE, painter) is not None
    assert painter.calls == 2
