"""Choosing the neutral frame: the first with a face, one by number, the one most like the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from puppet.domain import Floats, Frame, Keypoints
from puppet.errors import MediaError, TrackingError
from puppet.offline.neutral_pose import choose_neutral, distance

CLIP = Path("clip.mp4")
POSES: dict[int, Floats] = {
    index: np.random.default_rng(index).normal(size=(10, 2)).astype(np.float32) for index in range(6)
}


def _frames() -> Iterator[Frame]:
    """Frames that carry their number in their pixels."""
    for index in range(6):
        yield Frame(np.full((2, 2, 3), index, np.uint8), index / 30, index)


def _pose(frame: Frame) -> Keypoints | None:
    """A pose by the number in the picture; the first two frames have no face."""
    index = int(frame.image[0, 0, 0])
    return None if index < 2 else Keypoints(POSES[index])


def _chosen(which: str | int, pose_of: Callable[[Frame], Keypoints | None], source: Floats = POSES[0]) -> int:
    frame, pose = choose_neutral(_frames(), pose_of, which, Keypoints(source), CLIP)
    assert pose.points is POSES[frame.index]
    return frame.index


def test_the_first_frame_with_a_face_is_taken() -> None:
    assert _chosen("first", _pose) == 2


def test_a_frame_is_taken_by_its_number() -> None:
    assert _chosen(4, _pose) == 4


def test_a_number_past_the_end_is_refused() -> None:
    with pytest.raises(MediaError, match="has 6 frames"):
        _chosen(6, _pose)


def test_a_numbered_frame_without_a_face_is_refused() -> None:
    with pytest.raises(TrackingError, match="frame 1 has no face"):
        _chosen(1, _pose)


@pytest.mark.parametrize("which", ["first", "best"])
def test_a_clip_without_a_face_is_refused(which: str) -> None:
    with pytest.raises(TrackingError, match="no face in any frame"):
        _chosen(which, lambda frame: None)


def test_the_best_frame_is_the_one_like_the_source_wherever_and_however_large_it_is() -> None:
    assert _chosen("best", _pose, POSES[3] * 40 + (300, -20)) == 3


def test_distance_ignores_position_and_size_but_not_shape() -> None:
    assert distance(POSES[0], POSES[0] * 7 + 5) == pytest.approx(0, abs=1e-6)
    assert distance(POSES[0], POSES[1]) > 0.1
    assert distance(POSES[0], POSES[0] * (1, -1)) > 0.1
