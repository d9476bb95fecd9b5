"""Reference of every ratio: the live loop of the papers' demos, in eager PyTorch, as fast as that can be.

On one thread: cv2 reads a picture, PyTorch detects keypoints and renders in inference mode on all cores with the source
encoded once, the result is displayed, and the next picture is read. Displaying is a conversion and a copy here; a real
window takes longer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from benchmarks.inputs import as_tensor
from benchmarks.stopwatch import spent_ms
from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.models.base import KeypointTensors
from puppet.models.fomm import FirstOrderMotionModel


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """Milliseconds of one frame: its networks, and the whole frame."""

    network_ms: float
    loop_ms: float


class ReferenceLoop:
    """Camera to display, one frame at a time."""

    def __init__(self, model: FirstOrderMotionModel, source: Picture, clip: Path) -> None:
        """`source`: (S, S, 3); `clip`: the video in place of a camera. Raises MediaError: it cannot be read."""
        self._model, self._side = model, len(source)
        with torch.inference_mode():
            self._source = model.detect(as_tensor(source))
            self._code = model.encode(as_tensor(source))
        self._camera = cv2.VideoCapture(str(clip))
        self._initial: KeypointTensors | None = None
        self._window = np.empty((self._side, self._side, 3), np.uint8)
        if not self._camera.isOpened():
            raise MediaError(f"{clip}: OpenCV cannot read it; choose another file")

    def frame(self) -> FrameTimes:
        """Process the next frame."""
        began_s = time.perf_counter()
        picture = self._read()
        with torch.inference_mode():
            tensor = as_tensor(picture)
            before_s = time.perf_counter()
            rendered = self._render(tensor)
            after_s = time.perf_counter()
            result = (rendered[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
        np.copyto(self._window, cv2.cvtColor(result, cv2.COLOR_RGB2BGR))
        return FrameTimes((after_s - before_s) * 1000, (time.perf_counter() - began_s) * 1000)

    def close(self) -> None:
        """Release the clip."""
        self._camera.release()

    def _read(self) -> Picture:
        found, picture = self._camera.read()
        if not found:
            self._camera.set(cv2.CAP_PROP_POS_FRAMES, 0)
            found, picture = self._camera.read()
        if not found:
            raise MediaError("The clip has no pictures; choose another file")
        side = min(picture.shape[:2])
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        square = cv2.cvtColor(picture[top : top + side, left : left + side], cv2.COLOR_BGR2RGB)
        return np.asarray(cv2.resize(square, (self._side, self._side)), np.uint8)

    def _render(self, tensor: Tensor) -> Tensor:
        driving = self._model.detect(tensor)
        if self._initial is None:
            self._initial = driving
        return self._model.render(self._code, self._source, relative(self._source, driving, self._initial))


def relative(source: KeypointTensors, driving: KeypointTensors, initial: KeypointTensors) -> KeypointTensors:
    """Compute FOMM's relative motion as its demo does (supplement A.3)."""
    points = driving.points - initial.points + source.points
    if source.jacobians is None or driving.jacobians is None or initial.jacobians is None:
        return KeypointTensors(points)
    change = torch.matmul(driving.jacobians, torch.inverse(initial.jacobians))
    return KeypointTensors(points, torch.matmul(change, source.jacobians))


class BareModule:
    """The model alone, on prepared tensors, to compare the loop's network time with."""

    def __init__(self, model: FirstOrderMotionModel, source: Picture, faces: list[Picture]) -> None:
        """`faces`: (S, S, 3) each."""
        self._model = model
        self._tensors = [as_tensor(face) for face in faces]
        with torch.inference_mode():
            self._source, self._code = model.detect(as_tensor(source)), model.encode(as_tensor(source))

    def frame_ms(self, index: int) -> float:
        """Return the milliseconds of detect and render."""
        return spent_ms(lambda: self.render(index))

    def render(self, index: int) -> Tensor:
        """Move the source to a face, absolute; return (1, 3, S, S)."""
        with torch.inference_mode():
            driving = self._model.detect(self._tensors[index % len(self._tensors)])
            return self._model.render(self._code, self._source, driving)
