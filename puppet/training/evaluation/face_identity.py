"""Identity embeddings for the average Euclidean distance (AED): any ONNX network that the user provides.

The network takes one picture (1, 3, S, S), RGB in [0, 1], and returns one vector. An ONNX file describes arithmetic
only: loading it executes no code.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from puppet.domain import Floats, Picture
from puppet.errors import CheckpointError

_DEFAULT_SIDE = 112  # pixels, where the file leaves S open; usual for face recognition networks


class Embedding:
    """A network that turns a picture into a vector."""

    def __init__(self, path: Path) -> None:
        """Load the network. Raises CheckpointError: the file cannot be read, or does not take one picture."""
        try:
            self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no other base
            reason = str(error).splitlines()[0]
            raise CheckpointError(f"{path}: not a usable ONNX file ({reason}); choose another --embedding") from error
        inputs = self._session.get_inputs()
        shape = inputs[0].shape
        if len(shape) != 4 or shape[1] != 3 or len(inputs) != 1:
            raise CheckpointError(f"{path}: takes {shape}; expected one picture (1, 3, S, S)")
        self._name, self._side = inputs[0].name, shape[2] if isinstance(shape[2], int) else _DEFAULT_SIDE

    def vector(self, picture: Picture) -> Floats:
        """Return the vector (D,) float32 of a picture of any size."""
        small = cv2.resize(picture, (self._side, self._side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        return np.asarray(self._session.run(None, {self._name: small.transpose(2, 0, 1)[None]})[0], np.float32).ravel()

    def distance(self, a: Picture, b: Picture) -> float:
        """Return the Euclidean distance between the vectors of two pictures."""
        return float(np.linalg.norm(self.vector(a) - self.vector(b)))
