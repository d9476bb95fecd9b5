"""Gains of single parts of the performer's motion: what each changes, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.domain import Controls, Keypoints, Lids, Parts
from puppet.geometry import landmarks as lm
from puppet.geometry.apertures import lid_gap
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, rotation_matrix, rotation_vector
from puppet.geometry.landmarks import rest_pose
from puppet.motion.landmark_transfer import drive, move_lids

PLAIN = Controls(limits=False, smoothing=0)


def pose(turn: tuple[float, float, float] = (0, 0, 0), shift: float = 0.0, change: Array | None = None) -> Keypoints:
    """The mean face, turned by radians (pitch, yaw, roll), shifted, its face changed in the head's own frame."""
    face = face_of(rest_pose())
    head = fit_head(face)
    own = head.to_own(face) + (0 if change is None else change)
    moved = Head(rotation_matrix(np.array(turn)) @ head.rotation, head.size, head.centre + shift).to_camera(own)
    return Keypoints(moved[:, :2].astype(np.float32), moved[:, 2].astype(np.float32))


def driven(performed: Keypoints, controls: Controls) -> tuple[Array, Array]:
    """The portrait's turn in radians and its face in the head's own frame; portrait and neutral pose are alike."""
    result = face_of(drive(rest_pose(), performed, rest_pose(), controls))
    head = fit_head(result)
    return rotation_vector(head.rotation), head.to_own(result)


@pytest.mark.parametrize(("gain", "axes"), [("turn", [1]), ("tilt", [0, 2])])
def test_turn_and_tilt_are_apart(gain: str, axes: list[int]) -> None:
    performed = pose((0.2, 0.25, 0.15))
    full, _ = driven(performed, PLAIN)
    less, _ = driven(performed, replace(PLAIN, **{gain: 0.0}))  # type: ignore[arg-type]
    others = [axis for axis in range(3) if axis not in axes]
    assert np.abs(less[axes]).max() < 0.03
    np.testing.assert_allclose(less[others], full[others], atol=0.04)


def test_without_shift_the_head_turns_at_its_place() -> None:
    performed = pose((0, 0.2, 0), shift=0.2)
    moved, still = (
        fit_head(face_of(drive(rest_pose(), performed, rest_pose(), replace(PLAIN, shift=gain)))) for gain in (1.0, 0.0)
    )
    rest = fit_head(face_of(rest_pose()))
    assert np.linalg.norm(moved.centre - rest.centre) > 0.2
    np.testing.assert_allclose(still.centre, rest.centre, atol=1e-6)


def raised(indices: lm.Indices, by: float, axis: int = 1) -> Array:
    change = np.zeros((lm.COUNT, 3))
    change[indices, axis] = by
    return change


def test_brows_and_gaze_are_apart_from_the_lids() -> None:
    brows, iris = np.concatenate(lm.BROWS), np.concatenate(lm.IRISES)
    performed = pose(change=raised(brows, -0.2) + raised(iris, 0.05, axis=0))
    _, full = driven(performed, PLAIN)
    _, no_brows = driven(performed, replace(PLAIN, brows=0.0))
    _, no_gaze = driven(performed, replace(PLAIN, gaze=0.0))
    rest = fit_head(face_of(rest_pose())).to_own(face_of(rest_pose()))
    assert np.abs(full[brows] - rest[brows]).max() > 0.1
    assert np.abs(no_brows[brows] - rest[brows]).max() < 0.03
    np.testing.assert_allclose(no_brows[iris], full[iris], atol=0.02)
    assert np.abs(no_gaze[iris, 0] - rest[iris, 0]).max() < 0.01
    np.testing.assert_allclose(no_gaze[brows], full[brows], atol=0.02)


def test_a_wink_closes_one_eye_and_with_lids_together_both_half() -> None:
    own = fit_head(face_of(rest_pose())).to_own(face_of(rest_pose()))
    winking = own.copy()
    move_lids(winking, 0, -lid_gap(own, 0))
    performed = pose(change=winking - own)
    _, apart = driven(performed, PLAIN)
    _, together = driven(performed, replace(PLAIN, lids=Lids.TOGETHER))
    open_gaps = [float(lid_gap(own, eye).mean()) for eye in (0, 1)]
    shares = np.array(
        [[float(lid_gap(face, eye).mean()) / open_gaps[eye] for eye in (0, 1)] for face in (apart, together)]
    )
    np.testing.assert_allclose(shares, np.array([[0, 1], [0.5, 0.5]]), atol=0.12)


def test_head_only_and_face_only() -> None:
    performed = pose((0, 0.3, 0), change=raised(np.concatenate(lm.BROWS), -0.2))
    rest = fit_head(face_of(rest_pose())).to_own(face_of(rest_pose()))
    turn, face = driven(performed, replace(PLAIN, parts=Parts.HEAD))
    assert abs(turn[1]) > 0.25
    np.testing.assert_allclose(face, rest, atol=0.02)
    turn, face = driven(performed, replace(PLAIN, parts=Parts.EXPRESSION))
    assert np.abs(turn).max() < 0.02
    assert np.abs(face - rest).max() > 0.1
