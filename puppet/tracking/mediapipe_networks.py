"""MediaPipe's networks in Puppet's runtimes: landmarks of one face, a person's silhouette.

All coordinates are pixels; nothing uses the internet. An object belongs to one thread at a time; the networks behind
are opened once and shared.
"""

from __future__ import annotations

import cv2
import numpy as np

from puppet.domain import Floats, Picture
from puppet.tracking.detection import FaceDetector
from puppet.tracking.networks.catalogue import MESH_SIDE, SOURCES, Network
from puppet.tracking.networks.opening import open_network
from puppet.tracking.regions import Region, region_of_landmarks, sample

_MIN_PRESENCE = 0.5
_SETTLING_PASSES = 5  # the first landmarks come from a coarse detection, the next ones from landmarks


class FaceMesh:
    """The refined face mesh; follows one face from picture to picture."""

    def __init__(self) -> None:
        """Open the networks. Raises TrackingError: one is missing or cannot be run."""
        self._mesh = open_network(Network.MESH)
        self._detector = FaceDetector(far=False)
        self._region: Region | None = None

    def detect(self, image: Picture) -> Floats | None:
        """Return landmarks of the followed face, or of the one detected first; None without a face.

        Returns:
            (478, 3) float32 in pixels of the image, z in the unit of x.
        """
        region = self._region
        if region is None:
            found = self._detector.detect(image)
            region = found[0].region if found else None
        return None if region is None else self._look(image, region)

    def detect_settled(self, image: Picture, start: Region | None = None) -> Floats | None:
        """Return landmarks as precise as after some frames of a video; `start`: where the face was detected."""
        found = self.detect(image) if start is None else self._look(image, start)
        for _ in range(_SETTLING_PASSES - 1):
            found = self.detect(image) if found is not None else None
        return found

    def restart(self) -> None:
        """Forget the followed face."""
        self._region = None

    def close(self) -> None:
        """Forget the followed face; the networks stay open for others."""
        self.restart()

    def _look(self, image: Picture, region: Region) -> Floats | None:
        pixels, to_picture = sample(image, region, MESH_SIDE)
        found = self._mesh.run({"image": pixels})
        points = found["landmarks"]
        self._region = None
        if float(found["presence"]) < _MIN_PRESENCE or not np.isfinite(points).all():
            return None
        flat = points[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        landmarks = np.column_stack([flat, points[:, 2] * (region.side / MESH_SIDE)]).astype(np.float32)
        self._region = region_of_landmarks(landmarks)
        return landmarks


def settled_landmarks(image: Picture) -> Floats | None:
    """Return landmarks (478, 3) of the face in a still, as precise as in a video; None without a face."""
    return FaceMesh().detect_settled(image)


class SelfieSegmentation:
    """MediaPipe's segmentation of a person from the background."""

    def __init__(self) -> None:
        """Open the network. Raises TrackingError: it is missing or cannot be run."""
        self._graph = open_network(Network.PERSON)
        self._side = SOURCES[Network.PERSON].side

    def segment(self, image: Picture) -> Floats:
        """Return (H, W) float32 in [0, 1]: 1 on the person, 0 on the background."""
        height, width = image.shape[:2]
        square = cv2.resize(image, (self._side, self._side), interpolation=cv2.INTER_LINEAR)
        silhouette = self._graph.run({"image": square.astype(np.uint8, copy=False)})["silhouette"]
        return np.asarray(cv2.resize(silhouette, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    def close(self) -> None:
        """Do nothing: the network stays open for others."""
