"""The average Euclidean distance (AED) needs a network that tells people apart; which one is the user's choice.

An ONNX file that takes pictures (1, 3, S, S), RGB in [0, 1], and gives one vector. ONNX only describes arithmetic:
nothing of the file is run as a program.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from puppet.domain import Floats, Picture
from puppet.errors import CheckpointError

_SIDE = 112  # where the file does not say; usual for networks that know faces


class Embedding:
    """A picture as a vector."""

    def __init__(self, path: Path) -> None:
        """Raises CheckpointError: the file cannot be read, or takes something else than pictures."""
        try:
            self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors share no other base
            raise CheckpointError(f"{path}: is no ONNX file that can be run ({str(error).splitlines()[0]}).") from error
        shape = self._session.get_inputs()[0].shape
        if len(shape) != 4 or shape[1] != 3 or len(self._session.get_inputs()) != 1:
            raise CheckpointError(f"{path}: takes {shape}; a network of pictures (1, 3, S, S) is needed.")
        self._side = shape[2] if isinstance(shape[2], int) else _SIDE

    def of(self, picture: Picture) -> Floats:
        """(D,) float32."""
        small = cv2.resize(picture, (self._side, self._side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        name = self._session.get_inputs()[0].name
        return np.asarray(self._session.run(None, {name: small.transpose(2, 0, 1)[None]})[0], np.float32).ravel()

    def distance(self, a: Picture, b: Picture) -> float:
        """Between two pictures' vectors."""
        return float(np.linalg.norm(self.of(a) - self.of(b)))
