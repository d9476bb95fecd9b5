"""A head's pose from its landmarks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Head, face_of, fit_head, moved_head, rotation_matrix, rotation_vector
from tests.support.faces import face

_ANGLES = st.floats(-60, 60)


@given(_ANGLES, _ANGLES, _ANGLES)
def test_rotations_and_vectors_are_each_others_inverse(x: float, y: float, z: float) -> None:
    vector = np.radians((x, y, z))
    np.testing.assert_allclose(rotation_vector(rotation_matrix(vector)), vector, atol=1e-7)


@given(_ANGLES, _ANGLES, _ANGLES, st.floats(0.05, 2))
def test_the_pose_of_the_mean_face_is_found_whatever_it_does(
    pitch: float, yaw: float, roll: float, size: float
) -> None:
    head = fit_head(face_of(face(turn_deg=(pitch, yaw, roll), size=size, at=(0.3, -0.2, 0.1), mouth=0.4, eyes=(0, 1))))
    np.testing.assert_allclose(np.degrees(rotation_vector(head.rotation)), (pitch, yaw, roll), atol=1e-3)
    assert head.size == pytest.approx(size, rel=1e-4)
    np.testing.assert_allclose(head.centre, (0.3, -0.2, 0.1), atol=1e-4)


def test_a_persons_own_shape_does_not_disturb_the_change_of_pose() -> None:
    rest = face_of(face(shape=(0.8, 1.2, 1.1), seed=1))
    turn = Head(rotation_matrix(np.radians((4, 30, -6))), 1.2, np.array((0.1, 0.2, 0)))
    start = fit_head(rest)
    now = moved_head(start, rest, turn.to_camera(rest))
    np.testing.assert_allclose(now.to_own(turn.to_camera(rest)), start.to_own(rest), atol=1e-9)
    np.testing.assert_allclose(now.rotation @ start.rotation.T, turn.rotation, atol=1e-9)


def test_there_and_back() -> None:
    head = Head(rotation_matrix(np.radians((10, 20, 30))), 0.4, np.array((1, 2, 3)))
    np.testing.assert_allclose(head.to_own(head.to_camera(lm.mean_face())), lm.mean_face(), atol=1e-12)


def test_points_in_one_place_have_some_pose() -> None:
    head = fit_head(np.zeros((lm.COUNT, 3)))
    assert head.size > 0
    assert np.linalg.det(head.rotation) == pytest.approx(1)


def test_points_without_depth_are_not_landmarks() -> None:
    with pytest.raises(ValueError, match="478 points with depth"):
        face_of(Keypoints(face().points))
