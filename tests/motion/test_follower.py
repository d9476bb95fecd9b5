"""Following a performer: calibration, lost faces, blends without jumps. The tests set the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS, Controls, Following, Keypoints, Motion
from puppet.geometry.head_pose import face_of, fit_head
from puppet.motion import keypoint_transfer
from puppet.motion.follower import Follower
from puppet.motion.landmark_transfer import drive
from puppet.motion.resting_face import mirrored
from tests.motion.test_keypoint_transfer import pose
from tests.support.faces import face

RATE = 30.0
EXACT = Controls(smoothing=0, limits=False)
PORTRAIT = face(shape=(0.9, 1.05, 1), size=0.32)
REST = face(mouth=0, eyes=(1.2, 1.2), size=0.2)
TURNED = face(turn_deg=(0, 25, 0), mouth=0.3, eyes=(1.2, 1.2), size=0.2, at=(0.1, 0, 0))
NEUTRAL_SHOWN = drive(PORTRAIT, REST, REST, EXACT)


class Performance:
    """Feeds a follower at 30 frames a second and keeps what it showed."""

    def __init__(self, follower: Follower, controls: Controls = EXACT) -> None:
        self.follower, self.controls = follower, controls
        self.time_s = 100.0
        self.shown: list[Keypoints] = []
        self.states: list[Following] = []

    def play(self, driving: Keypoints | None, seconds: float, portrait: Keypoints = PORTRAIT) -> Keypoints:
        for _ in range(max(round(seconds * RATE), 1)):
            self.shown.append(self.follower.follow(portrait, driving, self.time_s, self.controls))
            self.states.append(self.follower.following)
            self.time_s += 1 / RATE
        return self.shown[-1]

    def state(self) -> Following:
        return self.states[-1]

    def largest_step(self) -> float:
        return max(float(np.abs(a.points - b.points).max()) for a, b in zip(self.shown, self.shown[1:], strict=False))


def moved(a: Keypoints, b: Keypoints) -> float:
    return float(np.abs(a.points - b.points).max())


def is_neutral(performance: Performance, pose: Keypoints) -> bool:
    """True if a pose is the neutral one, up to rounding."""
    neutral = performance.follower.neutral
    return neutral is not None and moved(neutral, pose) < 1e-6


def head_of(pose: Keypoints) -> np.ndarray:
    return fit_head(face_of(pose)).rotation


@pytest.fixture
def tracking() -> Performance:
    """A performance that is calibrated and at rest."""
    performance = Performance(Follower(drive))
    performance.play(REST, 1.5)
    assert performance.follower.following is Following.TRACKING
    return performance


def test_before_a_face_is_seen_the_picture_is_shown() -> None:
    performance = Performance(Follower(drive))
    assert performance.play(None, 1) is PORTRAIT
    assert set(performance.states) == {Following.SEARCHING}


def test_a_steady_frontal_face_calibrates_within_a_second() -> None:
    performance = Performance(Follower(drive))
    performance.play(REST, 0.4)
    assert set(performance.states) == {Following.CALIBRATING}
    assert all(shown is PORTRAIT for shown in performance.shown)
    performance.play(REST, 0.6)
    assert performance.state() is Following.TRACKING
    assert is_neutral(performance, REST)


def test_a_turned_or_talking_face_is_not_taken_before_the_patience_ends() -> None:
    performance = Performance(Follower(drive))
    performance.play(TURNED, 1.0)
    performance.play(REST, 0.7)
    assert is_neutral(performance, REST)


def test_a_face_that_moves_is_not_taken_as_neutral_before_it_holds_still() -> None:
    performance = Performance(Follower(drive))
    for step in range(30):
        performance.play(face(mouth=0, eyes=(1.2, 1.2), size=0.2, at=(0.03 * step, 0, 0)), 1 / RATE)
    assert set(performance.states) == {Following.CALIBRATING}


def test_after_two_seconds_the_head_pose_of_the_best_frame_so_far_is_taken() -> None:
    performance = Performance(Follower(drive))
    better = face(turn_deg=(0, 22, 0), mouth=0.1, size=0.2)
    performance.play(TURNED, 0.5)
    performance.play(better, 0.1)
    performance.play(TURNED, 1.5)
    assert performance.state() is Following.TRACKING
    assert performance.follower.neutral is not None
    assert moved(performance.follower.neutral, better) < moved(TURNED, better) / 2
    np.testing.assert_allclose(head_of(performance.follower.neutral), head_of(better), atol=1e-5)


def test_time_without_a_face_does_not_count_as_patience() -> None:
    performance = Performance(Follower(drive))
    performance.play(TURNED, 0.5)
    performance.play(None, 10)
    performance.play(TURNED, 0.5)
    assert performance.follower.neutral is None


def test_the_performer_is_followed_exactly_without_smoothing(tracking: Performance) -> None:
    shown = tracking.play(TURNED, 0.5)
    assert moved(shown, drive(PORTRAIT, TURNED, REST, EXACT)) < 1e-6


def test_the_end_of_calibration_does_not_jump() -> None:
    open_mouthed = face(shape=(0.9, 1.05, 1), size=0.32, mouth=0.4)
    performance = Performance(Follower(drive))
    performance.play(REST, 2, portrait=open_mouthed)
    closes_by = moved(performance.shown[-1], open_mouthed)
    assert closes_by > 0.03
    assert performance.largest_step() < 0.25 * closes_by


def test_a_lost_face_is_held_then_eased_to_the_picture(tracking: Performance) -> None:
    posed = tracking.play(TURNED, 0.5)
    assert moved(tracking.play(None, 0.4), posed) < 1e-6
    assert tracking.state() is Following.HOLDING
    tracking.play(None, 1.2)
    assert tracking.state() is Following.EASING
    assert moved(tracking.shown[-1], PORTRAIT) < 1e-6
    assert tracking.largest_step() <= moved(posed, NEUTRAL_SHOWN) + 1e-6


def test_easing_is_gradual(tracking: Performance) -> None:
    posed = tracking.play(TURNED, 0.5)
    tracking.shown.clear()
    tracking.play(None, 2)
    assert tracking.largest_step() < 0.1 * moved(posed, PORTRAIT)


def test_a_face_that_returns_is_followed_without_a_jump(tracking: Performance) -> None:
    tracking.play(None, 2)
    tracking.shown[:-1] = []
    back = tracking.play(TURNED, 1)
    assert moved(back, drive(PORTRAIT, TURNED, REST, EXACT)) < 1e-6
    assert tracking.largest_step() < 0.25 * moved(back, PORTRAIT)
    assert tracking.state() is Following.TRACKING
    assert is_neutral(tracking, REST)


def test_a_short_loss_is_bridged_without_a_jump(tracking: Performance) -> None:
    tracking.play(TURNED, 0.5)
    tracking.play(None, 0.2)
    tracking.shown[:-1] = []
    back = tracking.play(REST, 0.5)
    assert tracking.largest_step() < 0.25 * moved(drive(PORTRAIT, TURNED, REST, EXACT), back)


def test_after_a_long_absence_the_neutral_pose_is_taken_anew(tracking: Performance) -> None:
    other = face(shape=(1.1, 0.9, 1), mouth=0, eyes=(1.2, 1.2), size=0.25, at=(0.3, 0.1, 0))
    tracking.play(None, 8)
    tracking.play(other, 1.5)
    assert is_neutral(tracking, other)


def test_calibrate_anchors_anew_and_blends(tracking: Performance) -> None:
    slouched = face(mouth=0, eyes=(1.2, 1.2), turn_deg=(8, 6, 0), size=0.22, at=(-0.1, 0.2, 0))
    before = tracking.play(slouched, 1)
    tracking.follower.calibrate()
    tracking.shown[:-1] = []
    tracking.play(slouched, 1.5)
    assert is_neutral(tracking, slouched)
    assert moved(tracking.shown[-1], PORTRAIT) < 1e-3
    assert tracking.largest_step() < 0.25 * moved(before, PORTRAIT)


def test_until_a_new_calibration_is_found_the_old_one_serves(tracking: Performance) -> None:
    tracking.follower.calibrate()
    shown = tracking.play(TURNED, 0.1)
    assert tracking.state() is Following.CALIBRATING
    assert moved(shown, drive(PORTRAIT, TURNED, REST, EXACT)) < 1e-6


def test_a_chosen_neutral_pose_holds_from_the_first_frame() -> None:
    follower = Follower(drive)
    follower.set_neutral(REST)
    shown = follower.follow(PORTRAIT, TURNED, 0.0, EXACT)
    assert moved(shown, drive(PORTRAIT, TURNED, REST, EXACT)) < 1e-6
    assert follower.following is Following.TRACKING


def test_another_portrait_is_shown_at_once_and_keeps_following(tracking: Performance) -> None:
    other = face(shape=(1.1, 0.95, 1), size=0.28, at=(0.1, 0, 0))
    tracking.play(None, 2)
    tracking.play(TURNED, 0.1)  # in the middle of a blend
    shown = tracking.play(TURNED, 1 / RATE, portrait=other)
    assert moved(shown, drive(other, TURNED, REST, EXACT)) < 1e-6


def test_a_chosen_neutral_pose_outlives_a_long_absence() -> None:
    performance = Performance(Follower(drive))
    performance.follower.set_neutral(TURNED)
    performance.play(REST, 1)
    performance.play(None, 8)
    performance.play(REST, 3)
    assert performance.follower.neutral is TURNED


def test_absolute_motion_needs_no_calibration_and_takes_one_when_asked() -> None:
    absolute = replace(EXACT, motion=Motion.ABSOLUTE)
    performance = Performance(Follower(drive), absolute)
    for shown in (performance.play(REST, 1 / RATE), performance.play(REST, 3)):
        assert moved(shown, drive(PORTRAIT, REST, None, absolute)) < 1e-6
    performance.follower.calibrate()
    assert moved(performance.play(REST, 2), drive(PORTRAIT, REST, REST, absolute)) < 1e-6
    assert is_neutral(performance, REST)


def test_relative_motion_after_absolute_calibrates_itself() -> None:
    performance = Performance(Follower(drive), replace(EXACT, motion=Motion.ABSOLUTE))
    performance.play(REST, 1)
    performance.controls = EXACT
    performance.play(REST, 1)
    assert is_neutral(performance, REST)


def test_changing_the_kind_of_motion_does_not_jump(tracking: Performance) -> None:
    relative = tracking.play(TURNED, 1)
    tracking.controls = replace(EXACT, motion=Motion.ABSOLUTE)
    tracking.shown[:-1] = []
    absolute = tracking.play(TURNED, 1)
    assert tracking.largest_step() < 0.25 * moved(relative, absolute)


def test_mirroring_keeps_the_neutral_pose_mirrored_without_a_jump(tracking: Performance) -> None:
    before = tracking.play(TURNED, 1)
    tracking.controls = replace(EXACT, mirror=not EXACT.mirror)
    tracking.shown[:-1] = []
    after = tracking.play(mirrored(TURNED), 1)
    assert is_neutral(tracking, mirrored(REST))
    assert moved(after, drive(PORTRAIT, mirrored(TURNED), mirrored(REST), EXACT)) < 1e-5
    assert set(tracking.states[-30:]) == {Following.TRACKING}
    assert tracking.largest_step() < 0.25 * moved(before, after)


def test_mirroring_twice_gives_the_neutral_pose_back(tracking: Performance) -> None:
    lopsided = face(seed=3, turn_deg=(3, 5, -2), size=0.2, eyes=(1.2, 0.9))
    tracking.follower.calibrate()
    tracking.play(lopsided, 1)
    for mirror in (not EXACT.mirror, EXACT.mirror):
        tracking.controls = replace(EXACT, mirror=mirror)
        tracking.play(None, 1 / RATE)
    assert is_neutral(tracking, lopsided)


def test_the_bodys_rest_is_found_again_when_the_frames_are_mirrored() -> None:
    body = np.linspace(-0.5, 0.5, 2 * BODY_KEYPOINTS).reshape(-1, 2).astype(np.float32)
    performance = Performance(Follower(drive))
    performance.play(replace(REST, body=body), 1)
    performance.play(replace(REST, body=body + np.array((0.1, 0.04), np.float32)), 0.5)
    performance.controls = replace(EXACT, mirror=not EXACT.mirror)
    shuffled = body[::-1] + np.float32(0.03)
    performance.play(replace(mirrored(REST), body=shuffled), 0.5)
    neutral = performance.follower.neutral
    assert neutral is not None
    assert neutral.body is not None
    np.testing.assert_allclose(neutral.body, shuffled - (-0.1, 0.04), atol=1e-6)


def test_a_neutral_pose_with_a_raised_brow_or_an_open_mouth_adapts_without_a_visible_step() -> None:
    speaking = face(mouth=0.12, eyes=(1.2, 1.2), size=0.2)
    performance = Performance(Follower(drive))
    performance.play(speaking, 1)
    assert is_neutral(performance, speaking)
    performance.shown.clear()
    performance.play(REST, 20)
    assert performance.follower.neutral is not None
    assert moved(performance.follower.neutral, REST) < 0.1 * moved(speaking, REST)
    steps = [moved(a, b) for a, b in pairwise(performance.shown[1:])]
    assert max(steps) < 0.002


def test_the_neutral_pose_does_not_change_while_there_is_no_face(tracking: Performance) -> None:
    tracking.play(replace(TURNED, points=TURNED.points + np.float32(0.01)), 3)
    before = tracking.follower.neutral
    tracking.play(None, 4)
    assert tracking.follower.neutral is before


def test_the_neutral_pose_adapts_alike_at_any_frame_rate() -> None:
    neutrals = []
    for rate in (15, 30):
        follower = Follower(drive)
        for index in range(8 * rate):
            mouth = 0.12 if index < 1.5 * rate else 0.0
            driving = face(mouth=mouth, eyes=(1.2, 1.2), size=0.2)
            follower.follow(PORTRAIT, driving, index / rate, EXACT)
        neutrals.append(follower.neutral)
    assert neutrals[0] is not None
    assert neutrals[1] is not None
    assert moved(neutrals[0], neutrals[1]) < 1e-3


def test_forgetting_starts_over(tracking: Performance) -> None:
    tracking.follower.forget()
    assert tracking.follower.neutral is None
    assert tracking.play(TURNED, 0.1) is PORTRAIT


@pytest.mark.parametrize("part", ["points", "depth"])
def test_landmarks_that_are_not_numbers_count_as_no_face(tracking: Performance, part: str) -> None:
    broken = face()
    getattr(broken, part)[3] = np.nan
    assert np.isfinite(tracking.play(broken, 2).points).all()
    assert tracking.state() is Following.EASING


def test_smoothing_quiets_a_trembling_face_and_reaches_a_still_one(tracking: Performance) -> None:
    random = np.random.default_rng(0)

    def tremble(controls: Controls) -> float:
        follower = Follower(drive)
        follower.set_neutral(REST)
        performance = Performance(follower, controls)
        for _ in range(60):
            noise = random.normal(0, 0.002, REST.points.shape).astype(np.float32)
            performance.play(replace(REST, points=REST.points + noise), 1 / RATE)
        return float(np.std([shown.points for shown in performance.shown[20:]], axis=0).mean())

    assert tremble(Controls(smoothing=0.5)) < 0.6 * tremble(EXACT)
    tracking.follower.set_neutral(REST)
    tracking.controls = Controls(smoothing=1.0, limits=False)
    assert moved(tracking.play(TURNED, 5), drive(PORTRAIT, TURNED, REST, EXACT)) < 2e-3


def test_the_same_frames_give_the_same_poses() -> None:
    def run() -> Iterable[Keypoints]:
        performance = Performance(Follower(drive), Controls())
        for driving in (REST, TURNED, None, REST):
            performance.play(driving, 1)
        return performance.shown

    for one, other in zip(run(), run(), strict=True):
        np.testing.assert_array_equal(one.points, other.points)


def test_learned_keypoints_are_followed_with_their_jacobians() -> None:
    source, neutral, driving = pose(1), pose(2), pose(3)
    follower = Follower(keypoint_transfer.drive)
    performance = Performance(follower)
    performance.play(neutral, 1, portrait=source)
    shown = performance.play(driving, 1, portrait=source)
    expected = keypoint_transfer.drive(source, driving, neutral, EXACT)
    np.testing.assert_allclose(shown.points, expected.points, atol=1e-6)
    assert shown.jacobians is not None
    assert expected.jacobians is not None
    np.testing.assert_allclose(shown.jacobians, expected.jacobians, atol=1e-6)
    lost = performance.play(None, 2, portrait=source)
    assert lost.jacobians is not None
    assert source.jacobians is not None
    np.testing.assert_allclose(lost.jacobians, source.jacobians, atol=1e-6)
