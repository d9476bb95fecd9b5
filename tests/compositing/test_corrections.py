"""Corrections of mouth and eyes in the finished picture."""

import numpy as np
import pytest

from puppet.compositing.corrections import add_corrections, mixed_corrections
from puppet.compositing.placement import Placement
from puppet.domain import Inspection, Picture
from puppet.geometry import face_mesh
from puppet.geometry.crop import CropBox
from puppet.geometry.landmarks import rest_pose

CROP = CropBox(255.5, 255.5, 512)


def _inspection(mouth: float = 0, right: float = 0, left: float = 0) -> Inspection:
    square = np.zeros((256, 256, 3), np.uint8)
    eyes = np.zeros((2, face_mesh.EYE_SIZE, face_mesh.EYE_SIZE, 3), np.float32)
    eyes[0], eyes[1] = right, left
    return Inspection(square, mouth=np.full((face_mesh.MOUTH_SIZE,) * 2 + (3,), mouth, np.float32), eyes=eyes)


def _corrected(scale: float, inspection: Inspection) -> Picture:
    side = round(512 * scale)
    picture = np.full((side, side, 3), 100, np.uint8)
    shift = scale / 2 - 0.5  # pixel centres of an enlargement
    add_corrections(picture, inspection, rest_pose(), Placement(scale, shift, shift, CROP, 256))
    return picture


@pytest.mark.parametrize("scale", [0.25, 1, 2.5])
def test_each_correction_lies_at_its_crop(scale: float) -> None:
    mouth, eyes = face_mesh.detail_crops(rest_pose())
    for inspection, place in (
        (_inspection(mouth=50), mouth),
        (_inspection(right=50), eyes[0]),
        (_inspection(left=50), eyes[1]),
    ):
        changed = _corrected(scale, inspection)[..., 0] > 125
        middle = np.argwhere(changed).mean(0)[::-1]
        side = np.sqrt(changed.sum())
        centre = (place[:, 2] * 255 / 256 + 1) / 2 * 512 * scale - 0.5
        np.testing.assert_allclose(middle, centre, atol=0.6)
        assert side == pytest.approx(512 * scale * np.hypot(*place[:, 0]) * 255 / 256, rel=0.06)


def test_corrections_of_two_frames_are_mixed() -> None:
    mixed = mixed_corrections(_inspection(mouth=80, left=8), _inspection(mouth=40, right=-8), 0.75)
    assert mixed.mouth is not None
    assert mixed.eyes is not None
    np.testing.assert_allclose(mixed.mouth, 70)
    np.testing.assert_allclose(mixed.eyes[:, 0, 0, 0], [-2, 6])


def test_the_corrected_picture_is_clipped() -> None:
    assert _corrected(1, _inspection(mouth=300)).max() == 255
    assert _corrected(1, _inspection(mouth=-300)).min() == 0


def test_without_corrections_nothing_changes() -> None:
    assert (_corrected(1, Inspection(np.zeros((256, 256, 3), np.uint8))) == 100).all()
