"""The performer's face at rest: blinks, words and smiles do not matter; memory is bounded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import BODY_KEYPOINTS, Keypoints
from puppet.geometry.apertures import eye_openness, lip_gap
from puppet.geometry.head_pose import face_of, fit_head
from puppet.motion.resting_face import CAPACITY, RestingFace, mirrored
from tests.support.faces import face

OPEN = (1.2, 1.2)


def _rest(*poses: Keypoints, anchor: Keypoints | None = None) -> Keypoints:
    resting = RestingFace()
    for pose in poses:
        resting.add(pose)
    return resting.neutral(anchor or poses[0])


def _lids(pose: Keypoints) -> float:
    own = fit_head(face_of(pose)).to_own(face_of(pose))
    return float(np.mean([eye_openness(own, eye) for eye in (0, 1)]))


def _lips(pose: Keypoints) -> float:
    return float(lip_gap(fit_head(face_of(pose)).to_own(face_of(pose))).mean())


def test_a_start_in_a_blink_with_an_open_mouth_does_not_matter() -> None:
    blink, speaking, rest = face(mouth=0.2, eyes=(0, 0)), face(mouth=0.25, eyes=OPEN), face(mouth=0.01, eyes=OPEN)
    neutral = _rest(blink, *[speaking] * 10, *[rest] * 10)
    np.testing.assert_allclose(face_of(neutral), face_of(rest), atol=1e-5)


def test_the_head_pose_and_the_body_are_those_of_the_anchor() -> None:
    body = np.zeros((BODY_KEYPOINTS, 2), np.float32)
    anchor = replace(face(turn_deg=(4, 20, -3), size=0.25, at=(0.1, 0, 0.2), mouth=0.3, eyes=(0, 0), seed=1), body=body)
    still = face(turn_deg=(0, -5, 0), eyes=OPEN, seed=1)
    neutral = _rest(*[still] * 5, anchor=anchor)
    expected = face(turn_deg=(4, 20, -3), size=0.25, at=(0.1, 0, 0.2), eyes=OPEN, seed=1)
    np.testing.assert_allclose(face_of(neutral), face_of(expected), atol=1e-4)
    assert neutral.body is body


def test_somebody_who_talks_all_the_time_rests_with_the_lips_closest() -> None:
    gaps = np.abs(np.sin(np.arange(200) * 0.7)) * 0.3
    assert _lips(_rest(*[face(mouth=float(gap), eyes=OPEN) for gap in gaps])) < 0.12


def test_eyes_that_are_always_closed_do_not_count_as_rest() -> None:
    closed = face(eyes=(0.1, 0.1))
    assert _lids(closed) < 0.06
    assert _lids(_rest(*[closed] * 20)) == pytest.approx(0.1, abs=0.01)


def test_one_frame_is_its_own_rest() -> None:
    only = face(mouth=0.1, eyes=OPEN, seed=2)
    np.testing.assert_allclose(face_of(_rest(only)), face_of(only), atol=1e-5)


def test_keypoints_of_a_detector_stay_the_anchor() -> None:
    anchor = Keypoints(np.zeros((10, 2), np.float32))
    assert _rest(anchor, anchor) is anchor


def test_poses_that_are_not_numbers_are_ignored() -> None:
    rest = face(eyes=OPEN)
    broken = replace(rest, points=np.full_like(rest.points, np.nan))
    np.testing.assert_allclose(face_of(_rest(rest, broken, broken)), face_of(rest), atol=1e-5)


def test_many_faces_are_thinned_out_evenly() -> None:
    resting = RestingFace()
    poses = [face(eyes=(1 + 0.2 * side, 1 + 0.2 * side)) for side in (0, 1)]
    for index in range(5 * CAPACITY):
        resting.add(poses[index >= 2 * CAPACITY])
    # Most frames, the later ones, have the wider eyes.
    assert _lids(resting.neutral(poses[0])) == pytest.approx(_lids(poses[1]), abs=0.002)


def test_mirroring_changes_sides() -> None:
    winking = face(turn_deg=(0, 15, 4), eyes=(0.2, 1.2), gaze=(0.05, 0))
    other = face(turn_deg=(0, -15, -4), eyes=(1.2, 0.2), gaze=(-0.05, 0))
    np.testing.assert_allclose(face_of(mirrored(winking)), face_of(other), atol=1e-6)
    np.testing.assert_array_equal(face_of(mirrored(mirrored(winking))), face_of(winking))
