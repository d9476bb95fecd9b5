"""Masks of a part swap: from the model's segments, outlines of landmarks, or selfie segmentation.

Between detection and `Engine.swap`, on the puppet thread. The networks are opened for the first mask that needs
them, which may take a second; segments need none.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from puppet.domain import Floats, Keypoints, MaskFrom, PartSwap, Picture
from puppet.errors import ConfigError
from puppet.geometry import landmarks as lm
from puppet.geometry.face_mesh import LOWER_OUTER, OUTER_LIPS, OVAL
from puppet.tracking.mediapipe_networks import FaceMesh, SelfieSegmentation, settled_landmarks

_MOST_STILLS = 16
_SUBPIXEL_BITS = 4
_SOFTNESS = 0.01  # standard deviation of the edge's blur, as a share of the square's side
_JAW: lm.Indices = OVAL[8:29]  # from the left ear to the right one


def checked_swap(swap: PartSwap, segments: int, sources: int = 1) -> PartSwap:
    """Return the swap with one list of segments for each source.

    Args:
        swap: the swap as given; one list with as many segments as there are sources is distributed over the sources.
        segments: number of the pack's segments; 0: it cannot swap.
        sources: number of source pictures.

    Raises:
        ConfigError: the pack or the swap has no segments, a segment is unknown, or the number of lists is wrong.
    """
    if not segments:
        raise ConfigError("The pack has no segments to swap; use --pack parts or another co-part segmentation pack")
    if swap.mask is not MaskFrom.SEGMENTS:
        if sources > 1:
            raise ConfigError(f"--mask {swap.mask.value} outlines one part; give one source")
        return swap
    if sources > 1 and not swap.others and len(swap.segments) == sources:
        swap = replace(swap, segments=swap.segments[:1], others=tuple((number,) for number in swap.segments[1:]))
    for given in (swap.segments, *swap.others):
        unknown = sorted({number for number in given if not 1 <= number <= segments})
        if unknown or not given:
            found = " " + ", ".join(map(str, unknown)) if unknown else " is missing"
            known = ", ".join(map(str, range(1, segments + 1)))
            raise ConfigError(f"--segments{found}: this pack's segments are {known}")
    if len(swap.others) != sources - 1:
        raise ConfigError(f"--segments: given {1 + len(swap.others)} times for {sources} sources; give it for each")
    return swap


def segment_mask(segmentation: Floats, segments: Sequence[int]) -> Floats:
    """Return (h, w) in [0, 1]: the sum of segments, numbered from 1, of a segmentation (K + 1, h, w)."""
    return np.asarray(segmentation[list(segments)].sum(0), np.float32)


def outline_mask(points: Floats, kind: MaskFrom, size: int) -> Floats:
    """Return the mask of a part of the face, from the outlines of its landmarks.

    Args:
        points: landmarks (478, 2 or 3) in pixels of the square.
        kind: LIPS, EYES, BROWS or SKIN (the face without the three).
        size: side of the square in pixels.

    Returns:
        (size, size) float32 in [0, 1], with a soft edge.
    """
    mask = _fill_outlines(points, _OUTLINES[kind], size)
    if kind is MaskFrom.SKIN:
        holes = [rows for part in (MaskFrom.LIPS, MaskFrom.EYES, MaskFrom.BROWS) for rows in _OUTLINES[part]]
        mask = np.clip(mask - _fill_outlines(points, holes, size), 0, 1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), _SOFTNESS * size), np.float32)


def head_mask(silhouette: Floats, points: Floats, kind: MaskFrom) -> Floats:
    """Return the mask of HEAD, the silhouette (size, size) down to the jaw, or of HAIR, the head without the face."""
    size = silhouette.shape[0]
    jaw = points[_JAW, :2]
    left, right, lip = jaw[0], jaw[-1], points[LOWER_OUTER[5], :2]
    down = lip - points[lm.FOREHEAD, :2]

    def at_lip_level(point: Floats) -> Floats:
        return np.asarray(point + (lip - point) @ down / max(float(down @ down), 1e-6) * down, np.float32)

    # Beside the jaw, hair counts down to the level of the lips; collars are below. The neck is below the jaw.
    outwards = left - right
    level = [at_lip_level(right), at_lip_level(right) - outwards, at_lip_level(left) + outwards, at_lip_level(left)]
    above = [level[1] - 4 * down, level[2] - 4 * down]
    head = silhouette * _fill_polygons([np.array([*jaw, *level[:2], *above, *level[2:]])], size)
    if kind is MaskFrom.HAIR:
        head = np.clip(head - _fill_outlines(points, [OVAL], size), 0, 1)
    return np.asarray(cv2.GaussianBlur(head, (0, 0), _SOFTNESS * size), np.float32)


class PartMasks:
    """Computes masks for the performer's squares, frame by frame, and for portraits."""

    def __init__(self) -> None:
        self._mesh: FaceMesh | None = None
        self._silhouettes: SelfieSegmentation | None = None
        self._stills: OrderedDict[tuple[int, MaskFrom], tuple[Picture, Floats]] = OrderedDict()

    def of(self, swap: PartSwap, segments: Sequence[int], face: Picture, keypoints: Keypoints) -> Floats:
        """Return the mask for the square of the next frame, (h, w) float32 in [0, 1]; all 0 without a face.

        Args:
            swap: origin of the mask, soft or hard.
            segments: numbers of the model's segments, from 1, for MaskFrom.SEGMENTS.
            face: (size, size, 3): the square.
            keypoints: keypoints that the engine detected in the square.

        Raises:
            ConfigError: MaskFrom.SEGMENTS without a segmentation.
        """
        if swap.mask is MaskFrom.SEGMENTS:
            return _harden(_from_segments(keypoints, segments), swap.hard)
        self._mesh = self._mesh or FaceMesh()
        return _harden(self._from_landmarks(swap.mask, face, self._mesh.detect(face)), swap.hard)

    def of_still(self, swap: PartSwap, segments: Sequence[int], face: Picture, keypoints: Keypoints) -> Floats:
        """Return the mask for a portrait's square, with more precise landmarks; cached. See `of`."""
        if swap.mask is MaskFrom.SEGMENTS:
            return _harden(_from_segments(keypoints, segments), swap.hard)
        key = (id(face), swap.mask)
        if key not in self._stills:
            # The cache holds the picture too, so that its id stays unique.
            self._stills[key] = face, self._from_landmarks(swap.mask, face, settled_landmarks(face))
            if len(self._stills) > _MOST_STILLS:
                self._stills.popitem(last=False)
        return _harden(self._stills[key][1], swap.hard)

    def close(self) -> None:
        """Release the networks."""
        for network in (self._mesh, self._silhouettes):
            if network is not None:
                network.close()
        self._mesh = self._silhouettes = None

    def _from_landmarks(self, kind: MaskFrom, face: Picture, points: Floats | None) -> Floats:
        if points is None:
            return np.zeros(face.shape[:2], np.float32)
        if kind in _OUTLINES:
            return outline_mask(points, kind, face.shape[0])
        self._silhouettes = self._silhouettes or SelfieSegmentation()
        return head_mask(self._silhouettes.segment(face), points, kind)


def _from_segments(keypoints: Keypoints, segments: Sequence[int]) -> Floats:
    if keypoints.segmentation is None:
        raise ConfigError("The pack detects no segments; choose another --mask")
    return segment_mask(keypoints.segmentation, segments)


def _harden(mask: Floats, hard: bool) -> Floats:
    return (mask > 0.5).astype(np.float32) if hard else mask


def _fill_outlines(points: Floats, outlines: Sequence[lm.Indices], size: int) -> Floats:
    return _fill_polygons([points[outline, :2] for outline in outlines], size)


def _fill_polygons(polygons: Sequence[Floats], size: int) -> Floats:
    """Return 1 inside any of the polygons (n, 2) in pixels, else 0, with anti-aliased edges."""
    mask = np.zeros((size, size), np.uint8)
    for polygon in polygons:
        fixed = np.round(polygon * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return mask.astype(np.float32) / np.float32(255)


_OUTLINES: dict[MaskFrom, list[lm.Indices]] = {
    MaskFrom.LIPS: [OUTER_LIPS],
    MaskFrom.EYES: [
        np.array([outer, *upper[1], inner, *lower[1][::-1]])
        for (outer, inner), upper, lower in zip(lm.EYE_CORNERS, lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True)
    ],
    MaskFrom.BROWS: [np.concatenate([brow[:5], brow[:4:-1]]) for brow in lm.BROWS],
    MaskFrom.SKIN: [OVAL],
}
