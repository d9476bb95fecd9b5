"""Geometry of the box."""

from __future__ import annotations

import pytest

from ui.widgets.box import MIN_SIDE_PX, Box, box_from_drag, default_box

SIZE = (640, 480)


@pytest.mark.parametrize(
    ("start", "end", "box"),
    [
        ((100, 100), (200, 150), Box(100, 100, 100)),  # the longer way counts
        ((200, 200), (150, 100), Box(100, 100, 100)),  # drawn to the upper left
        ((600, 400), (900, 900), Box(600, 400, 40)),  # as far as the picture goes
        ((-50, 10), (80, 40), Box(0, 10, 80)),  # begun beside the picture
    ],
)
def test_a_box_reaches_from_its_corner_to_the_pointer(
    start: tuple[float, float], end: tuple[float, float], box: Box
) -> None:
    assert box_from_drag(start, end, SIZE) == box


@pytest.mark.parametrize("at", [(300.0, 200.0), (640.0, 480.0), (0.0, 0.0)])
def test_a_click_makes_a_box_of_the_minimum_size(at: tuple[float, float]) -> None:
    box = box_from_drag(at, at, SIZE)
    assert box.side == MIN_SIDE_PX
    assert _is_inside(box)


def test_a_moved_box_stays_in_the_picture() -> None:
    assert Box(10, 10, 100).moved(-50, 900, SIZE) == Box(0, 380, 100)


def test_a_box_is_resized_around_its_centre_within_its_limits() -> None:
    assert Box(200, 200, 100).resized(20, SIZE) == Box(190, 190, 120)
    assert Box(200, 200, 100).resized(9000, SIZE).side == 480
    assert _is_inside(Box(200, 200, 100).resized(9000, SIZE))
    assert Box(200, 200, 100).resized(-9000, SIZE).side == MIN_SIDE_PX


def test_mirroring_twice_changes_nothing() -> None:
    box = Box(17, 30, 90)
    assert box.mirrored(640) == Box(533, 30, 90)
    assert box.mirrored(640).mirrored(640) == box


def test_the_default_box_is_centred() -> None:
    box = default_box(SIZE)
    assert box.left + box.side / 2 == 320
    assert box.top + box.side / 2 == 240
    assert box.contains(320, 240)
    assert not box.contains(1, 1)


def _is_inside(box: Box) -> bool:
    return box.left >= 0 and box.top >= 0 and box.left + box.side <= SIZE[0] and box.top + box.side <= SIZE[1]
