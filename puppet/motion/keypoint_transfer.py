"""Motion transfer for learned keypoints: the arithmetic of the three papers, independent of the engine.

FOMM (arXiv 2003.00196, supplement A.3, eq. 13-14): points p' = (p_t − p_1)·s + p_S, jacobians J' = (J_t J_1⁻¹) J_S.
Monkey-Net (arXiv 1812.08861): means as above, covariances Σ' = Σ_t Σ_1⁻¹ Σ_S. Co-part segmentation (arXiv 2004.03234)
is absolute in the original; Puppet adds relative motion of its shift and affine, by FOMM's arithmetic, and of its
segments.

Between detection and rendering; pure functions, safe on any thread.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Controls, Floats, Keypoints, Motion

_NEIGHBOURHOOD = 0.1  # blur of the segments that fill a gap, as a share of the picture
_EPSILON = 1e-6
_SAMPLING = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_SMALLEST_VARIANCE = 1e-6  # replaces eigenvalues that are not positive, as in the original


def transfer(
    source: Keypoints,
    driving: Keypoints,
    neutral: Keypoints | None,
    relative: bool = True,
    relative_jacobians: bool = True,
    adapt_scale: bool = True,
    adapt_variance: bool = False,
    clip_points: bool = False,
) -> Keypoints:
    """Return the source's keypoints moved by the driving ones.

    Args:
        source: keypoints of the source picture.
        driving: keypoints of the driving frame.
        neutral: keypoints of the neutral driving frame (the first one in the papers); None only without `relative`.
        relative: apply the change from `neutral` to `driving` to `source`; else use `driving` as it is.
        relative_jacobians: with `relative`: apply the change of the jacobians; else use the driving ones.
        adapt_scale: with `relative`: scale movement by the square root of the ratio of the points' convex hulls.
        adapt_variance: apply the change of the covariances (Monkey-Net); else use the driving ones.
        clip_points: clip points to [-1, 1] (Monkey-Net's clip_mean).

    Returns:
        The driven keypoints, with `driving`'s segmentation and depth.

    Raises:
        ValueError: `relative` without a neutral pose, or keypoints of different models.
    """
    if relative and neutral is None:
        raise ValueError("Relative motion needs the performer's neutral pose")
    points, jacobians, covariances = driving.points, driving.jacobians, driving.covariances
    if relative and neutral is not None:
        scale = movement_scale(source.points, neutral.points) if adapt_scale else 1.0
        points = ((points - neutral.points) * scale + source.points).astype(np.float32)
        if relative_jacobians and jacobians is not None:
            jacobians = _apply_change(jacobians, neutral.jacobians, source.jacobians)
    if adapt_variance and neutral is not None and covariances is not None:
        covariances = _positive_definite(_apply_change(covariances, neutral.covariances, source.covariances))
    if clip_points:
        points = np.clip(points, -1, 1)
    return replace(driving, points=points, jacobians=jacobians, covariances=covariances)


def movement_scale(source: Floats, neutral: Floats) -> float:
    """Return the ratio of sizes of two poses (K, 2): the square root of the ratio of their convex hulls' areas.

    1 when a hull has no area: fewer than three points, or all on a line.
    """
    areas = [_hull_area(points) for points in (source, neutral)]
    return float(np.sqrt(areas[0] / areas[1])) if min(areas) > 1e-12 else 1.0


def drive(
    source: Keypoints,
    driving: Keypoints,
    neutral: Keypoints | None,
    controls: Controls,
    shown: object = None,
) -> Keypoints:
    """Return `transfer` with the options of a performance; a `follower.Transfer` that knows no head, so no `shown`.

    `Controls.strength` is the gain of the points' movement. Keypoints with covariances are Monkey-Net's: they are
    adapted and clipped as in that paper. Relative motion moves the source's own segmentation along.
    """
    relative = controls.motion is Motion.RELATIVE
    monkey = driving.covariances is not None
    moved = transfer(source, driving, neutral, relative, True, relative, relative and monkey, monkey)
    if controls.strength != 1:
        points = source.points + np.float32(controls.strength) * (moved.points - source.points)
        moved = replace(moved, points=points)
    if source.segmentation is None or (driving.segmentation is not None and not relative):
        return moved
    return replace(moved, segmentation=move_segmentation(source, moved))


def move_segmentation(source: Keypoints, moved: Keypoints) -> Floats:
    """Return the source's segmentation after each segment has followed its keypoint to `moved`.

    Segment k shows at z the source's value at A_S A⁻¹ (z − p) + p_S, eq. 3 of co-part segmentation; the rest is
    background, except where the source's own picture has segments, which would be seen twice: neighbouring segments
    fill these gaps. Unmoved keypoints return the source's own segmentation.

    Args:
        source: keypoints with a segmentation.
        moved: the same keypoints after motion transfer.

    Returns:
        (K + 1, h, w) float32, at least 0, summing to 1, the background first.
    """
    assert source.segmentation is not None
    height, width = source.segmentation.shape[1:]
    affines = _backward_affines(source, moved, (height, width))
    covered = np.stack(
        [
            cv2.warpAffine(segment, affine, (width, height), flags=_SAMPLING)
            for segment, affine in zip(source.segmentation[1:], affines, strict=True)
        ]
    )
    gaps = np.clip(1 - source.segmentation[0] - covered.sum(0), 0, None)
    near = np.stack([cv2.GaussianBlur(segment, (0, 0), _NEIGHBOURHOOD * width) for segment in covered]) + _EPSILON
    covered += gaps * near / near.sum(0)
    total = covered.sum(0)
    shares = np.concatenate([np.clip(1 - total, 0, None)[None], covered])
    return np.asarray(shares / np.maximum(total, 1), np.float32)


def _backward_affines(source: Keypoints, moved: Keypoints, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return (K, 2, 3): the affine of each segment from moved to source pixels, in maps of `shape`."""
    back = np.broadcast_to(np.eye(2), (len(source.points), 2, 2))
    if source.jacobians is not None and moved.jacobians is not None:
        back = source.jacobians @ np.linalg.pinv(moved.jacobians.astype(np.float64))
    half = (np.array(shape[::-1]) - 1) / 2  # pixels per normalised unit, and the centre
    linear = half[:, None] * back / half
    shift = half * (source.points + 1) - np.einsum("kij,kj->ki", linear, half * (moved.points + 1))
    return np.concatenate([linear, shift[..., None]], -1)


def _apply_change(now: Floats, before: Floats | None, source: Floats | None) -> Floats:
    """Return (now · before⁻¹) · source, matrix by matrix (K, 2, 2)."""
    if before is None or source is None:
        raise ValueError("Neutral and source keypoints must come from the same model as the driving ones")
    # The pseudo-inverse also accepts a singular matrix, which must not stop a performance.
    change = now.astype(np.float64) @ np.linalg.pinv(before.astype(np.float64))
    return np.asarray(change @ source, np.float32)


def _positive_definite(matrices: Floats) -> Floats:
    """Return the nearest symmetric matrices (K, 2, 2) with positive eigenvalues."""
    symmetric = (matrices + matrices.transpose(0, 2, 1)).astype(np.float64) / 2
    values, vectors = np.linalg.eigh(symmetric)
    values = np.where(values <= 0, _SMALLEST_VARIANCE, values)
    return np.asarray(vectors * values[:, None, :] @ vectors.transpose(0, 2, 1), np.float32)


def _hull_area(points: Floats) -> float:
    if len(points) < 3:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(np.ascontiguousarray(points, np.float32))))
