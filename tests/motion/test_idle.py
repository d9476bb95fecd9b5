"""The idle loop: a portrait that nobody drives blinks, breathes, and comes back to where it began."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS, CHEST, Controls, Following, Keypoints
from puppet.geometry.apertures import lid_gap
from puppet.geometry.landmarks import rest_pose
from puppet.motion.follower import Follower
from puppet.motion.idle import PERIOD_S, closed_share, idle_pose
from puppet.motion.landmark_transfer import LandmarkTransfer

TIMES_S = np.arange(0, PERIOD_S, 0.02)


def landmarks() -> Keypoints:
    face, body = rest_pose(), np.zeros((BODY_KEYPOINTS, 2), np.float32)
    return Keypoints(face.points, face.depth, body=body)


def aperture(pose: Keypoints) -> float:
    points = np.column_stack([pose.points, pose.points[:, :1]])
    return float(lid_gap(points, 0).mean())


def test_both_eyes_close_and_open_again_a_few_times_in_a_loop() -> None:
    shares = np.array([closed_share(time_s) for time_s in TIMES_S])
    assert shares.max() == 1
    assert 0.03 < (shares > 0.5).mean() < 0.15
    assert ((shares[1:] > 0.5) & (shares[:-1] <= 0.5)).sum() >= 3


def test_lids_meet_in_a_blink() -> None:
    source = landmarks()
    closed_s = float(TIMES_S[np.argmax([closed_share(time_s) for time_s in TIMES_S])])
    assert aperture(source) > 0.01
    assert aperture(idle_pose(source, closed_s)) == pytest.approx(0, abs=0.1 * aperture(source))
    assert aperture(idle_pose(source, 0)) == pytest.approx(aperture(source), rel=0.1)


def test_the_loop_is_small_smooth_and_without_a_seam() -> None:
    source = landmarks()
    heads = np.array([idle_pose(source, time_s).points[1] for time_s in (*TIMES_S, PERIOD_S)])
    assert 0.001 < np.ptp(heads, axis=0).max() < 0.03
    assert np.abs(np.diff(heads, axis=0)).max() < 0.001
    np.testing.assert_allclose(heads[0], heads[-1], atol=1e-6)


def test_only_chest_and_shoulders_of_the_body_breathe() -> None:
    moved = np.ptp([idle_pose(landmarks(), time_s).arrays()["body"][:, 1] for time_s in TIMES_S], axis=0)
    chest = np.zeros(BODY_KEYPOINTS, bool)
    chest[CHEST] = True
    assert (moved[chest] > 0.005).all()
    assert not moved[~chest].any()


def test_learned_keypoints_breathe_and_keep_everything_else() -> None:
    jacobians = np.broadcast_to(np.eye(2, dtype=np.float32), (10, 2, 2))
    source = Keypoints(np.zeros((10, 2), np.float32), jacobians=jacobians)
    poses = [idle_pose(source, time_s) for time_s in TIMES_S]
    assert 0.002 < np.ptp([pose.points for pose in poses]) < 0.02
    assert all(pose.jacobians is jacobians for pose in poses)


def test_the_follower_cuts_to_the_loop_and_blends_back_with_the_same_neutral_pose() -> None:
    source, follower = landmarks(), Follower(LandmarkTransfer())
    follower.set_neutral(source)
    shifted = Keypoints(source.points + np.float32(0.1), source.depth, body=source.body)
    controls = Controls(smoothing=0)
    performed = follower.follow(source, shifted, 10.0, controls)
    idle = follower.idle(source, 10.05)
    np.testing.assert_array_equal(idle.points, idle_pose(source, 10.05).points)
    states = [follower.following]
    first = follower.follow(source, shifted, 40.0, controls)
    np.testing.assert_allclose(first.points, idle.points, atol=1e-4)
    last = follower.follow(source, shifted, 41.0, controls)
    np.testing.assert_allclose(last.points, performed.points, atol=1e-4)
    assert follower.neutral is source
    assert [*states, follower.following] == [Following.IDLE, Following.TRACKING]


def test_without_a_face_after_the_loop_the_portrait_rests() -> None:
    source, follower = landmarks(), Follower(LandmarkTransfer())
    follower.set_neutral(source)
    shifted = Keypoints(source.points + np.float32(0.1), source.depth, body=source.body)
    follower.follow(source, shifted, 10.0, Controls(smoothing=0))
    follower.idle(source, 10.1)
    follower.follow(source, None, 10.2, Controls())
    at_rest = follower.follow(source, None, 11.0, Controls())
    np.testing.assert_allclose(at_rest.points, source.points, atol=1e-5)
