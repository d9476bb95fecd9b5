"""Measured motion replaces the networks' beside the face, where it is certain."""

import cv2
import numpy as np

from puppet.compositing.body_motion import inside_face, moved_square, with_body
from puppet.domain import Floats, Inspection, Keypoints
from puppet.geometry.flow_grid import SIDE
from puppet.geometry.landmarks import rest_pose

FLOW_SIDE, SIZE = 128, 256
STILL = np.zeros((FLOW_SIDE, FLOW_SIDE, 2), np.float32)
CENTRE, CORNER = np.s_[60:68, 60:68], np.s_[4:16, 4:16]


def _pose(certainty: float = 1.0, x: float = 0.1) -> Keypoints:
    pose = rest_pose()
    flow = np.zeros((SIDE, SIDE, 3), np.float32)
    flow[:] = certainty * x, 0, certainty
    return Keypoints(0.5 * pose.points, pose.depth, flow=flow)


def test_a_pose_without_measured_motion_changes_nothing() -> None:
    assert with_body(STILL, rest_pose()) is STILL


def test_certain_motion_is_taken_over_beside_the_face_only() -> None:
    flow = with_body(STILL, _pose())
    np.testing.assert_allclose(flow[CORNER][..., 0], 0.1, rtol=0.1)
    np.testing.assert_array_equal(flow[CENTRE], 0)
    np.testing.assert_allclose(flow[..., 1], 0, atol=1e-6)


def test_doubt_leaves_the_networks_motion() -> None:
    np.testing.assert_array_equal(with_body(STILL, _pose(certainty=0.0)), STILL)
    own = np.full_like(STILL, 0.05)
    np.testing.assert_allclose(with_body(own, _pose(x=0.05))[..., 0], 0.05, atol=1e-5)
    assert with_body(STILL, _pose(certainty=0.02))[CORNER][..., 0].max() < 0.05


def test_nothing_beside_the_moved_face_comes_from_inside_of_the_portraits() -> None:
    pose = _pose(x=0.5)
    inside = inside_face(pose, FLOW_SIDE)  # the portrait's face is where the moved one is
    into_face, past_it = np.s_[64, 28:40, 0], np.s_[64, 4:14, 0]
    assert with_body(STILL, pose)[into_face].min() > 0.4
    kept = with_body(STILL, pose, inside)
    assert kept[into_face].max() < 0.1
    np.testing.assert_allclose(kept[past_it], 0.5, rtol=0.1)


def test_certain_motion_goes_on_a_little_beside_what_is_certain() -> None:
    pose = _pose()
    assert pose.flow is not None
    pose.flow[:, SIDE // 8 :] = 0  # known at the left edge only
    across: Floats = with_body(STILL, pose)[6, :, 0]
    assert across[8] > 0.08
    assert 0.01 < across[18] < 0.09
    assert across[40] < 0.002


def test_a_square_shows_the_measured_motion_beside_the_face() -> None:
    face = np.random.default_rng(0).integers(0, 255, (SIZE // 8, SIZE // 8, 3)).astype(np.uint8)
    face = np.asarray(cv2.resize(face, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), np.uint8)
    visible = np.ones((64, 64), np.float32)
    shift = round(0.1 * (SIZE - 1) / 2)
    picture = moved_square(face, Inspection(face, None, visible, STILL), _pose())
    moved, there = picture[20:60, 20:60].astype(float), face[20:60, 20 + shift : 60 + shift]
    assert np.abs(moved - there).mean() < 0.15 * np.abs(moved - face[20:60, 20:60]).mean()
    np.testing.assert_array_equal(picture[120:136, 120:136], face[120:136, 120:136])
