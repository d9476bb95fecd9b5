"""Distances of poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.face_shape import Distances, FaceShapes, distances, openness, shape_of
from puppet.geometry.head_pose import face_of, rotation_matrix

REST = lm.rest_pose()


def turned(yaw_deg: float) -> Keypoints:
    face = face_of(REST) @ rotation_matrix(np.radians([0, yaw_deg, 0])).T
    return Keypoints(face[:, :2].astype(np.float32), face[:, 2].astype(np.float32))


def opened(gap: float) -> Keypoints:
    points = REST.points.copy()
    points[lm.LOWER_LIPS, 1] += gap
    return replace(REST, points=points)


def closed_eyes() -> Keypoints:
    points = REST.points.copy()
    for upper, lower in zip(lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True):
        points[upper[0], 1] = points[lower[0], 1]
    return replace(REST, points=points)


def _distances(poses: Sequence[Keypoints], others: Sequence[Keypoints]) -> Distances:
    own, their = (FaceShapes.of([shape_of(pose) for pose in each]) for each in (poses, others))
    return distances(own, their)


def test_a_pose_has_no_distance_from_itself() -> None:
    shapes = FaceShapes.of([shape_of(REST), shape_of(turned(20))])
    found = distances(shapes, shapes)
    for part in (found.face, found.mouth, *found.eyes):
        np.testing.assert_allclose(np.diag(part), 0, atol=1e-6)
        assert part[0, 1] > 0.05


def test_a_turn_is_measured_in_radians_and_counts_more_the_larger_it_is() -> None:
    np.testing.assert_allclose(np.degrees(shape_of(turned(20)).turn[1]), 20, atol=0.5)
    face = _distances([REST], [turned(angle) for angle in (5, 15, 30)]).face[0]
    assert (np.diff(face) > 0).all()


def test_an_open_mouth_is_nearer_to_a_less_open_one_than_to_a_closed_one() -> None:
    wide, little, shut = (shape_of(opened(gap)) for gap in (0.06, 0.02, 0.0))
    mouth = distances(FaceShapes.of([little, shut]), FaceShapes.of([wide])).mouth[:, 0]
    assert mouth[0] < 0.8 * mouth[1]
    assert openness(wide)[0] > openness(little)[0] > openness(shut)[0]


def test_closed_eyes_differ_in_the_eyes_and_hardly_in_the_mouth() -> None:
    found = _distances([REST], [closed_eyes()])
    assert found.eyes.min() > 0.1
    assert found.mouth[0, 0] < 0.05
