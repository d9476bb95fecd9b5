"""Hair follows a head that moves far, and clothes move smoothly; a face that only turns leaves both as they are."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.compositing.cutout import Cutout, region_of
from puppet.compositing.large_shifts import with_large_shift
from puppet.compositing.layered_compositor import Composition, Subject
from puppet.compositing.layers import own_flow
from puppet.domain import Floats, Inspection, Keypoints, Output
from puppet.geometry.crop import whole_box
from puppet.geometry.head_pose import face_of, fit_head
from tests.support.faces import face

SIDE = 64
STILL = np.zeros((SIDE, SIDE, 2), np.float32)
NOT_FACE = np.ones((SIDE, SIDE), np.float32)
PORTRAIT = face()
HEAD = fit_head(face_of(PORTRAIT))
BEHIND = 0.4 * 0.3 * 3.19  # the skull's centre, behind that of a face of size 0.3
FAR = face(at=(0.4, 0.05, 0))


def _at(field: Floats, x: float, y: float) -> Floats:
    """The value of a field at a place of the square, normalised."""
    column, row = (round((each + 1) / 2 * (SIDE - 1)) for each in (x, y))
    return np.asarray(field[row, column])


def _hair(driven: Keypoints) -> Floats:
    return _moved(STILL, driven)


def _moved(flow: Floats, driven: Keypoints, face: Floats = 1 - NOT_FACE, skull: Floats = 1 - NOT_FACE) -> Floats:
    return with_large_shift(flow, face, skull, HEAD, driven)


def test_hair_moves_as_far_as_the_head() -> None:
    flow = _hair(FAR)
    for x in (-0.6, 0.9):
        np.testing.assert_allclose(_at(flow, x, -0.5), (-0.4, 0), atol=0.01)


def test_hair_grows_with_a_head_that_comes_nearer() -> None:
    flow = _hair(face(size=0.42))
    place = np.array([0.6, -0.5])
    expected = (place - (0, 0.05)) / 1.4 + (0, 0.05)
    np.testing.assert_allclose(place + _at(flow, *place), expected, atol=0.03)


def test_shoulders_do_not_follow() -> None:
    np.testing.assert_allclose(_at(_hair(FAR), -0.3, 0.95), 0, atol=1e-6)


@pytest.mark.parametrize("turn", [(0, 20, 0), (0, -20, 0), (10, 0, 0)])
def test_hair_stays_while_a_face_turns_about_its_neck(turn: tuple[float, float, float]) -> None:
    # The face's centre moves aside by the sine of the turn, the skull's centre does not.
    pitch, yaw, _ = np.radians(turn)
    driven = face(turn_deg=turn, at=(-BEHIND * np.sin(yaw), 0.05 + BEHIND * np.sin(pitch), 0))
    assert np.linalg.norm(fit_head(face_of(driven)).centre - HEAD.centre) > 0.05
    np.testing.assert_array_equal(_hair(driven), STILL)


def test_clothes_lose_their_waves_only_where_the_head_moves_far() -> None:
    waves = STILL.copy()
    waves[..., 1] = np.tile(np.where(np.arange(SIDE) % 8 < 4, 0.1, -0.1), (SIDE, 1))
    clothes = slice(-6, -1)
    smooth = _moved(waves, FAR)
    assert np.ptp(smooth[clothes, 8:-8]) < 0.1 * np.ptp(waves)
    np.testing.assert_array_equal(_moved(waves, face(at=(0.02, 0.05, 0))), waves)


def test_the_face_keeps_its_own_motion() -> None:
    own = np.full_like(STILL, 0.1)
    for driven in (FAR, _turned(40)):
        np.testing.assert_array_equal(_moved(own, driven, face=NOT_FACE), own)


def _turned(yaw_deg: float) -> Keypoints:
    """PORTRAIT after a turn about the skull's centre."""
    return face(turn_deg=(0, yaw_deg, 0), at=(-BEHIND * np.sin(np.radians(yaw_deg)), 0.05, 0))


@pytest.mark.parametrize("yaw_deg", [-38, 38])
def test_a_face_that_turns_far_covers_the_ear_on_its_far_side(yaw_deg: float) -> None:
    with_the_face = np.full_like(STILL, 0)
    shift = fit_head(face_of(_turned(yaw_deg))).centre - HEAD.centre
    with_the_face[...] = -shift[:2]  # as the pack moves what it takes for the head
    moved = _moved(with_the_face, _turned(yaw_deg), skull=NOT_FACE)
    far, ear = np.sign(shift[0]), 0.38
    np.testing.assert_allclose(_at(moved, shift[0] + far * ear, -0.1), 0, atol=0.02)  # stays, and is covered
    np.testing.assert_array_equal(_at(moved, shift[0] - far * ear, -0.1), -shift[:2].astype(np.float32))
    np.testing.assert_array_equal(_at(moved, shift[0] + far * ear, 0.95), -shift[:2].astype(np.float32))


def test_a_face_that_turns_back_to_the_front_shows_its_ears() -> None:
    aside = fit_head(face_of(_turned(38)))
    own = np.full_like(STILL, 0.1)
    np.testing.assert_array_equal(with_large_shift(own, 1 - NOT_FACE, NOT_FACE, aside, PORTRAIT), own)


def test_hair_that_a_pack_takes_for_background_is_not_drawn_out() -> None:
    masks = np.stack([NOT_FACE, 1 - NOT_FACE, 1 - NOT_FACE, 1 - NOT_FACE])
    inspection = Inspection(np.zeros((0, 0, 3), np.uint8), masks, NOT_FACE, STILL)
    np.testing.assert_array_equal(own_flow(inspection, FAR), STILL)
    picture = np.zeros((256, 256, 3), np.uint8)
    crop = whole_box(picture)
    region = region_of(picture, crop)
    nobody = Cutout(region, np.zeros(region.size[::-1], np.uint8), region.pixels(picture))
    composition = Composition(Subject(picture, crop, picture, PORTRAIT, nobody), (256, 256), Output.CROP)
    for flow in (own_flow(inspection, FAR, HEAD), composition.flow(inspection, FAR)):
        np.testing.assert_allclose(_at(flow, -0.5, -0.5), (-0.4, 0), atol=0.02)
