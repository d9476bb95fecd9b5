"""Where the parts of a swap lie: the model's segments, landmarks' outlines, or a selfie segmentation.

Between detection and `Engine.swap`, on the puppet thread. MediaPipe is loaded when a mask first asks for it, which
takes a second once; segments never do.
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
from puppet.geometry.face_mesh import LOWER_OUTER, OVAL, UPPER_OUTER
from puppet.tracking.mediapipe_networks import FaceMesh, SelfieSegmentation

_SETTLING_PASSES = 5  # the first landmarks come from a rough detection, the next from landmarks
_MOST_STILLS = 16
_SUBPIXEL_BITS = 4
_SOFTNESS = 0.01  # of the square's side: the standard deviation of an outline's edge
_FOREHEAD = 10
_JAW: lm.Indices = OVAL[8:29]  # from the left ear to the right one


def checked_swap(swap: PartSwap, segments: int, sources: int = 1) -> PartSwap:
    """The swap with a list of segments for each source, or why a pack cannot do it.

    Args:
        swap: what is asked for; one list with as many segments as there are sources gives each source one of them.
        segments: how many the pack has; 0: it cannot swap.
        sources: how many pictures give parts.

    Raises:
        ConfigError: no segments in the pack or in the swap, unknown ones, or other numbers of lists than of sources.
    """
    if not segments:
        raise ConfigError("this pack has no segments to swap: part swap takes --pack parts, or one like it.")
    if swap.mask is not MaskFrom.SEGMENTS:
        if sources > 1:
            raise ConfigError(f"--mask {swap.mask.value} outlines one part: give one source.")
        return swap
    if sources > 1 and not swap.others and len(swap.segments) == sources:
        swap = replace(swap, segments=swap.segments[:1], others=tuple((number,) for number in swap.segments[1:]))
    for given in (swap.segments, *swap.others):
        unknown = sorted({number for number in given if not 1 <= number <= segments})
        if unknown or not given:
            found = " " + ", ".join(map(str, unknown)) if unknown else " is missing"
            known = ", ".join(map(str, range(1, segments + 1)))
            raise ConfigError(f"--segments{found}: this pack's segments are {known}.")
    if len(swap.others) != sources - 1:
        raise ConfigError(f"--segments: given {1 + len(swap.others)} times for {sources} sources; give it for each.")
    return swap


def segment_mask(segmentation: Floats, segments: Sequence[int]) -> Floats:
    """(h, w) in [0, 1]: the share of chosen segments, counted from 1, in a segmentation (K + 1, h, w)."""
    return np.asarray(segmentation[list(segments)].sum(0), np.float32)


def outline_mask(points: Floats, kind: MaskFrom, size: int) -> Floats:
    """A part of a face as its landmarks outline it.

    Args:
        points: (478, 2 or 3) in pixels of the square.
        kind: LIPS, EYES, BROWS or SKIN (the face without the three).
        size: the square's side.

    Returns:
        (size, size) float32 in [0, 1], with a soft edge.
    """
    mask = _filled(points, _OUTLINES[kind], size)
    if kind is MaskFrom.SKIN:
        holes = [rows for part in (MaskFrom.LIPS, MaskFrom.EYES, MaskFrom.BROWS) for rows in _OUTLINES[part]]
        mask = np.clip(mask - _filled(points, holes, size), 0, 1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), _SOFTNESS * size), np.float32)


def head_mask(silhouette: Floats, points: Floats, kind: MaskFrom) -> Floats:
    """HEAD: the silhouette (size, size) down to the jaw, without the neck; HAIR: that without the face's oval."""
    size = silhouette.shape[0]
    jaw = points[_JAW, :2]
    left, right, lip = jaw[0], jaw[-1], points[LOWER_OUTER[5], :2]
    down = lip - points[_FOREHEAD, :2]

    def beside_lip(point: Floats) -> Floats:
        return np.asarray(point + (lip - point) @ down / max(float(down @ down), 1e-6) * down, np.float32)

    # Beside the jaw hair hangs down to the lips' level, lower there are collars; below the jaw is the neck.
    outwards = left - right
    level = [beside_lip(right), beside_lip(right) - outwards, beside_lip(left) + outwards, beside_lip(left)]
    above = [level[1] - 4 * down, level[2] - 4 * down]
    head = silhouette * _polygons([np.array([*jaw, *level[:2], *above, *level[2:]])], size)
    if kind is MaskFrom.HAIR:
        head = np.clip(head - _filled(points, [OVAL], size), 0, 1)
    return np.asarray(cv2.GaussianBlur(head, (0, 0), _SOFTNESS * size), np.float32)


class PartMasks:
    """Makes the mask of a swap for the squares of one video, and for the stills that give parts."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._mesh: FaceMesh | None = None
        self._silhouettes: SelfieSegmentation | None = None
        self._stills: OrderedDict[tuple[int, MaskFrom], tuple[Picture, Floats]] = OrderedDict()

    def of(self, swap: PartSwap, segments: Sequence[int], face: Picture, keypoints: Keypoints) -> Floats:
        """(h, w) float32 in [0, 1]: the part in the video's next square; nothing where no face is seen.

        Args:
            swap: which kind of mask, and whether it is hard.
            segments: of the model, counted from 1, for MaskFrom.SEGMENTS.
            face: (size, size, 3): the square.
            keypoints: what the engine detected in it.
        """
        if swap.mask is MaskFrom.SEGMENTS:
            return _hardened(_of_segments(keypoints, segments), swap.hard)
        self._mesh = self._mesh or FaceMesh()
        return _hardened(self._outlined(swap.mask, face, self._mesh.first(face)), swap.hard)

    def of_still(self, swap: PartSwap, segments: Sequence[int], face: Picture, keypoints: Keypoints) -> Floats:
        """The same for a portrait's square, measured carefully and remembered."""
        if swap.mask is MaskFrom.SEGMENTS:
            return _hardened(_of_segments(keypoints, segments), swap.hard)
        key = (id(face), swap.mask)
        if key not in self._stills:
            self._stills[key] = (
                face,
                self._outlined(swap.mask, face, _settled(face)),
            )  # keeps the picture: its id is its
            if len(self._stills) > _MOST_STILLS:
                self._stills.popitem(last=False)
        return _hardened(self._stills[key][1], swap.hard)

    def close(self) -> None:
        """Release what was loaded."""
        for network in (self._mesh, self._silhouettes):
            if network is not None:
                network.close()
        self._mesh = self._silhouettes = None

    def _outlined(self, kind: MaskFrom, face: Picture, points: Floats | None) -> Floats:
        if points is None:
            return np.zeros(face.shape[:2], np.float32)
        if kind in _OUTLINES:
            return outline_mask(points, kind, face.shape[0])
        self._silhouettes = self._silhouettes or SelfieSegmentation()
        return head_mask(self._silhouettes.of(face), points, kind)


def _of_segments(keypoints: Keypoints, segments: Sequence[int]) -> Floats:
    if keypoints.segmentation is None:
        raise ConfigError("this pack detects no segments; choose another --mask.")
    return segment_mask(keypoints.segmentation, segments)


def _hardened(mask: Floats, hard: bool) -> Floats:
    return (mask > 0.5).astype(np.float32) if hard else mask


def _settled(face: Picture) -> Floats | None:
    """Landmarks of a still as they would be in a video."""
    mesh = FaceMesh()
    try:
        found = None
        for _ in range(_SETTLING_PASSES):
            found = mesh.first(face)
        return found
    finally:
        mesh.close()


def _filled(points: Floats, outlines: Sequence[lm.Indices], size: int) -> Floats:
    return _polygons([points[rows, :2] for rows in outlines], size)


def _polygons(corners: Sequence[Floats], size: int) -> Floats:
    """1 inside any of the polygons (n, 2) in pixels, else 0, with anti-aliased edges."""
    mask = np.zeros((size, size), np.uint8)
    for polygon in corners:
        fixed = np.round(polygon * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return mask.astype(np.float32) / np.float32(255)


_OUTLINES: dict[MaskFrom, list[lm.Indices]] = {
    MaskFrom.LIPS: [np.concatenate([UPPER_OUTER, LOWER_OUTER[-2:0:-1]])],
    MaskFrom.EYES: [
        np.array([outer, *upper[1], inner, *lower[1][::-1]])
        for (outer, inner), upper, lower in zip(lm.EYE_CORNERS, lm.UPPER_LIDS, lm.LOWER_LIDS, strict=True)
    ],
    MaskFrom.BROWS: [np.concatenate([brow[:5], brow[:4:-1]]) for brow in lm.BROWS],
    MaskFrom.SKIN: [OVAL],
}
