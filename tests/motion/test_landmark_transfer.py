"""Motion transfer of landmarks between people: identities, mouths, eyes, heads, limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.domain import BODY_KEYPOINTS, CHEST, Controls, Keypoints, Motion
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import face_of, fit_head, rotation_vector
from puppet.motion.calibration import deviation_from_neutral
from puppet.motion.head_limits import shown_turns
from puppet.motion.landmark_transfer import LandmarkTransfer, drive
from tests.support.faces import face, lid_gap, lip_gap

FREE = Controls(limits=False)
_ANGLES = st.floats(-40, 40)


def turn_deg(keypoints: Keypoints) -> np.ndarray:
    """Pitch, yaw and roll against the mean face."""
    return np.degrees(rotation_vector(fit_head(face_of(keypoints)).rotation))


def assert_same(a: Keypoints, b: Keypoints, atol: float = 1e-4) -> None:
    np.testing.assert_allclose(face_of(a), face_of(b), atol=atol)


@given(_ANGLES, _ANGLES, _ANGLES, st.floats(0, 0.5), st.floats(0, 1.4), st.floats(0, 1.4), st.integers(0, 99))
def test_a_person_driving_their_own_picture_is_reproduced(
    pitch: float, yaw: float, roll: float, mouth: float, right: float, left: float, seed: int
) -> None:
    neutral = face(turn_deg=(5, -4, 2), seed=seed)
    driving = face(turn_deg=(pitch, yaw, roll), size=0.35, at=(0.2, 0, 0.1), mouth=mouth, eyes=(right, left), seed=seed)
    assert_same(drive(neutral, driving, neutral, FREE), driving)


@given(st.integers(0, 99), st.integers(0, 99), _ANGLES)
def test_the_neutral_pose_shows_the_picture(source: int, neutral: int, yaw: float) -> None:
    portrait = face(turn_deg=(0, 10, -8), shape=(1.1, 0.9, 1), seed=source)
    performer = face(turn_deg=(0, yaw, 0), size=0.2, at=(0.4, 0.3, 0), seed=neutral)
    assert_same(drive(portrait, performer, performer, FREE), portrait, atol=1e-3)


@pytest.mark.parametrize("turn", [(15, 0, 0), (0, -25, 0), (0, 0, 20), (8, 12, -10)])
def test_the_head_turns_as_the_performers_does(turn: tuple[float, float, float]) -> None:
    portrait = face(shape=(0.9, 1.1, 1), size=0.4)
    driven = drive(portrait, face(turn_deg=turn, size=0.2), face(size=0.2), FREE)
    np.testing.assert_allclose(turn_deg(driven), turn, atol=0.5)


def test_the_head_moves_in_its_own_size() -> None:
    portrait = face(size=0.4)
    driven = drive(portrait, face(size=0.22, at=(0.1, 0.05, 0)), face(size=0.2), FREE)
    before, after = fit_head(face_of(portrait)), fit_head(face_of(driven))
    assert after.size / before.size == pytest.approx(1.1, abs=1e-4)
    np.testing.assert_allclose(after.centre - before.centre, (0.2, 0, 0), atol=1e-3)


def test_where_and_how_large_the_performer_is_does_not_matter() -> None:
    portrait = face(shape=(0.9, 1.1, 1), seed=3)
    near = drive(portrait, face(size=0.5, turn_deg=(3, 9, 0), mouth=0.3), face(size=0.5), FREE)
    far = drive(
        portrait,
        face(size=0.1, turn_deg=(3, 9, 0), mouth=0.3, at=(0.7, -0.4, 0.1)),
        face(size=0.1, at=(0.7, -0.4, 0.1)),
        FREE,
    )
    # The mean face's centre moved by nothing in either.
    assert_same(near, far, atol=2e-3)


def test_a_portrait_with_closed_lips_opens_them_as_wide() -> None:
    portrait = face(mouth=0)
    driven = drive(portrait, face(mouth=0.4, size=0.2), face(mouth=0, size=0.2), FREE)
    np.testing.assert_allclose(lip_gap(driven) / 0.3, 0.4, atol=1e-3)
    assert driven.points[152, 1] > portrait.points[152, 1] - 1e-6  # the chin does not rise


def test_a_portrait_with_open_lips_can_close_them() -> None:
    portrait = face(mouth=0.35)
    driven = drive(portrait, face(mouth=0, size=0.2), face(mouth=0, size=0.2), FREE)
    np.testing.assert_allclose(lip_gap(driven), 0, atol=1e-3)
    assert driven.points[152, 1] < portrait.points[152, 1]  # the jaw goes with it


def test_a_performer_whose_neutral_mouth_is_open_still_closes_the_portraits() -> None:
    driven = drive(face(mouth=0), face(mouth=0, size=0.2), face(mouth=0.3, size=0.2), FREE)
    np.testing.assert_allclose(lip_gap(driven), 0, atol=1e-3)


def test_a_small_mouth_smiles_by_its_own_width() -> None:
    lips = np.concatenate([lm.UPPER_LIPS.ravel(), lm.LOWER_LIPS.ravel(), lm.LIP_CORNERS])

    def with_mouth(width: float) -> Keypoints:
        keypoints = face(mouth=0)
        keypoints.points[lips, 0] *= width
        return keypoints

    def smile(portrait: Keypoints) -> float:
        driven = drive(portrait, with_mouth(1.3), with_mouth(1), FREE)
        return float(np.ptp(driven.points[lm.MOUTH_CORNERS, 0]) / np.ptp(portrait.points[lm.MOUTH_CORNERS, 0]))

    assert smile(with_mouth(0.7)) == pytest.approx(1.3, abs=0.01)
    assert smile(with_mouth(1)) == pytest.approx(1.3, abs=0.01)
    assert smile(with_mouth(1.3)) == pytest.approx(1 + 0.3 / 1.3, abs=0.01)


def test_without_mouth_gain_the_pictures_mouth_stays() -> None:
    portrait = face(mouth=0.35)
    driven = drive(portrait, face(mouth=0.6, size=0.2), face(mouth=0, size=0.2), replace(FREE, mouth=0))
    np.testing.assert_allclose(lip_gap(driven), lip_gap(portrait), atol=1e-5)


def test_mouth_gain_exaggerates() -> None:
    wide = drive(face(mouth=0), face(mouth=0.2), face(mouth=0), replace(FREE, mouth=1.5))
    np.testing.assert_allclose(lip_gap(wide) / 0.3, 0.3, atol=1e-3)


@pytest.mark.parametrize("wide", [0.6, 1.0, 1.8])
@pytest.mark.parametrize("eye", [0, 1])
def test_a_blink_closes_eyes_of_any_width_each_on_its_own(wide: float, eye: int) -> None:
    portrait = face(eyes=(wide, wide))
    eyes = (0.05, 1) if eye == 0 else (1, 0.05)
    driven = drive(portrait, face(eyes=eyes), face(), FREE)
    assert lid_gap(driven, eye).mean() < 0.16 * lid_gap(face(), eye).mean()
    np.testing.assert_allclose(lid_gap(driven, 1 - eye), lid_gap(portrait, 1 - eye), atol=1e-4)


def test_lids_never_cross() -> None:
    driven = drive(face(eyes=(0.3, 0.3)), face(eyes=(0, 0)), face(eyes=(1.6, 1.6)), replace(FREE, eyes=2))
    assert min(lid_gap(driven, 0).min(), lid_gap(driven, 1).min()) >= -1e-6


def test_eyes_open_wider_by_ratio() -> None:
    portrait = face(eyes=(0.8, 0.8))
    driven = drive(portrait, face(eyes=(1.2, 1.2)), face(), FREE)
    assert lid_gap(driven, 0).mean() / lid_gap(portrait, 0).mean() == pytest.approx(1.2, abs=0.08)


def test_the_gaze_moves_in_widths_of_the_eye() -> None:
    portrait = face(size=0.4)
    driven = drive(portrait, face(size=0.2, gaze=(0.1, 0)), face(size=0.2), FREE)
    moved = (driven.points - portrait.points)[lm.IRISES[0]]
    np.testing.assert_allclose(moved, np.tile((0.04, 0), (5, 1)), atol=1e-4)


def test_without_eye_gain_lids_and_gaze_stay() -> None:
    portrait = face()
    driven = drive(portrait, face(gaze=(0.1, 0), eyes=(0, 0)), face(), replace(FREE, eyes=0))
    rows = np.concatenate([lm.IRISES[0], lm.UPPER_LIDS[0][0], lm.LOWER_LIDS[0][0]])
    np.testing.assert_allclose(driven.points[rows], portrait.points[rows], atol=1e-5)


def test_strength_scales_the_heads_motion_only() -> None:
    driven = drive(face(), face(turn_deg=(0, 20, 0), mouth=0.3), face(), replace(FREE, strength=0.5))
    np.testing.assert_allclose(turn_deg(driven), (0, 10, 0), atol=0.5)
    still = drive(face(mouth=0), face(turn_deg=(0, 20, 0), mouth=0.3), face(mouth=0), replace(FREE, strength=0))
    np.testing.assert_allclose(lip_gap(still) / 0.3, 0.3, atol=2e-3)


def test_a_series_of_poses_gives_what_single_poses_give() -> None:
    transfer = LandmarkTransfer()
    for index in range(12):  # more portraits than the transfer remembers
        portrait, neutral = face(seed=index // 2), face(size=0.2, seed=index // 4)
        driving = face(turn_deg=(0, index, 0), size=0.2)
        np.testing.assert_array_equal(
            face_of(transfer(portrait, driving, neutral, FREE)), face_of(drive(portrait, driving, neutral, FREE))
        )


def test_limits_leave_ordinary_motion_alone() -> None:
    driving = face(turn_deg=(5, 12, -8), at=(0.03, 0.08, 0), size=0.32, mouth=0.3, gaze=(0.05, 0))
    assert_same(drive(face(), driving, face(), Controls()), drive(face(), driving, face(), FREE), atol=1e-6)


def test_limits_hold_a_wild_pose() -> None:
    wild = face(turn_deg=(60, -80, 0), size=1.5, at=(3, -4, 2), mouth=4, gaze=(2, 0))
    driven = drive(face(), wild, face(), Controls())
    before, after = fit_head(face_of(face())), fit_head(face_of(driven))
    assert (np.abs(turn_deg(driven)) <= (26, 36, 36)).all()
    assert 1 / 1.41 < after.size / before.size < 1.41
    assert np.abs(driven.points).max() < 2
    width = np.ptp(driven.points[lm.EYE_CORNERS[0], 0])
    assert abs(driven.points[468, 0] - driven.points[lm.EYE_CORNERS[0], 0].mean()) < 0.5 * width


@pytest.mark.parametrize(("own", "most"), [(0, 31), (15, 31), (31, 18), (65, 11)])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_head_turned_aside_turns_less_far_aside(own: int, most: float, side: int) -> None:
    portrait = face(turn_deg=(0, side * own, 0))
    away = side * turn_deg(drive(portrait, face(turn_deg=(0, side * 60, 0)), face(), Controls()))[1] - own
    assert 0.8 * most < away <= most


@pytest.mark.parametrize(("pictured", "most"), [(0, 31), (10, 31), (25, 44), (90, 60)])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_head_turns_farther_to_the_side_that_another_picture_shows(pictured: int, most: float, side: int) -> None:
    own, other = (fit_head(face_of(face(turn_deg=(0, yaw, 0)))) for yaw in (0, side * pictured))
    turns = shown_turns(own, [other])
    for way in (side, -side):
        driven = drive(face(), face(turn_deg=(0, way * 75, 0)), face(), Controls(), turns)
        limit = most if way == side else 31
        assert 0.9 * limit < way * turn_deg(driven)[1] <= limit


@pytest.mark.parametrize(("own", "least"), [(5, -26), (11, -21), (15, -21), (24, -31), (65, -18)])
def test_a_head_turned_aside_turns_less_to_a_cheek_that_no_front_view_shows(own: int, least: float) -> None:
    portrait = face(turn_deg=(0, own, 0))
    back = turn_deg(drive(portrait, face(turn_deg=(0, -60, 0)), face(), Controls()))[1] - own
    assert least <= back < least + 4


def test_absolute_motion_takes_the_performers_pose_and_keeps_the_portraits_shape() -> None:
    portrait = face(turn_deg=(0, 20, 0), shape=(0.85, 1.1, 1), size=0.4)
    performer = face(turn_deg=(5, -10, 3), size=0.3, at=(0.1, -0.1, 0))
    for neutral in (None, face(turn_deg=(0, 30, 0))):
        driven = drive(portrait, performer, neutral, replace(FREE, motion=Motion.ABSOLUTE))
        np.testing.assert_allclose(turn_deg(driven), turn_deg(performer), atol=1.5)
        own, shape = (fit_head(face_of(k)).to_own(face_of(k)) for k in (driven, portrait))
        np.testing.assert_allclose(own[lm.STABLE], shape[lm.STABLE], atol=0.02)


def test_absolute_motion_without_a_neutral_opens_and_closes_lips() -> None:
    absolute = replace(FREE, motion=Motion.ABSOLUTE)
    np.testing.assert_allclose(lip_gap(drive(face(mouth=0.3), face(mouth=0), None, absolute)), 0, atol=2e-3)
    np.testing.assert_allclose(lip_gap(drive(face(mouth=0), face(mouth=0.4), None, absolute)) / 0.3, 0.4, atol=0.02)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_landmarks_that_are_not_finite_show_the_portrait(value: float) -> None:
    broken = face()
    broken.points[100, 0] = value
    portrait = face(seed=1)
    assert drive(portrait, broken, face(), Controls()) is portrait
    assert drive(portrait, face(), broken, Controls()) is portrait


@given(st.integers(0, 2**32 - 1), st.floats(0, 10), st.booleans(), st.sampled_from(Motion))
def test_any_landmarks_give_finite_ones(seed: int, spread: float, limits: bool, motion: Motion) -> None:
    random = np.random.default_rng(seed)

    def cloud() -> Keypoints:
        points = random.normal(0, spread, (lm.COUNT, 3)).astype(np.float32)
        return Keypoints(points[:, :2].copy(), points[:, 2].copy())

    driven = drive(cloud(), cloud(), cloud(), Controls(motion=motion, limits=limits, strength=2, mouth=2, eyes=2))
    assert np.isfinite(face_of(driven)).all()


def test_relative_motion_needs_a_neutral_pose() -> None:
    with pytest.raises(ValueError, match="neutral"):
        drive(face(), face(), None, FREE)


def test_points_without_depth_are_not_landmarks() -> None:
    with pytest.raises(ValueError, match="478 points with depth"):
        drive(face(), Keypoints(face().points), face(), FREE)


def test_a_frontal_face_at_rest_serves_as_neutral_and_others_do_not() -> None:
    assert deviation_from_neutral(face(mouth=0, eyes=(1.2, 1.2))) < 0.5
    for other in (face(turn_deg=(0, 30, 0)), face(mouth=0.4), face(eyes=(0.1, 1)), face(turn_deg=(0, 0, 40))):
        assert deviation_from_neutral(other) > 1


BODY = np.linspace(-0.8, 0.8, 2 * BODY_KEYPOINTS).reshape(-1, 2).astype(np.float32)


def with_body(keypoints: Keypoints, shift: tuple[float, float] = (0, 0)) -> Keypoints:
    return replace(keypoints, body=BODY + np.array(shift, np.float32))


def test_the_body_moves_as_the_performers_did_in_the_heads_own_size() -> None:
    portrait, neutral, now = face(size=0.4), face(size=0.2), face(size=0.2)
    driven = drive(with_body(portrait), with_body(now, (0.05, -0.02)), with_body(neutral), FREE)
    assert driven.body is not None
    np.testing.assert_allclose(driven.body - BODY, np.broadcast_to((0.1, -0.04), BODY.shape), atol=1e-5)


def test_between_two_people_the_chest_is_transferred_and_the_hair_is_not() -> None:
    driven = drive(with_body(face(), (0.3, 0)), with_body(face(), (0.1, 0)), with_body(face()), FREE)
    assert driven.body is not None
    moved = driven.body - BODY - np.array((0.3, 0), np.float32)
    np.testing.assert_allclose(moved[CHEST], np.broadcast_to((0.1, 0), moved[CHEST].shape), atol=1e-5)
    assert np.abs(np.delete(moved, range(3, 8), axis=0)).max() < 1e-3


def test_a_person_driving_their_own_picture_takes_the_body_along() -> None:
    neutral, now = with_body(face()), with_body(face(turn_deg=(0, 12, 0)), (0.07, 0.01))
    for controls in (FREE, replace(FREE, motion=Motion.ABSOLUTE)):
        driven = drive(neutral, now, neutral, controls)
        assert driven.body is not None
        assert now.body is not None
        np.testing.assert_allclose(driven.body, now.body, atol=1e-5)


@pytest.mark.parametrize("unseen", ["now", "neutral"])
def test_without_a_body_in_one_pose_the_body_stands_still(unseen: str) -> None:
    portrait, poses = with_body(face()), {"now": with_body(face(), (0.3, 0)), "neutral": with_body(face())}
    poses[unseen] = replace(poses[unseen], body=None)
    driven = drive(portrait, poses["now"], poses["neutral"], FREE)
    assert driven.body is not None
    np.testing.assert_array_equal(driven.body, BODY)


def test_limits_keep_the_body_near_its_place() -> None:
    driven = drive(with_body(face()), with_body(face(), (3, 4)), with_body(face()), Controls(limits=True))
    assert driven.body is not None
    assert np.linalg.norm(driven.body - BODY, axis=1).max() <= 0.25
    risen = drive(with_body(face()), with_body(face(), (0, -1)), with_body(face()), Controls(limits=True))
    assert risen.body is not None
    assert (risen.body - BODY).min() >= -0.1
