"""A portrait that looks aside, turned to the front: its far half mirrors the near one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from puppet.compositing.cutout import Cutout, region_of
from puppet.compositing.front_view import front_pose, front_view
from puppet.compositing.layered_compositor import Subject
from puppet.domain import Inspection, Keypoints, Picture
from puppet.geometry import landmarks as lm
from puppet.geometry.crop import whole_box
from puppet.geometry.head_pose import face_of, fit_head
from tests.support.faces import face

SIDE = 256
NEAR, FAR, SHIRT, WALL = (200, 150, 120), (150, 105, 80), (10, 120, 10), (90, 90, 90)


def _aside_deg(pose: Keypoints) -> float:
    rotation = fit_head(face_of(pose)).rotation
    return float(np.degrees(np.arctan2(rotation[2, 0], rotation[2, 2])))


@pytest.mark.parametrize("yaw_deg", [-40, -20, 20, 40])
@pytest.mark.parametrize("roll_deg", [-15, 0, 15])
def test_a_turned_face_looks_ahead_and_keeps_its_tilt(yaw_deg: float, roll_deg: float) -> None:
    pose = face(turn_deg=(4, yaw_deg, roll_deg), seed=3)
    front = front_pose(pose)
    assert front is not None
    assert abs(_aside_deg(front.keypoints)) < 1
    assert front.far == np.sign(_aside_deg(pose))
    own = front.head.to_own(face_of(front.keypoints))
    np.testing.assert_allclose(own, own[lm.mirror_image()] * (-1, 1, 1), atol=1e-3)
    # The near half is the person's own, not the mean of both.
    near = front.far * lm.mean_face()[:, 0] < -0.2
    before = fit_head(face_of(pose)).to_own(face_of(pose))
    np.testing.assert_allclose(own[near, 1:], before[near, 1:], atol=1e-6)


@pytest.mark.parametrize("yaw_deg", [0, 12, -12, 75])
def test_faces_that_look_ahead_or_are_seen_from_the_side_stay(yaw_deg: float) -> None:
    assert front_pose(face(turn_deg=(0, yaw_deg, 0))) is None


def test_other_keypoints_than_landmarks_stay() -> None:
    assert front_pose(Keypoints(np.zeros((10, 2), np.float32))) is None


@pytest.fixture
def subject() -> Subject:
    """A face turned to the left of the picture, whose halves have colours of their own, over a shirt."""
    pose = face(turn_deg=(0, 30, 0), at=(0, -0.1, 0))
    front = front_pose(pose)
    assert front is not None
    picture = np.full((SIDE, SIDE, 3), WALL, np.uint8)
    columns, rows = np.arange(SIDE)[None], np.arange(SIDE)[:, None]
    middle = (front.head.centre[0] + 1) / 2 * (SIDE - 1)
    inside = (columns > 40) & (columns < 216) & (rows > 10)
    picture[inside & (columns >= middle)] = NEAR if front.far < 0 else FAR
    picture[inside & (columns < middle)] = FAR if front.far < 0 else NEAR
    picture[(rows > 225) & (columns >= 0)] = SHIRT
    crop = whole_box(picture)
    matte = np.where(inside | (rows > 225), 255, 0).astype(np.uint8)
    background = np.full_like(picture, WALL)
    return Subject(picture, crop, picture, pose, Cutout(region_of(picture, crop), matte, background))


def _at_rest(_: Keypoints) -> Inspection:
    still = np.zeros((64, 64), np.float32)
    masks = np.stack([still, still + 1, still, still])
    return Inspection(np.zeros((0, 0, 3), np.uint8), masks, still + 1, np.zeros((64, 64, 2), np.float32))


def _half(picture: Picture, subject: Subject, side: int) -> Picture:
    """A patch of one half of the face, at the height of the cheeks."""
    front = front_pose(subject.keypoints)
    assert front is not None
    middle = round((front.head.centre[0] + 1) / 2 * (SIDE - 1))
    row = round((front.head.centre[1] + 1) / 2 * (SIDE - 1))
    column = middle + side * front.far * 30
    return picture[row - 6 : row + 6, column - 6 : column + 6]


def test_the_far_half_mirrors_the_near_one_in_the_light_of_the_far_one(subject: Subject) -> None:
    rng = np.random.default_rng(5)
    grain = 8 * cv2.GaussianBlur(rng.normal(0, 8, (SIDE, SIDE)), (0, 0), 3)[..., None]
    near = np.all(subject.picture == NEAR, axis=2, keepdims=True)
    subject.picture[:] = (subject.picture + np.where(near, grain, 0)).clip(0, 255)
    view = front_view(subject, _at_rest)
    assert view is not None
    far, own = _half(view, subject, 1).astype(float), _half(view, subject, -1).astype(float)
    np.testing.assert_array_equal(own, _half(subject.picture, subject, -1))
    assert np.corrcoef(far[..., 0].ravel(), own[:, ::-1, 0].ravel())[0, 1] > 0.8  # the near half's skin
    light = np.abs(far.mean((0, 1)) - FAR) / np.subtract(NEAR, FAR)
    assert light.max() < 0.35  # 1 would be the near half's


def test_shoulders_and_background_stay(subject: Subject) -> None:
    view = front_view(subject, _at_rest)
    assert view is not None
    np.testing.assert_array_equal(view[235:], subject.picture[235:])
    np.testing.assert_array_equal(view[:200, :30], subject.picture[:200, :30])


def test_no_view_of_a_face_that_looks_ahead(subject: Subject) -> None:
    ahead = Subject(subject.picture, subject.crop, subject.face, face(), subject.cutout)
    assert front_view(ahead, lambda pose: pytest.fail("was rendered")) is None
