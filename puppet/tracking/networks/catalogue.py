"""The networks that Puppet takes from MediaPipe: what each computes, and the file that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

MESH_SIDE = 192
"""Side of the face mesh's input in pixels."""


@dataclass(frozen=True, slots=True)
class Source:
    """A network in MediaPipe's wheel.

    Attributes:
        path: under `mediapipe/modules`.
        sha256: checksum of the file, in hexadecimal.
        side: side of its input in pixels.
        darkest, brightest: values of black and white at its input.
    """

    path: str
    sha256: str
    side: int
    darkest: float = 0.0
    brightest: float = 1.0


class Network(Enum):
    """The networks that Puppet uses; the value is the name of the graph."""

    NEAR = "near"
    """Face detector for faces within two metres: `boxes` (896, 16), `scores` (896,)."""
    FAR = "far"
    """Face detector for smaller faces: `boxes` (2304, 16), `scores` (2304,)."""
    MESH = "mesh"
    """Face mesh with attention: `landmarks` (478, 3) in pixels of its input, `presence` () in [0, 1]."""
    PERSON = "person"
    """Segmentation of people: `silhouette` (256, 256) in [0, 1]."""


SOURCES: Mapping[Network, Source] = {
    Network.NEAR: Source(
        "face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        128,
        darkest=-1.0,
    ),
    Network.FAR: Source(
        "face_detection/face_detection_full_range_sparse.tflite",
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        192,
        darkest=-1.0,
    ),
    Network.MESH: Source(
        "face_landmark/face_landmark_with_attention.tflite",
        "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
        MESH_SIDE,
    ),
    Network.PERSON: Source(
        "selfie_segmentation/selfie_segmentation.tflite",
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        256,
    ),
}
