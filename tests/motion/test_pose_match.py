"""The performer's pose beside the portrait's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from puppet.domain import Keypoints
from puppet.geometry.head_pose import Head, face_of, fit_head, rotation_matrix
from puppet.geometry.landmarks import rest_pose
from puppet.motion.idle import idle_pose
from puppet.motion.pose_match import pose_match


def moved(turn_rad: float = 0.0, size: float = 1.0, shift: float = 0.0) -> Keypoints:
    face = face_of(rest_pose())
    head = fit_head(face)
    rotation = rotation_matrix(np.array((0, turn_rad, 0))) @ head.rotation
    there = Head(rotation, head.size * size, head.centre + shift).to_camera(head.to_own(face)).astype(np.float32)
    return Keypoints(there[:, :2], there[:, 2])


def share(portrait: Keypoints, performer: Keypoints) -> float:
    match = pose_match(portrait, performer)
    assert match is not None
    return match.share


def test_the_same_pose_matches_wherever_and_however_large_the_face_is() -> None:
    assert share(rest_pose(), rest_pose()) == pytest.approx(1)
    assert share(rest_pose(), moved(size=0.6, shift=0.2)) == pytest.approx(1, abs=1e-3)


def test_the_more_the_head_is_turned_the_smaller_the_match() -> None:
    shares = [share(rest_pose(), moved(np.radians(angle))) for angle in (0, 5, 10, 20, 40)]
    assert all(after < before for before, after in itertools.pairwise(shares))
    assert shares[1] > 0.8
    assert shares[3] < 0.3


def test_closed_eyes_do_not_match_open_ones() -> None:
    assert share(rest_pose(), idle_pose(rest_pose(), 1.5)) < 0.9


def test_the_outline_is_the_portraits_pose_at_the_performers_place() -> None:
    performer = moved(np.radians(20), size=0.5, shift=0.3)
    match = pose_match(rest_pose(), performer)
    assert match is not None
    outline = np.concatenate(match.portrait)
    at = performer.points.mean(0)
    assert np.linalg.norm(outline.mean(0) - at) < 0.1
    assert np.ptp(outline[:, 1]) == pytest.approx(0.5 * np.ptp(rest_pose().points[:, 1]), rel=0.15)
    straight = pose_match(rest_pose(), moved(size=0.5, shift=0.3))
    assert straight is not None
    np.testing.assert_allclose(np.ptp(outline, axis=0), np.ptp(np.concatenate(straight.portrait), axis=0), rtol=0.02)


def test_learned_keypoints_have_no_outline() -> None:
    assert pose_match(rest_pose(), Keypoints(np.zeros((10, 2), np.float32))) is None
