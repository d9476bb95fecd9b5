"""Time for each picture of the `face` model, rendered for 1, 2 and 4 sessions at once: `python -m benchmarks.batching`.

The render graph of a pack takes one picture. Here the same model is exported with a batch axis (its weights are
random: they do not change the time) and run by ONNX Runtime and OpenVINO on one thread of the CPU, in turns; the times
are the process's, so that other programs count less. Needs PyTorch.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import onnxruntime
import openvino
import torch
from torch import Tensor, nn

from export.graphs.onnx import write_onnx
from puppet.models.face import FaceBody, FaceCode, FaceMaps, FaceModel
from puppet.models.learned_graphs import ModuleGraph

_BATCHES, _ROUNDS = (1, 2, 4), 15
_SHAPES = {
    "own_picture": (3, 511, 511),
    "own_background": (3, 256, 256),
    "own_features": (16, 64, 64),
    "own_mouth": (5, 64, 64),
    "own_eyes": (2, 5, 48, 48),
    "mesh": (2, 128, 128),
    "head": (2, 128, 128),
    "shape": (2, 128, 128),
    "mouth": (2, 3),
    "mouth_lips": (2, 64, 64),
    "eyes": (2, 2, 3),
    "eye_lids": (2, 2, 48, 48),
    "source_body": (10, 2),
    "driving_body": (10, 2),
}


class _Render(nn.Module):
    """`FaceModel.render` with the fields of its values as arguments."""

    def __init__(self) -> None:
        super().__init__()
        self._model = FaceModel()

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return (N, 3, 256, 256)."""
        return self._model.render(FaceCode(*inputs[:5]), FaceMaps(*inputs[5:12]), FaceBody(*inputs[12:]))


def main() -> int:
    """Measure and print a table."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    runs: dict[tuple[str, int], Callable[[], object]] = {}
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        model = _Render()
        for batch in _BATCHES:
            path, inputs = Path(folder) / f"{batch}.onnx", {n: 0.1 * torch.rand(batch, *s) for n, s in _SHAPES.items()}
            write_onnx(ModuleGraph("render", model, inputs, ("picture",)), path)
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_NUM_THREADS": 1})
            arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
            runs["ONNX Runtime", batch] = partial(session.run, None, arrays)
            runs["OpenVINO", batch] = partial(compiled, arrays)
        times_ms: dict[tuple[str, int], list[float]] = {key: [] for key in runs}
        for _ in range(_ROUNDS):
            for (name, batch), run in runs.items():
                began_s = time.process_time()
                run()
                times_ms[name, batch].append((time.process_time() - began_s) * 1000 / batch)
    sys.stdout.write("| runtime, fp32 | pictures at once | ms each, median | fastest |\n|---|---|---|---|\n")
    for (name, batch), each_ms in times_ms.items():
        sys.stdout.write(f"| {name} | {batch} | {statistics.median(each_ms):.1f} | {min(each_ms):.1f} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
