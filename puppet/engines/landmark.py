"""The engine of packs whose keypoints are the tracker's landmarks: the mesh is drawn here, the networks run elsewhere.

What landmarks do not tell (shoulders, hair, a camera that moves) the pack's own detector sees in the crop.

Runs on the puppet thread; `detect` and `encode` may run on another at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from puppet.domain import BODY_KEYPOINTS, EngineInfo, Inspection, Keypoints, Picture
from puppet.engines.base import SourceCode, SwapPart
from puppet.engines.runtimes.base import Runtime, Value, check_names
from puppet.errors import EngineError
from puppet.geometry import face_mesh
from puppet.geometry.landmarks import mean_face
from puppet.packs import Pack

_DETAILS = ("mouth", "mouth_lips", "eyes", "eye_lids")
_REST = 0.3  # size of the mean face in the square when warming up
_UNKNOWN = np.zeros((BODY_KEYPOINTS, 2), np.float32)  # in both pictures alike: the networks know that as "not seen"


class LandmarkEngine:
    """Runs a `face` pack on any runtime."""

    detects = False
    segments = 0
    allow_low_precision = has_low_precision = False
    detect_size = face_mesh.REGION

    def __init__(self, pack: Pack, runtime: Runtime) -> None:
        """Open the graphs of a verified pack; takes over `runtime`. EngineError: a family this engine does not run."""
        if pack.card.family != "face" or pack.card.detector != "landmarks":
            raise EngineError(
                f"pack {pack.name} is of family {pack.card.family}: no family of landmarks this engine knows"
            )
        self.size = pack.size
        self._runtime = runtime
        self._detect, self._encode, self._render = (runtime.open(pack, name) for name in ("detect", "encode", "render"))
        check_names(self._detect, "detect", ("picture", "face"), ("body",))
        check_names(self._encode, "encode", ("picture", *_DETAILS), ())
        given = [*self._encode.outputs, *face_mesh.Maps.__slots__, "source_body", "driving_body"]
        check_names(self._render, "render", given, ("picture",))

    @property
    def info(self) -> EngineInfo:
        """See Engine."""
        return self._runtime.info

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        """See Engine. Raises EngineError without landmarks."""
        if landmarks is None:
            raise EngineError("this pack finds no face by itself: its keypoints are the tracker's landmarks")
        small = (
            face
            if len(face) == self.detect_size
            else cv2.resize(face, (self.detect_size,) * 2, interpolation=cv2.INTER_AREA)
        )
        found = self._detect.run({"picture": small, "face": face_mesh.region(landmarks)})
        return replace(landmarks, body=found["body"])

    def encode(self, face: Picture, keypoints: Keypoints) -> SourceCode:
        """See Engine."""
        own = face_mesh.details(keypoints)
        return self._encode.hold({"picture": face, **{name: getattr(own, name)[None] for name in _DETAILS}})

    def render(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Picture:
        """See Engine."""
        return self._render.run(_inputs(code, source, driving), ("picture",))["picture"]

    def inspect(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Inspection:
        """See Engine: the masks are the background's, the mesh's, the head's and the body's."""
        return Inspection(**self._render.run(_inputs(code, source, driving)))

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        """See Engine."""
        raise EngineError("this pack has no segments to swap: part swap needs a pack of co-part segmentation")

    def warm_up(self) -> None:
        """See Engine. Raises EngineError: the picture's shape is not what the pack's card says."""
        mean = (_REST * mean_face()).astype(np.float32)
        rest = Keypoints(mean[:, :2], mean[:, 2])
        grey = np.full((self.size, self.size, 3), 127, np.uint8)
        rest = self.detect(grey, rest)
        picture = self.render(self.encode(grey, rest), rest, rest)
        for what, found, expected in (
            ("body", () if rest.body is None else rest.body.shape, _UNKNOWN.shape),
            ("picture", picture.shape, grey.shape),
        ):
            if found != expected:
                raise EngineError(
                    f"the graphs give a {what} of {found}, the card says {expected}: the pack is not sound"
                )

    def close(self) -> None:
        """See Engine."""
        self._runtime.close()


def _inputs(code: SourceCode, source: Keypoints, driving: Keypoints) -> dict[str, Value]:
    maps = face_mesh.draw(source, driving)
    drawn = {name: getattr(maps, name)[None] for name in maps.__slots__}
    bodies = (source.body, driving.body) if source.body is not None and driving.body is not None else (_UNKNOWN,) * 2
    return {**cast(dict[str, Value], code), **drawn, "source_body": bodies[0], "driving_body": bodies[1]}
