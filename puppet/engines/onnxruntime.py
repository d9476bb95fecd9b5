"""ONNX Runtime, on whatever provider it really obtains: the CPU everywhere, CUDA where wheel and driver allow.

Runs on the puppet thread; `encode` may run on another at the same time (sessions are thread-safe for running).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puppet import facemesh
from puppet.domain import Floats, Keypoints, Picture
from puppet.engines import SourceCode
from puppet.errors import EngineError
from puppet.landmarks import mean_face
from puppet.packs import Pack, verify_pack

_PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]}
_SHORT = {"CPUExecutionProvider": "CPU", "CUDAExecutionProvider": "CUDA"}
_DETAILS = ("mouth", "mouth_lips", "eyes", "eye_lids")
_REST = 0.3  # size of the mean face in the square when warming up

Arrays = dict[str, NDArray[Any]]


class OnnxRuntimeEngine:
    """Runs a `face` pack: landmarks are the keypoints, the mesh is drawn here, the networks run in ONNX Runtime."""

    def __init__(self, pack: Pack, device: str = "auto", threads: int | None = None) -> None:
        """Open the pack's graphs.

        Args:
            pack: verified here before anything of it is opened.
            device: "auto" (CUDA when this wheel has it), "cpu" or "cuda".
            threads: for one graph; None: the processor's cores, at most 4.

        Raises:
            PackError: a file is damaged.
            EngineError: a family this engine does not run, ONNX Runtime is missing, or it refuses the graph.
        """
        if pack.card.family != "face" or pack.card.detector != "landmarks":
            raise EngineError(f"pack {pack.name} is of family {pack.card.family}; this version animates with: face")
        verify_pack(pack)
        self._size = pack.size
        threads = threads or min(os.cpu_count() or 1, 4)
        self._encode = _open(pack.file("encode.onnx"), device, threads)
        self._render = _open(pack.file("render.onnx"), device, threads)

    @property
    def size(self) -> int:
        """See Engine."""
        return self._size

    @property
    def description(self) -> str:
        """The provider is asked from the session: the library's list of available ones promises too much."""
        obtained = self._render.get_providers()[0]
        return f"onnxruntime · {_SHORT.get(obtained, obtained)} · fp32"

    @property
    def detects(self) -> bool:
        """See Engine."""
        return False

    def detect(self, face: Picture) -> Keypoints:
        """See Engine."""
        raise EngineError("this pack has no detector of its own: its keypoints are the tracker's landmarks")

    def encode(self, face: Picture, keypoints: Keypoints) -> SourceCode:
        """See Engine."""
        own = facemesh.details(keypoints)
        inputs: Arrays = {"picture": face, **{name: getattr(own, name)[None] for name in _DETAILS}}
        return _run(self._encode, inputs)

    def render(self, code: SourceCode, source: Keypoints, driving: Keypoints) -> Picture:
        """See Engine."""
        assert isinstance(code, dict)
        maps = facemesh.draw(source, driving)
        drawn: Arrays = {name: getattr(maps, name)[None] for name in maps.__slots__}
        return _run(self._render, {**code, **drawn})["picture"]

    def warm_up(self) -> None:
        """See Engine."""
        mean = (_REST * mean_face()).astype(np.float32)
        rest = Keypoints(mean[:, :2], mean[:, 2])
        grey = np.full((self._size, self._size, 3), 127, np.uint8)
        self.render(self.encode(grey, rest), rest, rest)

    def close(self) -> None:
        """See Engine."""
        del self._encode, self._render


def _open(path: Path, device: str, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError("no ONNX Runtime: pip install --no-deps --require-hashes -r requirements/cpu.txt") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Idle workers must not spin: tracker, encoder and window need the cores between two renders.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    usable = onnxruntime.get_available_providers()
    wanted = "cuda" if device == "auto" and "CUDAExecutionProvider" in usable else device.replace("auto", "cpu")
    if wanted == "cuda":
        onnxruntime.set_default_logger_severity(4)  # no usable GPU is no error: description says what was obtained
        onnxruntime.preload_dlls()  # CUDA as the extra `gpu` installs it lies where no linker looks
    try:
        providers = [provider for provider in _PROVIDERS[wanted] if provider in usable]
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # the library raises a type of its own for each failure, sharing only Exception
        reason = str(error).strip().splitlines()[0]
        raise EngineError(f"ONNX Runtime cannot open {path.name}: {reason}") from error
    if device == "cuda" and session.get_providers()[0] != "CUDAExecutionProvider":
        raise EngineError(
            "ONNX Runtime obtained no CUDA device: use --device cpu, or install its gpu wheel and a driver"
        )
    return session


def _run(session: Any, inputs: Mapping[str, NDArray[Any] | Floats]) -> Arrays:
    names = [output.name for output in session.get_outputs()]
    try:
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))
    except Exception as error:  # see _open
        raise EngineError(f"ONNX Runtime failed: {str(error).strip().splitlines()[0]}") from error
