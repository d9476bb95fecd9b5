"""Portraits whose face is close to an edge of the picture are not moved away from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS, Keypoints
from puppet.geometry.crop import CropBox
from puppet.motion.tight_framing import edges_of
from tests.support.faces import face

PORTRAIT = replace(face(), body=np.zeros((BODY_KEYPOINTS, 2), np.float32))
LOW, HIGH = PORTRAIT.points.min(0), PORTRAIT.points.max(0)
CROP = CropBox(99.5, 99.5, 200)


def _moved(x: float, y: float) -> Keypoints:
    shift = np.array((x, y), np.float32)
    assert PORTRAIT.body is not None
    return replace(PORTRAIT, points=PORTRAIT.points + shift, body=PORTRAIT.body + shift)


def _held(driven: Keypoints, left: float = -1, top: float = -1, right: float = 1, bottom: float = 1) -> Keypoints:
    """Hold a pose in a picture with edges at these normalised places of a crop of 200 pixels."""
    width, height = round(100 * (right - left)), round(100 * (bottom - top))
    crop = CropBox(-0.5 - 100 * left, -0.5 - 100 * top, 200)
    return edges_of(np.zeros((height, width, 3), np.uint8), crop, PORTRAIT).hold(PORTRAIT, driven)


def test_a_portrait_with_room_around_the_face_moves_freely() -> None:
    driven = _moved(0.2, -0.2)
    assert _held(driven) is driven


@pytest.mark.parametrize(
    ("edge", "shift"), [("left", (0.15, 0)), ("top", (0, 0.15)), ("right", (-0.15, 0)), ("bottom", (0, -0.15))]
)
def test_a_face_at_an_edge_stays_there_and_moves_less_than_the_rest(edge: str, shift: tuple[float, float]) -> None:
    at = {"left": LOW[0], "top": LOW[1], "right": HIGH[0], "bottom": HIGH[1]}[edge]
    held = _held(_moved(*shift), **{edge: float(at)})
    axis = int(edge in ("top", "bottom"))
    near = PORTRAIT.points[:, axis].argmin() if edge in ("left", "top") else PORTRAIT.points[:, axis].argmax()
    moved = held.points - PORTRAIT.points
    assert abs(moved[near, axis]) < 0.25 * 0.15
    assert 0.2 * 0.15 < np.abs(moved[:, axis]).max() < 0.8 * 0.15
    np.testing.assert_allclose(moved[:, 1 - axis], 0, atol=1e-6)
    assert held.body is not None


def test_motion_towards_the_edge_is_free() -> None:
    driven = _moved(-0.1, 0)
    np.testing.assert_array_equal(_held(driven, left=float(LOW[0])).points, driven.points)


def test_at_rest_nothing_is_changed() -> None:
    held = _held(PORTRAIT, *(float(at) for at in (*LOW, *HIGH)))
    np.testing.assert_array_equal(held.points, PORTRAIT.points)


def test_an_open_mouth_at_the_lower_edge_still_opens() -> None:
    speaking = face(mouth=0.3)
    held = _held(replace(speaking, body=None), bottom=float(HIGH[1]))
    np.testing.assert_allclose(held.points, speaking.points, atol=0.01)
