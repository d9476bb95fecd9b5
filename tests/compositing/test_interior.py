"""Inside of a moved face its skin goes on where the flow reaches beyond the person."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from puppet.compositing.interior import Interior
from puppet.domain import Floats, Picture

STEP, CELLS, UNIT = 4, 40, 2
SIDE = STEP * CELLS
SKIN, WALL = (200, 150, 120), (0, 0, 255)


def _oval(left: float, top: float, right: float, bottom: float) -> Floats:
    """Return 36 points of an ellipse, from the forehead clockwise, as those of a face."""
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    x, y = (
        (left + right) / 2 + (right - left) / 2 * np.sin(angle),
        (top + bottom) / 2 - (bottom - top) / 2 * np.cos(angle),
    )
    return np.stack([x, y], 1).astype(np.float32)


FACE = _oval(30, 30, 130, 130)
POINTS = ((FACE - (STEP - 1) / 2) / STEP + 1).astype(np.float32)
"""The same, in points of the output."""


def _person(until_px: int = SIDE) -> NDArray[np.uint8]:
    """The person is at the left, `until_px` wide."""
    person = np.zeros((SIDE, SIDE, 4), np.uint8)
    person[:, :until_px] = (*SKIN, 255)
    return person


def _places(shift_px: float = 0.0, scale: float = 1.0) -> tuple[Floats, Floats]:
    """Every pixel of the output shows the one `shift_px` to its right, horizontally scaled about 130."""
    at = (np.arange(CELLS + 2) * STEP + (STEP - 1) / 2 - STEP).astype(np.float32)
    y, x = np.meshgrid(at, at, indexing="ij")
    return ((x - 130) * np.float32(scale) + 130 + np.float32(shift_px)) * UNIT, y * UNIT


def _share(person: NDArray[np.uint8], moved: tuple[Floats, Floats], points: Floats = POINTS) -> Floats:
    """Return how far a picture of a wall is covered with skin."""
    picture: Picture = np.full((SIDE, SIDE, 3), WALL, np.uint8)
    Interior(person, FACE, STEP).cover(picture, *moved, _places(), points, UNIT)
    return np.asarray((WALL[2] - picture[..., 2].astype(np.float32)) / (WALL[2] - SKIN[2]))


def test_a_hole_of_the_face_is_skin_up_to_its_outline_and_nothing_else_is_covered() -> None:
    share = _share(_person(80), _places(30))  # pixels right of 50 show what is right of the person
    assert share[80, 60:125].min() > 0.7
    assert share[80, :46].max() == 0
    assert share[80, 134:].max() == 0
    assert share[:28].max() == 0


def test_a_hole_along_the_outline_alone_is_not_covered() -> None:
    assert _share(_person(SIDE // 2 + 46), _places(-8)).max() == 0


def test_a_stretched_edge_of_the_face_is_skin_below_the_eyes_and_beside_the_wall_alone() -> None:
    person, points = _person(133), _oval(-30, 8, 44, 33.5)
    person[:, 126:133] = (10, 10, 10, 255)  # a shaded rim, or an ear
    share = _share(person, _places(-4, 0.2), points)
    assert share[100, 150:158].min() > 0.7
    assert share[100, :110].max() == 0
    assert share[:64].max() == 0
    assert _share(person, _places(-4), points).max() == 0  # as wide as in the portrait
    person[:, 126:] = (10, 10, 10, 255)  # hair
    assert _share(person, _places(-4, 0.2), points).max() == 0


def test_a_person_at_rest_is_not_changed_however_bad_the_matte() -> None:
    assert _share(_person(80), _places()).max() == 0


def test_skin_continues_with_light_and_texture_of_the_cheek() -> None:
    random = np.random.default_rng(1)
    person = _person(80)
    person[:, :80, :3] = np.linspace(100, 200, SIDE)[:, None, None]  # light falls from below
    person[:, :80, :3] += random.integers(0, 12, (SIDE, 80, 1), np.uint8)
    picture = np.full((SIDE, SIDE, 3), WALL, np.uint8)
    Interior(person, FACE, STEP).cover(picture, *_places(30), _places(), POINTS, UNIT)
    cheek = picture[50:110, 64:90, 0].astype(float)
    rows = cheek.mean(1)
    assert rows[-1] - rows[0] > 15
    assert 1 < np.diff(cheek, axis=1).std() < 12


@pytest.mark.parametrize("until_px", [0, SIDE])
def test_without_an_outline_nothing_changes(until_px: int) -> None:
    assert _share(_person(until_px), _places(30)).max() == 0


def test_a_face_outside_of_the_output_changes_nothing() -> None:
    assert _share(_person(80), _places(30), (POINTS - 400).astype(np.float32)).max() == 0
