"""Calibration on demand: the best moment, re-anchoring, and a neutral pose of an earlier session."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import Controls, Following, Keypoints, Lids
from puppet.geometry.apertures import eye_openness
from puppet.geometry.head_pose import face_of, fit_head, rotation_vector
from puppet.motion.follower import Follower
from puppet.motion.landmark_transfer import drive
from tests.motion.test_follower import EXACT, Performance, moved
from tests.support.faces import face

PORTRAIT = face(turn_deg=(0, 14, 0), size=0.32)


def turned(yaw_deg: float, at: float = 0.0, size: float = 0.2) -> Keypoints:
    return face(turn_deg=(0, yaw_deg, 0), size=size, at=(at, 0, 0))


def yaw_deg(pose: Keypoints | None) -> float:
    assert pose is not None
    return float(np.degrees(rotation_vector(fit_head(face_of(pose)).rotation)[1]))


@pytest.fixture
def performance() -> Performance:
    performance = Performance(Follower(drive))
    performance.play(turned(0), 3, PORTRAIT)
    return performance


def test_the_best_moment_is_the_one_in_the_portraits_pose(performance: Performance) -> None:
    performance.follower.calibrate(PORTRAIT)
    for angle in (-10, 0, 8, 22, 30):
        performance.play(turned(angle), 0.5, PORTRAIT)
        assert performance.state() is Following.MATCHING
    performance.play(turned(0), 3, PORTRAIT)
    assert performance.state() is Following.TRACKING
    assert yaw_deg(performance.follower.neutral) == pytest.approx(8, abs=0.5)
    assert performance.follower.match is not None
    assert 0.5 < performance.follower.match < 0.99


def test_a_very_good_moment_is_taken_at_once(performance: Performance) -> None:
    performance.follower.calibrate(PORTRAIT)
    performance.play(turned(14), 0.1, PORTRAIT)
    assert performance.state() is Following.TRACKING
    assert yaw_deg(performance.follower.neutral) == pytest.approx(14, abs=0.5)


def test_reanchoring_takes_the_head_at_once_and_keeps_the_expression(performance: Performance) -> None:
    before = performance.follower.neutral
    assert before is not None
    away = face(turn_deg=(0, 5, 0), size=0.22, at=(0.3, 0, 0), mouth=0.4)
    performance.play(away, 1, PORTRAIT)
    performance.follower.reanchor()
    after = performance.follower.neutral
    assert after is not None
    own = [fit_head(face_of(pose)).to_own(face_of(pose)) for pose in (before, after)]
    np.testing.assert_allclose(own[1], own[0], atol=0.02)  # the open mouth is no part of it
    assert fit_head(face_of(after)).centre[0] == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(("at", "size", "kept"), [(0.05, 0.21, True), (0.3, 0.2, False), (0.0, 0.27, False)])
def test_a_restored_pose_is_used_at_once_and_moves_with_a_performer_who_sits_elsewhere(
    at: float, size: float, kept: bool
) -> None:
    saved = turned(6)
    later = Performance(Follower(drive))
    later.follower.restore(saved)
    later.play(turned(6, at, size), 0.1, PORTRAIT)
    assert later.state() is Following.TRACKING
    assert later.follower.neutral is not None
    assert moved(later.follower.neutral, saved) < 0.01
    later.play(turned(6, at, size), 1.5, PORTRAIT)
    assert (moved(later.follower.neutral, saved) < 0.01) is kept
    assert later.largest_step() < 0.1


def openness(controls: Controls, eyes: tuple[float, float]) -> tuple[float, float]:
    """Apertures of the driven eyes as shares of the portrait's own."""
    portrait, rest = face(), face(seed=1)
    own, result = (fit_head(face_of(pose)).to_own(face_of(pose)) for pose in (portrait, rest))
    driven = face_of(drive(portrait, face(seed=1, eyes=eyes), rest, controls))
    result = fit_head(driven).to_own(driven)
    left, right = (float(eye_openness(result, eye) / eye_openness(own, eye)) for eye in (0, 1))
    return left, right


def test_a_wink_is_carried_out_fully_and_a_blink_stays_one() -> None:
    wink = replace(EXACT, lids=Lids.WINK)
    narrowed = (0.4, 0.85)  # what people do who wink: the other eye narrows too
    assert openness(EXACT, narrowed) == pytest.approx((0.3, 0.8), abs=0.12)
    assert openness(wink, narrowed) == pytest.approx((0, 1), abs=0.12)
    for both in ((0.1, 0.2), (1, 0.95), (0.6, 0.6)):
        assert openness(wink, both) == pytest.approx(openness(EXACT, both), abs=0.02)


def test_each_lid_has_a_gain() -> None:
    still = replace(EXACT, left_lid=0.0)
    assert openness(still, (0.2, 0.2)) == pytest.approx((1, openness(EXACT, (0.2, 0.2))[1]), abs=0.02)
    assert openness(replace(EXACT, right_lid=0.0), (0.2, 0.2))[1] == pytest.approx(1, abs=0.02)
