"""One-euro smoothing on known signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS
from puppet.geometry.head_pose import face_of, fit_head, rotation_vector
from puppet.motion.smoothing import OneEuro, Smoother
from tests.motion.test_keypoint_transfer import pose
from tests.support.faces import face, lid_gap, lip_gap


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float64)


def test_the_first_value_passes() -> None:
    np.testing.assert_array_equal(OneEuro()(values(3, 4), 10.0, 1.0, 0.0), (3, 4))


def test_a_step_is_approached_as_by_a_low_pass_of_that_cutoff() -> None:
    smooth = OneEuro()
    smooth(values(0), 0.0, 1.0, 0.0)
    # One step of 1/(2π) s at 1 Hz goes half of the way.
    assert smooth(values(1), 0.5 / np.pi, 1.0, 0.0)[0] == pytest.approx(0.5)


def test_the_result_depends_on_time_and_not_on_the_frame_rate() -> None:
    def after_a_second(rate: int) -> float:
        smooth = OneEuro()
        smooth(values(0), 0.0, 0.3, 0.0)
        for step in range(1, rate + 1):
            result = smooth(values(1), step / rate, 0.3, 0.0)
        return float(result[0])

    assert after_a_second(15) == pytest.approx(after_a_second(60), abs=0.05)


def test_fast_motion_lags_less_than_slow_motion() -> None:
    def lag_s(speed: float) -> float:
        smooth = OneEuro()
        for step in range(60):
            result = smooth(values(speed * step / 30), step / 30, 1.0, 5.0)
        return float(speed * 59 / 30 - result[0]) / speed

    assert lag_s(2.0) < 0.5 * lag_s(0.05)


@pytest.mark.parametrize("time_s", [20.0, -5.0])
def test_after_a_gap_or_a_step_back_in_time_the_past_is_forgotten(time_s: float) -> None:
    smooth = OneEuro()
    smooth(values(0), 0.0, 1.0, 0.0)
    assert smooth(values(1), time_s, 1.0, 0.0)[0] == 1


def test_a_second_value_for_the_same_moment_changes_nothing() -> None:
    smooth = OneEuro()
    smooth(values(2), 1.0, 1.0, 0.0)
    assert smooth(values(9), 1.0, 1.0, 0.0)[0] == 2


def test_without_smoothing_keypoints_pass_untouched() -> None:
    pose_now = face()
    assert Smoother()(pose_now, 0.0, 0.0) is pose_now


def test_lips_are_quicker_than_the_head() -> None:
    smooth = Smoother()
    smooth(face(), 0.0, 0.5)
    moved = smooth(face(turn_deg=(0, 4, 0), mouth=0.05), 1 / 30, 0.5)
    turned = np.degrees(rotation_vector(fit_head(face_of(moved)).rotation)[1]) / 4
    opened = (lip_gap(moved) - lip_gap(face())).mean() / (lip_gap(face(mouth=0.05)) - lip_gap(face())).mean()
    assert 0 < turned < opened < 1


def test_a_blink_of_three_frames_still_closes_the_eyes() -> None:
    smooth = Smoother()
    apertures = [1.0, 1.0, 0.5, 0.05, 0.05, 0.5, 1.0]
    shown = [smooth(face(eyes=(open_by, open_by)), step / 30, 0.5) for step, open_by in enumerate(apertures)]
    least = min(float(lid_gap(pose_now, 0).mean()) for pose_now in shown)
    assert least < 0.3 * lid_gap(face(), 0).mean()


def test_a_turning_head_keeps_its_face_together() -> None:
    smooth = Smoother()
    for step in range(10):
        shown = smooth(face(turn_deg=(0, 4 * step, 0)), step / 30, 0.8)
    own = fit_head(face_of(shown)).to_own(face_of(shown))
    still = fit_head(face_of(face())).to_own(face_of(face()))
    np.testing.assert_allclose(own, still, atol=1e-3)


def test_a_body_is_smoothed_beside_the_landmarks() -> None:
    smooth, still = Smoother(), np.zeros((BODY_KEYPOINTS, 2), np.float32)
    smooth(replace(face(), body=still), 0.0, 0.5)
    found = smooth(replace(face(), body=still + np.float32(0.1)), 0.033, 0.5).body
    assert found is not None
    assert 0 < found.min() <= found.max() < 0.09
    assert smooth(face(), 0.066, 0.5).body is None


def test_learned_keypoints_keep_what_is_not_smoothed() -> None:
    smooth = Smoother()
    smooth(pose(1), 0.0, 0.5)
    shown = smooth(pose(2), 1 / 30, 0.5)
    between = (shown.points - pose(1).points) / (pose(2).points - pose(1).points)
    assert ((between > 0) & (between < 1)).all()
    assert shown.covariances is not None
    np.testing.assert_array_equal(shown.covariances, pose(2).covariances)
