"""Engine of packs whose keypoints are the tracker's landmarks: draw the mesh on the CPU, run the networks on a runtime.

The pack's own detect graph finds keypoints where the face has no landmarks: on shoulders, hair and background.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from typing_extensions import override

from puppet.domain import BODY_KEYPOINTS, Keypoints, Picture
from puppet.engines.base import PoseInputs
from puppet.engines.graph_engine import GraphEngine
from puppet.engines.runtimes.base import Held, Runtime, check_names
from puppet.errors import EngineError
from puppet.geometry import face_mesh
from puppet.geometry.crop import FINE_SIZE
from puppet.packs import Pack

_DETAILS = ("mouth", "mouth_lips", "eyes", "eye_lids")
_UNKNOWN = np.zeros((BODY_KEYPOINTS, 2), np.float32)  # equal in both poses: to the networks, "not detected"


class LandmarkEngine(GraphEngine[Held]):
    """Runs a `face` pack on any runtime."""

    detects = False

    def __init__(self, pack: Pack, runtime: Runtime[Held]) -> None:
        """Open the graphs of a verified pack and take over `runtime`.

        Raises:
            EngineError: the pack is of another family, or a graph cannot be run or does not fit the others.
        """
        if pack.card.family != "face":
            found = f"family {pack.card.family} with detector landmarks"
            raise EngineError(f"Pack {pack.name}: {found} is unknown; update Puppet, or choose another pack")
        super().__init__(pack, runtime, ("body", _UNKNOWN.shape))
        self.detect_size, self.fine_size, self.segments = face_mesh.REGION, FINE_SIZE, 0
        check_names(self._detect, "detect", ("picture", "face"), ("body",))
        if "fine" not in self._encode.inputs:
            raise EngineError(f"Pack {pack.name} is of an earlier version; run packs export {pack.name} -o NEW")
        check_names(self._encode, "encode", ("picture", "fine", *_DETAILS), ())
        given = [*self._encode.outputs, *face_mesh.Maps.__slots__, "source_body", "driving_body"]
        check_names(self._render, "render", given, ("picture",))

    @override
    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        if landmarks is None:
            raise EngineError("This pack detects no faces; give it the tracker's landmarks")
        if len(face) != self.detect_size:
            face = np.asarray(cv2.resize(face, (self.detect_size,) * 2, interpolation=cv2.INTER_AREA), np.uint8)
        found = self._detect.run({"picture": face, "face": face_mesh.region(landmarks)})
        return replace(landmarks, body=found["body"])

    @override
    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> dict[str, Held]:
        if fine is None:
            fine = np.asarray(cv2.resize(face, (self.fine_size,) * 2, interpolation=cv2.INTER_CUBIC), np.uint8)
        details = face_mesh.details(keypoints)
        own = {name: getattr(details, name)[None] for name in _DETAILS}
        return self._encode.hold({"picture": face, "fine": fine, **own})

    @override
    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        maps = face_mesh.draw(source, driving)
        drawn = {name: getattr(maps, name)[None] for name in maps.__slots__}
        unseen = source.body is None or driving.body is None
        bodies = (_UNKNOWN, _UNKNOWN) if unseen else (source.body, driving.body)
        return {**drawn, "source_body": bodies[0], "driving_body": bodies[1]}
