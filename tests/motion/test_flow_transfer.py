"""Measured motion is carried to the portrait with the pose, as far as both heads move alike."""

from dataclasses import replace

import numpy as np

from puppet.domain import Controls, Floats, Keypoints
from puppet.geometry.flow_grid import SIDE
from puppet.geometry.landmarks import rest_pose
from puppet.motion.follower import Follower
from puppet.motion.landmark_transfer import LandmarkTransfer, drive
from puppet.motion.smoothing import Smoother
from puppet.motion.tight_framing import PictureEdges
from tests.support.fakes import STILL

BODY = np.s_[26:30, 8:24]  # cells below the face


def _flow(x: float = 0.1, certainty: float = 0.8) -> Floats:
    flow = np.empty((SIDE, SIDE, 3), np.float32)
    flow[:] = certainty * x, 0, certainty
    return flow


def _pose(scale: float = 0.5, x: float = 0.0) -> Keypoints:
    pose = rest_pose()
    assert pose.depth is not None
    return Keypoints((scale * pose.points + (x, 0)).astype(np.float32), (scale * pose.depth).astype(np.float32))


def _driven(driving: Keypoints, source: Keypoints, controls: Controls = STILL) -> Floats:
    flow = drive(source, driving, _pose(), controls).flow
    assert flow is not None
    return flow


def test_a_portrait_that_is_larger_moves_farther() -> None:
    flow = _driven(replace(_pose(), flow=_flow()), _pose(0.6))
    np.testing.assert_allclose(flow[..., 2], 0.8, atol=1e-3)
    np.testing.assert_allclose(flow[..., 0] / flow[..., 2], 0.12, atol=1e-3)


def test_a_head_that_moves_less_than_the_performers_takes_the_certainty() -> None:
    driving = replace(_pose(x=0.15), flow=_flow())
    assert _driven(driving, _pose())[..., 2].mean() > 0.79
    assert _driven(driving, _pose(), replace(STILL, shift=0.2))[..., 2].mean() < 0.1


def test_gains_of_the_shift_hold_the_body_too() -> None:
    flow = _driven(replace(_pose(), flow=_flow()), _pose(), replace(STILL, shift=0.5))
    np.testing.assert_allclose(flow[..., 0] / flow[..., 2], 0.05, atol=1e-3)


def test_the_certainty_fades_with_a_lost_face() -> None:
    follower, source = Follower(LandmarkTransfer()), _pose()
    follower.set_neutral(_pose())
    follower.follow(source, replace(_pose(), flow=_flow()), 0.0, STILL)
    shown = [follower.follow(source, None, time_s, STILL).flow for time_s in (0.3, 0.9, 1.4)]
    assert shown[0] is not None
    assert shown[1] is not None
    assert 0.1 < shown[1][BODY][..., 2].mean() < shown[0][BODY][..., 2].mean()
    assert shown[2] is None


def test_smoothing_lags_measured_motion_as_the_head() -> None:
    smoother = Smoother()
    smoother(replace(_pose(), flow=_flow(0.0)), 0.0, 0.5)
    flow = smoother(replace(_pose(), flow=_flow(0.1)), 0.03, 0.5).flow
    assert flow is not None
    assert 0.005 < flow[..., 0].mean() < 0.07


def test_a_portrait_held_at_an_edge_takes_its_body_along() -> None:
    edges = PictureEdges(np.array([[-1, -0.5], [1, 1]], np.float32), np.array([[0, 1], [0, 0]], np.float32))
    driven = replace(_pose(), points=_pose().points + np.array([0, 0.1], np.float32), flow=_flow(0.0))
    held = edges.hold(_pose(), driven)
    assert held.flow is not None
    moved = held.points - driven.points
    top = held.flow[8, 16] / held.flow[8, 16, 2]  # where the square's upper edge is near
    assert moved[:, 1].min() < -0.05
    assert top[1] > 0.05  # moved up, so it comes from below
