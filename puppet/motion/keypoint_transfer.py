"""Motion of learned keypoints across pictures: the arithmetic of the three papers, the same for every engine.

FOMM (arXiv 2003.00196, supplement A.3, eq. 13-14): points p' = (p_t − p_1)·s + p_S, jacobians J' = (J_t J_1⁻¹) J_S.
Monkey-Net (arXiv 1812.08861): means as above, covariances Σ' = Σ_t Σ_1⁻¹ Σ_S. Co-part segmentation (arXiv 2004.03234)
is absolute in the original; relative motion of its shift and affine, by FOMM's arithmetic, and of its segments is ours.

Between detection and rendering; pure functions, safe on any thread.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Controls, Floats, Keypoints, Motion

_NEAR, _EPSILON = 0.1, 1e-6  # how far neighbours reach, in shares of the picture
_SAMPLING = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_SMALLEST_VARIANCE = 1e-6  # what the original puts in place of eigenvalues that are not positive


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
    """Keypoints of the source when the performer's are `driving`.

    Args:
        source: of the portrait's picture.
        driving: of the performer now.
        neutral: of the performer at rest (the first frame in the papers); may be None only when `relative` is False.
        relative: the change since `neutral` is applied to `source`; else `driving` is taken as it is.
        relative_jacobians: with `relative`: jacobians change as points do; else they are the driving ones.
        adapt_scale: with `relative`: movement is scaled by the square root of the ratio of the points' convex hulls.
        adapt_variance: covariances change as since `neutral` (Monkey-Net); else they are the driving ones.
        clip_points: points are kept in [-1, 1] (Monkey-Net's clip_mean).

    Returns:
        The driven keypoints, with `driving`'s segmentation and depth.

    Raises:
        ValueError: `relative` without a neutral pose.
    """
    if relative and neutral is None:
        raise ValueError("relative motion needs the performer's neutral pose")
    points, jacobians, covariances = driving.points, driving.jacobians, driving.covariances
    if relative and neutral is not None:
        scale = movement_scale(source.points, neutral.points) if adapt_scale else 1.0
        points = ((points - neutral.points) * scale + source.points).astype(np.float32)
        if relative_jacobians and jacobians is not None:
            jacobians = _changed(jacobians, neutral.jacobians, source.jacobians)
    if adapt_variance and neutral is not None and covariances is not None:
        covariances = _made_positive(_changed(covariances, neutral.covariances, source.covariances))
    if clip_points:
        points = np.clip(points, -1, 1)
    return replace(driving, points=points, jacobians=jacobians, covariances=covariances)


def movement_scale(source: Floats, neutral: Floats) -> float:
    """How much larger movements are in the source: by the square roots of the convex hulls' areas of points (K, 2).

    1 where a hull has no area (fewer than three points, or all in a line): there is nothing to compare.
    """
    areas = [_hull_area(points) for points in (source, neutral)]
    return float(np.sqrt(areas[0] / areas[1])) if min(areas) > 1e-12 else 1.0


def best_neutral(source: Keypoints, candidates: list[Keypoints]) -> int:
    """Index of the pose most like the source's once both are centred and scaled by their hulls: "the best frame"."""

    def shape(keypoints: Keypoints) -> Floats:
        centred: Floats = keypoints.points - keypoints.points.mean(0)
        centred /= np.float32(max(_hull_area(keypoints.points) ** 0.5, 1e-6))
        return centred

    target = shape(source)
    return int(np.argmin([float(((shape(candidate) - target) ** 2).sum()) for candidate in candidates]))


def drive(source: Keypoints, driving: Keypoints, neutral: Keypoints | None, controls: Controls) -> Keypoints:
    """`transfer` for a performance: see follow.Transfer. Controls.strength is the gain of the points' movement.

    Covariances are Monkey-Net's: with them motion is adapted and clipped as that paper does. Where the segments of the
    moved source lie nobody has detected when motion is relative, so the source's own are `carried` there.
    """
    relative = controls.motion is Motion.RELATIVE
    monkey = driving.covariances is not None
    moved = transfer(source, driving, neutral, relative, True, relative, relative and monkey, monkey)
    if controls.strength != 1:
        points = source.points + np.float32(controls.strength) * (moved.points - source.points)
        moved = replace(moved, points=points)
    if source.segmentation is None or (driving.segmentation is not None and not relative):
        return moved
    return replace(moved, segmentation=carried(source, moved))


def carried(source: Keypoints, moved: Keypoints) -> Floats:
    """Where the source's segments lie once each has followed its motion to `moved`.

    Segment k shows at z what the source has at A_S A⁻¹ (z − p) + p_S, eq. 3 of co-part segmentation; the rest is
    background, but not where the source's own picture has segments: it would be seen twice. What segments leave open
    there, their neighbours take. Unmoved keypoints give back the source's own segmentation.

    Args:
        source: with its segmentation.
        moved: the same keypoints elsewhere.

    Returns:
        (K + 1, h, w) float32, at least 0, summing to 1, the background first.
    """
    assert source.segmentation is not None
    height, width = source.segmentation.shape[1:]
    ways = _ways_back(source, moved, (height, width))
    covered = np.stack(
        [
            cv2.warpAffine(own, way, (width, height), flags=_SAMPLING)
            for own, way in zip(source.segmentation[1:], ways, strict=True)
        ]
    )
    open_still = np.clip(1 - source.segmentation[0] - covered.sum(0), 0, None)
    near = np.stack([cv2.GaussianBlur(own, (0, 0), _NEAR * width) for own in covered]) + _EPSILON
    covered += open_still * near / near.sum(0)
    total = covered.sum(0)
    shares = np.concatenate([np.clip(1 - total, 0, None)[None], covered])
    return np.asarray(shares / np.maximum(total, 1), np.float32)


def _ways_back(source: Keypoints, moved: Keypoints, shape: tuple[int, int]) -> NDArray[np.float64]:
    """(K, 2, 3): for each segment, pixels of where it was moved to those of where it was, in maps of `shape`."""
    back = np.broadcast_to(np.eye(2), (len(source.points), 2, 2))
    if source.jacobians is not None and moved.jacobians is not None:
        back = source.jacobians @ np.linalg.pinv(moved.jacobians.astype(np.float64))
    half = (np.array(shape[::-1]) - 1) / 2  # pixels of one normalised unit, and the middle
    linear = half[:, None] * back / half
    shift = half * (source.points + 1) - np.einsum("kij,kj->ki", linear, half * (moved.points + 1))
    return np.concatenate([linear, shift[..., None]], -1)


def _changed(now: Floats, before: Floats | None, source: Floats | None) -> Floats:
    """(now · before⁻¹) · source, matrix by matrix (K, 2, 2)."""
    if before is None or source is None:
        raise ValueError("neutral and source must come from the same model as driving")
    # The pseudo-inverse is the inverse where there is one; a flat matrix of an odd model must not stop a performance.
    change = now.astype(np.float64) @ np.linalg.pinv(before.astype(np.float64))
    return np.asarray(change @ source, np.float32)


def _made_positive(matrices: Floats) -> Floats:
    """Symmetric matrices with positive eigenvalues nearest to what the product of three gave."""
    symmetric = (matrices + matrices.transpose(0, 2, 1)).astype(np.float64) / 2
    values, vectors = np.linalg.eigh(symmetric)
    values = np.where(values <= 0, _SMALLEST_VARIANCE, values)
    return np.asarray(vectors * values[:, None, :] @ vectors.transpose(0, 2, 1), np.float32)


def _hull_area(points: Floats) -> float:
    if len(points) < 3:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(np.ascontiguousarray(points, np.float32))))
