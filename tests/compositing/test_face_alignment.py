"""A rendered face moves to where the performer's is in the frame, by their motion alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from puppet.compositing.face_alignment import FaceAlignment, PerformerView
from puppet.domain import Floats, Picture
from puppet.geometry.face_mesh import OVAL
from puppet.media.pictures import read_picture
from puppet.tracking.tracker import largest_face
from tests.support.faces import PORTRAITS


@pytest.fixture(scope="module")
def frame() -> Picture:
    return read_picture(PORTRAITS / "vera.jpg")


@pytest.fixture(scope="module")
def points(frame: Picture) -> Floats:
    face, _ = largest_face(frame)
    return np.asarray(face.points[:, :2], np.float32)


@pytest.fixture(scope="module")
def rendered(frame: Picture, points: Floats) -> Picture:
    """The same face, whose lips and brows are up to three pixels beside those in the frame."""
    height, width = frame.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    size = np.ptp(points[OVAL, 1])
    for place, shift in ((points[13], 3.0), (points[105], -3.0), (points[334], -3.0)):
        y += shift * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (0.15 * size) ** 2).astype(np.float32)
    return np.asarray(cv2.remap(frame, x, y, cv2.INTER_CUBIC), np.uint8)


def _view(frame: Picture, points: Floats, likeness: float = 1.0) -> PerformerView:
    view = PerformerView.of(frame, points, likeness, mirror=False)
    assert view is not None
    return view


def _apart(picture: Picture, frame: Picture, points: Floats) -> float:
    inside = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(points[OVAL].round().astype(np.int32)), 1)
    return float(np.abs(picture[..., :3].astype(float) - frame)[inside > 0].mean())


@pytest.mark.parametrize("channels", [3, 4])
def test_lips_and_brows_move_to_where_they_are_in_the_frame(
    channels: int, frame: Picture, rendered: Picture, points: Floats
) -> None:
    opaque = np.full((*frame.shape[:2], 1), 255, np.uint8)
    picture = np.ascontiguousarray(np.dstack([rendered, opaque])[..., :channels])
    FaceAlignment().align(picture, points, _view(frame, points))
    assert _apart(picture, frame, points) < 0.5 * _apart(rendered, frame, points)
    beside = np.ones(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(beside, cv2.convexHull(points[OVAL].round().astype(np.int32)), 0)
    np.testing.assert_array_equal(picture[beside > 0, :3], rendered[beside > 0])


@pytest.mark.parametrize("scale", [0.4, 1.7])
def test_the_frame_may_be_larger_or_smaller_tilted_and_elsewhere(
    scale: float, frame: Picture, rendered: Picture, points: Floats
) -> None:
    turn = np.asarray(cv2.getRotationMatrix2D((256, 256), 8, scale), np.float64)
    turn[:, 2] += np.array([20, -10]) + (scale - 1) * 256
    size = round(512 * scale) + 40
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    seen = np.asarray(cv2.warpAffine(frame, turn, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    there = (points @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    picture = rendered.copy()
    FaceAlignment().align(picture, points, _view(seen, there))
    assert _apart(picture, frame, points) < 0.65 * _apart(rendered, frame, points)


def test_a_mirrored_performer_is_compared_in_the_mirror(frame: Picture, rendered: Picture, points: Floats) -> None:
    view = PerformerView.of(np.ascontiguousarray(frame[:, ::-1]), points, 1.0, mirror=True)
    assert view is not None
    picture = rendered.copy()
    FaceAlignment().align(picture, points, view)
    assert _apart(picture, frame, points) < 0.5 * _apart(rendered, frame, points)


@pytest.mark.parametrize("likeness", [0.0, 0.5])
def test_it_moves_as_far_as_portrait_and_performer_are_alike(
    likeness: float, frame: Picture, rendered: Picture, points: Floats
) -> None:
    picture = rendered.copy()
    FaceAlignment().align(picture, points, _view(frame, points, likeness))
    left = _apart(picture, frame, points) / _apart(rendered, frame, points)
    assert left == 1 if likeness == 0 else 0.45 < left < 0.9


def test_a_pose_that_gains_have_changed_stays(frame: Picture, rendered: Picture, points: Floats) -> None:
    wider = points.copy()
    wider[:, 1] += 0.5 * (points[:, 1] - points[:, 1].mean())
    picture = rendered.copy()
    FaceAlignment().align(picture, points, _view(frame, wider))
    np.testing.assert_array_equal(picture, rendered)


def test_a_hand_before_the_face_moves_nothing(frame: Picture, rendered: Picture, points: Floats) -> None:
    covered = frame.copy()
    low, high = points.min(0).astype(int), points.max(0).astype(int)
    middle = (low[1] + high[1]) // 2
    covered[middle : high[1], low[0] : high[0]] = frame[middle - high[1] :, low[0] : high[0]]
    picture = rendered.copy()
    FaceAlignment().align(picture, points, _view(covered, points))
    lips = np.s_[int(points[13, 1]) - 8 : int(points[13, 1]) + 8, int(points[13, 0]) - 20 : int(points[13, 0]) + 20]
    assert np.abs(picture[lips].astype(int) - rendered[lips]).mean() < 1
    assert _apart(picture[:middle], frame[:middle], points) < _apart(rendered[:middle], frame[:middle], points)


def test_a_face_at_the_pictures_edge_is_moved_as_far_as_it_is_seen(
    frame: Picture, rendered: Picture, points: Floats
) -> None:
    left = int(points[1, 0])
    cut, there = np.ascontiguousarray(rendered[:, left:]), points - np.array([left, 0], np.float32)
    FaceAlignment().align(cut, there, _view(frame, points))
    assert (
        np.abs(cut.astype(float) - frame[:, left:]).mean()
        < np.abs(rendered[:, left:].astype(float) - frame[:, left:]).mean()
    )
    outside = points + np.array([4000, 0], np.float32)
    same = rendered.copy()
    FaceAlignment().align(same, outside, _view(frame, points))
    np.testing.assert_array_equal(same, rendered)
    assert PerformerView.of(frame, outside, 1.0, mirror=False) is None


def test_landmarks_at_one_point_move_nothing(rendered: Picture, frame: Picture, points: Floats) -> None:
    picture, nowhere = rendered.copy(), np.full_like(points, 200)
    assert PerformerView.of(frame, nowhere, 1.0, mirror=False) is None
    FaceAlignment().align(picture, nowhere, _view(frame, points))
    np.testing.assert_array_equal(picture, rendered)
