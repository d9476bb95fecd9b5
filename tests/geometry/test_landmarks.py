"""The tables of landmark indices, checked against the mean face they index."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.geometry import landmarks as lm

_ROWS = [lm.STABLE, lm.UPPER_LIPS, lm.LOWER_LIPS, lm.LIP_CORNERS, *lm.UPPER_LIDS, *lm.LOWER_LIDS, *lm.IRISES, *lm.BROWS]


def test_the_mean_face_is_symmetric_centred_and_of_unit_radius() -> None:
    face = lm.mean_face()
    mirrored = face * (-1, 1, 1)
    nearest = np.linalg.norm(face[:, None] - mirrored[None], axis=2).min(1)
    assert face.shape == (lm.COUNT, 3)
    assert nearest.max() < 1e-5
    np.testing.assert_allclose(face.mean(0), 0, atol=1e-5)
    assert np.sqrt((face**2).sum(1).mean()) == pytest.approx(1, abs=1e-5)


def test_the_mean_face_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        lm.mean_face()[0] = 0


@pytest.mark.parametrize("rows", _ROWS)
def test_indices_are_landmarks_and_unique(rows: lm.Indices) -> None:
    assert len(np.unique(rows)) == rows.size
    assert 0 <= rows.min() <= rows.max() < lm.COUNT


@pytest.mark.parametrize("table", [*lm.UPPER_LIDS, *lm.LOWER_LIDS, lm.UPPER_LIPS, lm.LOWER_LIPS])
def test_columns_run_together_from_one_corner_to_the_other(table: lm.Indices) -> None:
    x = lm.mean_face()[table, 0]
    steps = np.diff(x, axis=1)
    assert (np.sign(steps) == np.sign(steps[0, 0])).all()
    assert np.ptp(x, axis=0).max() < 0.5


@pytest.mark.parametrize("eye", [0, 1])
def test_the_right_eye_is_on_the_left_of_the_picture(eye: int) -> None:
    face = lm.mean_face()
    side = (-1, 1)[eye]
    for rows in (lm.UPPER_LIDS[eye], lm.LOWER_LIDS[eye], lm.IRISES[eye], lm.BROWS[eye], lm.EYE_CORNERS[eye]):
        assert (np.sign(face[rows, 0]) == side).all()


def test_upper_is_above_lower() -> None:
    face = lm.mean_face()
    pairs = [(lm.UPPER_LIPS, lm.LOWER_LIPS), *zip(lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True)]
    for upper, lower in pairs:
        assert (face[upper[0], 1] < face[lower[0], 1]).all()
        assert (np.diff(face[upper[:, 4], 1]) < 0).all()
        assert (np.diff(face[lower[:, 4], 1]) > 0).all()


@pytest.mark.parametrize(
    ("angle_deg", "turns"), [(0, 0), (30, 0), (-50, 0), (90, 1), (75, 1), (-90, 3), (180, 2), (-170, 2)]
)
def test_a_face_on_its_side_needs_quarter_turns(angle_deg: float, turns: int) -> None:
    angle = np.radians(angle_deg)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])  # clockwise as y grows down
    points = (lm.mean_face()[:, :2] @ rotation.T).astype(np.float32)
    assert lm.turns_to_upright(points) == turns
