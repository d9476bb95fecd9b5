"""Between two tracked frames the motion is extrapolated; where its speed is unknown the last pose is held."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.domain import Keypoints
from puppet.motion.predictor import Predictor

_VIEW = (720, 1280)


def _predictor(every: int = 9) -> Predictor:
    predictor = Predictor()
    predictor.track_every = every
    return predictor


def _pose(x: float, depth: bool = True) -> Keypoints:
    points = np.full((3, 2), x, np.float32)
    return Keypoints(points, points[:, 0] if depth else None, np.tile(np.float32(x), (3, 2, 2)))


def test_an_even_motion_is_continued_exactly() -> None:
    predictor = _predictor()
    predictor.update(_pose(0.0), _VIEW, 1.0)
    predictor.update(_pose(0.2), _VIEW, 1.0 + 2 / 30)
    expected = predictor.predict(_VIEW, 1.0 + 3 / 30)
    assert expected is not None
    assert expected.depth is not None
    assert expected.jacobians is not None
    for values in (expected.points, expected.depth, expected.jacobians):
        assert values == pytest.approx(0.3, abs=1e-6)
        assert values.dtype == np.float32


def test_before_the_second_tracked_frame_the_last_pose_is_held() -> None:
    predictor = _predictor()
    assert predictor.predict(_VIEW, 1.0) is None
    pose = _pose(0.5, depth=False)
    predictor.update(pose, _VIEW, 1.0)
    assert predictor.predict(_VIEW, 1.1) is pose


def test_tracked_frames_far_apart_give_no_speed() -> None:
    predictor = _predictor()
    predictor.update(_pose(0.0), _VIEW, 1.0)
    pose = _pose(0.5)
    predictor.update(pose, _VIEW, 2.0)
    assert predictor.predict(_VIEW, 2.03) is pose


def test_a_motion_is_continued_by_one_step_at_most() -> None:
    predictor = _predictor()
    predictor.update(_pose(0.0), _VIEW, 1.0)
    predictor.update(_pose(0.1), _VIEW, 1.1)
    expected = predictor.predict(_VIEW, 9.0)
    assert expected is not None
    assert expected.points == pytest.approx(0.2, abs=1e-6)


def test_without_a_face_no_pose_is_predicted() -> None:
    predictor = _predictor()
    predictor.update(_pose(0.0), _VIEW, 1.0)
    predictor.update(None, _VIEW, 1.03)
    assert predictor.predict(_VIEW, 1.06) is None
    predictor.update(_pose(0.0), _VIEW, 1.1)
    predictor.forget()
    assert predictor.predict(_VIEW, 1.13) is None


def test_every_third_frame_is_tracked() -> None:
    predictor = _predictor(3)
    tracked = []
    for index in range(9):
        if predictor.predict(_VIEW, index / 30) is None:
            predictor.update(_pose(0.0), _VIEW, index / 30)
            tracked.append(index)
    assert tracked == [0, 3, 6]


def test_at_full_quality_every_frame_is_tracked() -> None:
    predictor = _predictor(1)
    predictor.update(_pose(0.0), _VIEW, 1.0)
    assert predictor.predict(_VIEW, 1.03) is None


def test_another_view_is_tracked_and_gives_no_speed() -> None:
    predictor = _predictor()
    predictor.update(_pose(0.0), _VIEW, 1.0)
    assert predictor.predict("another camera", 1.03) is None
    pose = _pose(0.5)
    predictor.update(pose, "another camera", 1.03)
    assert predictor.predict("another camera", 1.06) is pose
