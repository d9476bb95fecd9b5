"""Tracking on the bundled portraits: stills of every kind, videos, several faces, quiet start-up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from puppet.domain import Face, Picture
from puppet.errors import TrackingError
from puppet.tracking.tracker import MediaPipeTracker, largest_face
from tests.support.faces import in_frame, located, portrait

NAME, OTHER = "vera.jpg", "kenji.jpg"
GREY = np.full((720, 1280, 3), 120, np.uint8)


@pytest.fixture
def tracker() -> Iterator[MediaPipeTracker]:
    tracker = MediaPipeTracker()
    yield tracker
    tracker.close()


def centre(face: Face | None) -> np.ndarray:
    assert face is not None
    middle: np.ndarray = (face.points[:, :2].min(0) + face.points[:, :2].max(0)) / 2
    return middle


def height(face: Face) -> float:
    return float(np.ptp(face.points[:, 1]))


def beside(left: Picture, right: Picture) -> Picture:
    """The left half of one frame and the right half of another."""
    return np.ascontiguousarray(np.hstack([left[:, :640], right[:, 640:]]))


# -- stills --


def test_a_portraits_landmarks_lie_on_its_face() -> None:
    face, count = largest_face(portrait(NAME))
    picture = portrait(NAME)
    assert count == 1
    assert face.points.shape == (478, 3)
    assert face.points.dtype == np.float32
    assert (face.points[:, :2] > 0).all()
    assert (face.points[:, :2] < (picture.shape[1], picture.shape[0])).all()
    right, left = face.points[468, :2], face.points[473, :2]
    assert right[0] < left[0]
    # Pupils are darker than the cheeks below them.
    dark = [picture[int(y), int(x)].mean() for x, y in (right, left)]
    cheeks = [picture[int(y), int(x)].mean() for x, y in face.points[[50, 280], :2]]
    assert max(dark) < min(cheeks)


@pytest.mark.parametrize("scale", [0.15, 0.5, 3.0])
def test_small_and_large_pictures_give_the_same_landmarks(scale: float) -> None:
    picture, reference = portrait(NAME), located(NAME)
    resized = cv2.resize(
        picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    face, _ = largest_face(resized.astype(np.uint8))
    expected = (reference.points[:, :2] + 0.5) * scale - 0.5
    apart = np.linalg.norm(face.points[:, :2] - expected, axis=1).mean()
    assert apart < 0.02 * height(reference) * scale
    assert np.ptp(face.points[:, 2]) == pytest.approx(np.ptp(reference.points[:, 2]) * scale, rel=0.15)


@pytest.mark.parametrize("angle", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_a_lying_face_is_found_where_it_is(angle: int) -> None:
    turned = np.ascontiguousarray(cv2.rotate(portrait(NAME), angle)).astype(np.uint8)
    face, _ = largest_face(turned)
    heights, widths = portrait(NAME).shape[:2]
    x, y = located(NAME).points[1, :2]
    tip = (heights - 1 - y, x) if angle == cv2.ROTATE_90_CLOCKWISE else (y, widths - 1 - x)
    np.testing.assert_allclose(face.points[1, :2], tip, atol=0.05 * height(located(NAME)))


def test_a_face_that_fills_the_picture_is_found() -> None:
    points = located(NAME).points[:, :2].astype(int)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    face, _ = largest_face(np.ascontiguousarray(portrait(NAME)[top:bottom, left:right]))
    assert height(face) == pytest.approx(height(located(NAME)), rel=0.1)


def test_a_small_face_in_a_large_picture_is_found() -> None:
    frame = in_frame(NAME, x=3000, y=2100, height=150, size=(4096, 3072))
    face, _ = largest_face(frame)
    np.testing.assert_allclose(centre(face), (3000, 2100), atol=10)


def test_grey_pictures_work() -> None:
    grey = cv2.cvtColor(portrait(NAME), cv2.COLOR_RGB2GRAY)
    face, _ = largest_face(np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2)).astype(np.uint8))
    assert np.linalg.norm(centre(face) - centre(located(NAME))) < 0.05 * height(face)


def test_of_several_faces_the_largest_is_taken_and_all_are_counted() -> None:
    group = beside(in_frame(NAME, x=320, y=400, height=180), in_frame(OTHER, x=960, y=400, height=300))
    face, count = largest_face(group)
    assert count == 2
    np.testing.assert_allclose(centre(face), (960, 400), atol=15)


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (500, 400)])
def test_a_picture_without_a_face_is_refused_in_one_line(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    with pytest.raises(TrackingError, match=f"No face found in this {shape[1]}x{shape[0]} picture") as refused:
        largest_face(noise)
    assert "\n" not in str(refused.value)


# -- videos --


def test_the_first_frame_of_a_video_is_as_good_as_a_still(tracker: MediaPipeTracker) -> None:
    frame = in_frame(NAME, x=500, y=380, height=300)
    found = tracker.locate(frame)
    still, _ = largest_face(frame)
    assert found is not None
    assert np.linalg.norm(found.points[:, :2] - still.points[:, :2], axis=1).mean() < 1.5


def test_a_moving_face_is_followed(tracker: MediaPipeTracker) -> None:
    for step in range(12):
        x, y = 400 + 15 * step, 350 + 5 * step
        np.testing.assert_allclose(centre(tracker.locate(in_frame(NAME, x=x, y=y, height=260))), (x, y), atol=12)


def test_a_face_that_leaps_across_the_frame_is_not_lost(tracker: MediaPipeTracker) -> None:
    for x in (300, 1000, 300, 1000):
        np.testing.assert_allclose(centre(tracker.locate(in_frame(NAME, x=x, y=380, height=260))), (x, 380), atol=12)


def test_without_a_face_there_is_none_and_it_is_found_again(tracker: MediaPipeTracker) -> None:
    frame = in_frame(NAME, x=500, y=380, height=300)
    assert tracker.locate(GREY) is None
    assert tracker.locate(frame) is not None
    assert tracker.locate(GREY) is None
    assert tracker.locate(GREY) is None
    np.testing.assert_allclose(centre(tracker.locate(frame)), (500, 380), atol=12)


def test_the_largest_of_several_faces_is_followed(tracker: MediaPipeTracker) -> None:
    group = beside(in_frame(NAME, x=320, y=400, height=180), in_frame(OTHER, x=960, y=400, height=300))
    np.testing.assert_allclose(centre(tracker.locate(group)), (960, 400), atol=15)


def test_the_face_followed_is_kept_when_a_larger_one_appears_even_after_a_short_loss(tracker: MediaPipeTracker) -> None:
    alone = in_frame(NAME, x=320, y=400, height=200)
    group = beside(alone, in_frame(OTHER, x=960, y=400, height=320))
    for _ in range(3):
        tracker.locate(alone)
    np.testing.assert_allclose(centre(tracker.locate(group)), (320, 400), atol=12)
    for _ in range(5):
        tracker.locate(GREY)
    np.testing.assert_allclose(centre(tracker.locate(group)), (320, 400), atol=12)


def test_after_a_reset_the_largest_face_is_taken(tracker: MediaPipeTracker) -> None:
    alone = in_frame(NAME, x=320, y=400, height=200)
    tracker.locate(alone)
    tracker.reset()
    group = beside(alone, in_frame(OTHER, x=960, y=400, height=320))
    np.testing.assert_allclose(centre(tracker.locate(group)), (960, 400), atol=15)


def test_a_small_face_is_followed_and_said_to_be_coarse(
    tracker: MediaPipeTracker, caplog: pytest.LogCaptureFixture
) -> None:
    for x in (800, 802, 804):
        assert tracker.locate(in_frame(NAME, x=x, y=300, height=28)) is not None
    (line,) = [record.message for record in caplog.records]
    assert "expressions are coarse" in line
    assert not tracker.too_small


# -- far, small, lying and turning faces --


@pytest.mark.parametrize("size", [150, 100, 60])
def test_a_far_face_is_followed(tracker: MediaPipeTracker, size: int) -> None:
    for step in range(4):
        found = tracker.locate(in_frame(NAME, x=800 + 4 * step, y=300, height=size))
        np.testing.assert_allclose(centre(found), (800 + 4 * step, 300), atol=0.05 * size)


def test_a_far_face_in_a_very_large_frame_is_found_in_a_tile(tracker: MediaPipeTracker) -> None:
    found = tracker.locate(in_frame(NAME, x=3000, y=1500, height=56, size=(3840, 2160)))
    np.testing.assert_allclose(centre(found), (3000, 1500), atol=4)


def test_a_face_too_small_to_follow_is_said_once(tracker: MediaPipeTracker, caplog: pytest.LogCaptureFixture) -> None:
    small = in_frame("amara.jpg", x=160, y=120, height=10, size=(320, 240))
    assert [tracker.locate(small) for _ in range(12)] == [None] * 12
    assert tracker.too_small
    (line,) = [record.message for record in caplog.records]
    assert "too small to follow; come closer" in line
    assert tracker.locate(GREY) is None
    assert not tracker.too_small


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_lying_face_is_found_in_the_first_frame_of_a_video(tracker: MediaPipeTracker, turns: int) -> None:
    upright = in_frame(NAME, x=640, y=360, height=300)
    turned = np.ascontiguousarray(np.rot90(upright, turns))
    expected = np.array([(turned.shape[1] - 1) / 2, (turned.shape[0] - 1) / 2])
    np.testing.assert_allclose(centre(tracker.locate(turned)), expected, atol=12)


def test_a_face_is_followed_through_a_full_turn(tracker: MediaPipeTracker) -> None:
    upright = in_frame(NAME, x=640, y=360, height=300)
    still = tracker.locate(upright)
    assert still is not None
    eyes = still.points[263, :2] - still.points[33, :2]
    for angle in range(0, 360, 15):
        turn = cv2.getRotationMatrix2D((640, 360), angle, 1)
        found = tracker.locate(cv2.warpAffine(upright, turn, (1280, 720), borderValue=(120, 120, 120)).astype(np.uint8))
        assert found is not None
        expected = turn[:, :2] @ eyes
        assert np.linalg.norm(found.points[263, :2] - found.points[33, :2] - expected) < 0.15 * np.linalg.norm(eyes)


def test_a_far_performer_is_kept_when_somebody_near_walks_by(tracker: MediaPipeTracker) -> None:
    alone = in_frame(NAME, x=320, y=300, height=80)
    group = beside(alone, in_frame(OTHER, x=960, y=400, height=400))
    tracker.locate(alone)
    assert tracker.locate(GREY) is None
    np.testing.assert_allclose(centre(tracker.locate(group)), (320, 300), atol=6)


def test_the_same_frames_give_the_same_landmarks() -> None:
    frames = [in_frame(NAME, x=400 + 10 * step, y=350, height=260) for step in range(5)]
    runs = []
    for _ in range(2):
        tracker = MediaPipeTracker()
        runs.append([face.points for face in map(tracker.locate, frames) if face is not None])
    np.testing.assert_array_equal(runs[0], runs[1])


def test_a_face_of_the_shared_size_is_found_in_stills_and_videos_alike() -> None:
    frame = in_frame(NAME, x=500, y=300, height=70)
    still, _ = largest_face(frame)
    video = MediaPipeTracker().locate(frame)
    assert video is not None
    assert np.linalg.norm(still.points[:, :2] - video.points[:, :2], axis=1).mean() < 1.5


def test_tracking_writes_nothing_and_imports_no_mediapipe() -> None:
    code = """
import sys, threading
from puppet.tracking.tracker import MediaPipeTracker, largest_face
from tests.support.faces import portrait
loads = [threading.Thread(target=largest_face, args=(portrait(name),)) for name in ("vera.jpg", "kenji.jpg")]
for load in loads:
    load.start()
tracker = MediaPipeTracker()
for load in loads:
    load.join()
assert tracker.locate(portrait("vera.jpg")) is not None
tracker.close()
assert "mediapipe" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert (done.stderr, done.stdout) == ("", "")
