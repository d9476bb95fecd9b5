"""Face detection with MediaPipe's two networks: boxes and eyes of all faces in a picture.

The networks are single-shot detectors (Bazarevsky et al. 2019, BlazeFace): each cell of a grid proposes boxes around
its own centre, and proposals that overlap are averaged by their scores. An object may be used by one thread at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from puppet.domain import Floats, Picture
from puppet.geometry.crop import CropBox
from puppet.tracking.networks.catalogue import SOURCES, Network
from puppet.tracking.networks.opening import open_network
from puppet.tracking.regions import Region, region_of

MIN_SCORE = 0.5
_MAX_OVERLAP = 0.3  # of two boxes of different faces: intersection over union
_GRIDS = {Network.NEAR: ((16, 2), (8, 6)), Network.FAR: ((48, 1),)}
"""Cells along each side, and boxes of one cell, in the order of a network's output."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A detected face.

    Attributes:
        box: square as wide as the face, in pixels.
        region: where to look for its landmarks.
        score: in [0, 1].
    """

    box: CropBox
    region: Region
    score: float


class FaceDetector:
    """One of the two detectors."""

    def __init__(self, *, far: bool) -> None:
        """Choose the network, which is opened at its first use: most videos begin with a face that is near.

        Args:
            far: for faces of about a tenth of the picture or less; four times slower.
        """
        self._network = Network.FAR if far else Network.NEAR
        self._side = SOURCES[self._network].side
        self._centres = _centres(self._network)

    def detect(self, image: Picture) -> list[Detection]:
        """Return the faces in a picture, the most confident first. Raises TrackingError: the network is missing."""
        square, longest, (left, top) = _letterbox(image, self._side)
        found = open_network(self._network).run({"image": square})
        likely = found["scores"] >= MIN_SCORE
        offsets = found["boxes"][likely].reshape(-1, 8, 2) / self._side
        size = offsets[:, 1].copy()
        offsets[:, 1] = 0
        points = offsets + self._centres[likely][:, None]  # centre, (unused), eyes and other points of the face
        proposals = np.concatenate(
            [points[:, :1] - size[:, None] / 2, points[:, :1] + size[:, None] / 2, points[:, 2:4]], 1
        )
        merged = _merge(proposals, found["scores"][likely])
        return [
            _detection(points * longest - (left, top) - 0.5, score)
            for points, score in merged
            if (points[1] > points[0]).all()
        ]


def _letterbox(image: Picture, side: int) -> tuple[Picture, int, tuple[float, float]]:
    """Put the picture into the middle of a black square.

    Returns:
        The square's pixels; its side, and the margins left and above, in pixels of the picture.
    """
    height, width = image.shape[:2]
    longest = max(height, width)
    size = (max(round(width * side / longest), 1), max(round(height * side / longest), 1))
    reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA if longest > side else cv2.INTER_LINEAR)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    square = np.zeros((side, side, 3), np.uint8)
    square[top : top + size[1], left : left + size[0]] = reduced
    return square, longest, (left * longest / side, top * longest / side)


def _centres(network: Network) -> Floats:
    """Return the centres (n, 2) of a network's proposals, in [0, 1]."""
    found = []
    for cells, boxes in _GRIDS[network]:
        rows, columns = np.indices((cells, cells))
        centres = (np.stack([columns, rows], -1).reshape(-1, 2) + 0.5) / cells
        found.append(np.repeat(centres, boxes, axis=0))
    return np.concatenate(found).astype(np.float32)


def _merge(proposals: Floats, scores: Floats) -> list[tuple[Floats, float]]:
    """Return one proposal for each face, the mean of those that overlap with its best, weighted by score."""
    order = np.argsort(-scores, kind="stable")
    proposals, scores = proposals[order], scores[order]
    merged = []
    while len(scores):
        same = _overlaps(proposals[0], proposals) > _MAX_OVERLAP
        same[0] = True  # a box without an area overlaps with nothing
        merged.append((np.average(proposals[same], axis=0, weights=scores[same]), float(scores[0])))
        proposals, scores = proposals[~same], scores[~same]
    return merged


def _overlaps(one: Floats, several: Floats) -> Floats:
    """Return the intersection over union of one box with several, (4, 2) each, top left and bottom right first."""
    shared = np.minimum(one[1], several[:, 1]) - np.maximum(one[0], several[:, 0])
    intersection = np.prod(np.maximum(shared, 0), axis=1)
    areas = np.prod(several[:, 1] - several[:, 0], axis=1)
    return np.asarray(intersection / np.maximum(areas + np.prod(one[1] - one[0]) - intersection, 1e-12), np.float32)


def _detection(points: Floats, score: float) -> Detection:
    """`points`: (4, 2) in pixels: top left, bottom right, one eye, the other eye."""
    low, high, *eyes = points
    (x, y), width = (low + high) / 2, high[0] - low[0]
    return Detection(CropBox(float(x), float(y), float(width)), region_of(low, high, *eyes), score)
