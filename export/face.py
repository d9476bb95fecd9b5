"""Exports the `face` model: graphs `encode` and `render` as ONNX with the weights beside them, compared, then a pack.

Needs the extra `torch`. The graphs take and give pictures as the engine has them, uint8 (256, 256, 3), so that no
conversion is left to Python.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from puppet import facemesh
from puppet.domain import Keypoints
from puppet.errors import EngineError
from puppet.landmarks import mean_face
from puppet.models.face import SIZE, FaceCode, FaceMaps, FaceModel, move
from puppet.packs import PackCard, write_pack

log = logging.getLogger(__name__)

OPSET = 17
"""GridSample runs on ONNX Runtime's CPU and CUDA providers for 16 to 19; 20 and later fell back to the CPU silently."""
TOLERANCE = 2.0
"""Grey levels a graph's picture may differ from the module's anywhere (rounding gives 1)."""

_DETAILS = ("mouth", "mouth_lips", "eyes", "eye_lids")
_SHOWN = ("picture", "masks", "occlusion", "flow")
_CODE = tuple(f"own_{name}" for name in FaceCode._fields)


@dataclass(frozen=True, slots=True)
class Parity:
    """How far a graph's pictures are from the module's, in grey levels of 255."""

    maximum: float
    mean: float


class EncodeGraph(nn.Module):
    """Picture (256, 256, 3) uint8 and its own details -> the avatar's code."""

    def __init__(self, model: FaceModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor) -> FaceCode:
        """See FaceModel.encode; the maps have a batch axis of 1."""
        batch = picture.permute(2, 0, 1)[None].float() / 255
        return self.model.encode(batch, mouth, mouth_lips, eyes, eye_lids)


class RenderGraph(nn.Module):
    """The avatar's code and a frame's maps -> picture (256, 256, 3) uint8, and what `Inspection` shows of the motion."""

    def __init__(self, model: FaceModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """`inputs`: the fields of FaceCode, then those of FaceMaps, each with a batch axis of 1."""
        code, maps = FaceCode(*inputs[: len(_CODE)]), FaceMaps(*inputs[len(_CODE) :])
        motion = self.model.motion(code.features, maps.mesh, maps.head, maps.shape)
        picture = self.model.add_details(move(code.picture, code.background, motion), code, maps)
        masks = motion.masks[0, [2, 0, 1]]  # the background first, as everywhere
        flow = motion.flow[0].permute(1, 2, 0)
        return (picture[0].permute(1, 2, 0) * 255 + 0.5).to(torch.uint8), masks, motion.occlusion[0, 0], flow


def export_face(model: FaceModel, folder: Path, card: PackCard) -> Parity:
    """Write the pack into `folder` (must not exist) after its graphs were compared with the module.

    Raises:
        EngineError: the graphs' pictures differ from the module's by more than `TOLERANCE`; nothing is written.
        PackError: the folder exists or cannot be written.
    """
    model = model.eval().float()
    with tempfile.TemporaryDirectory() as temporary:
        graphs = Path(temporary)
        source, driving = _example_maps()
        code = _export_encode(model, graphs / "encode.onnx", source)
        _export_render(model, graphs / "render.onnx", code, driving)
        parity = _compare(model, graphs, source, driving)
        if parity.maximum > TOLERANCE:
            raise EngineError(
                f"the graphs differ from the module by {parity.maximum:.1f} grey levels, allowed: {TOLERANCE}"
            )
        weights = {name: value for name, value in model.state_dict().items() if value.is_floating_point()}
        save_file({name: value.half().contiguous() for name, value in weights.items()}, graphs / "weights.safetensors")
        write_pack(folder, card, [graphs / n for n in ("encode.onnx", "render.onnx", "weights.safetensors")])
    return parity


def _export_encode(model: FaceModel, path: Path, maps: FaceMaps) -> FaceCode:
    graph = EncodeGraph(model).eval()
    picture = (torch.rand(SIZE, SIZE, 3) * 255).to(torch.uint8)
    inputs = (picture, *(getattr(maps, name) for name in _DETAILS))
    _export(graph, inputs, path, ("picture", *_DETAILS), _CODE)
    with torch.no_grad():
        code: FaceCode = graph(*inputs)
    return code


def _export_render(model: FaceModel, path: Path, code: FaceCode, maps: FaceMaps) -> None:
    _export(RenderGraph(model).eval(), (*code, *maps), path, (*_CODE, *FaceMaps._fields), _SHOWN)


def _export(
    graph: nn.Module, inputs: tuple[Tensor, ...], path: Path, names: tuple[str, ...], outputs: tuple[str, ...]
) -> None:
    with warnings.catch_warnings():
        # The tracing exporter is deprecated but folds batch normalisation and needs no further package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            inputs,
            str(path),
            input_names=list(names),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)


def _compare(model: FaceModel, folder: Path, source: FaceMaps, driving: FaceMaps) -> Parity:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    encode, render = (
        onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
        for name in ("encode.onnx", "render.onnx")
    )
    picture = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    inputs = {"picture": picture, **{name: getattr(source, name).numpy() for name in _DETAILS}}
    code = dict(zip(_CODE, encode.run(list(_CODE), inputs), strict=True))
    maps = {name: value.numpy() for name, value in driving._asdict().items()}
    found = render.run(["picture"], {**code, **maps})[0].astype(np.float32)
    with torch.no_grad():
        exact = EncodeGraph(model).eval()(torch.from_numpy(picture), *(getattr(source, name) for name in _DETAILS))
        expected = RenderGraph(model).eval()(*exact, *driving)[0].numpy().astype(np.float32)
    difference = np.abs(found - expected)
    return Parity(float(difference.max()), float(difference.mean()))


def _example_maps() -> tuple[FaceMaps, FaceMaps]:
    """The mean face at rest, and the same turned a little with an opened mouth."""
    mean = (0.3 * mean_face()).astype(np.float32)
    rest = Keypoints(mean[:, :2], mean[:, 2])
    moved = rest.points * np.float32(1.05) + np.array([0.1, -0.05], np.float32)
    moved[facemesh.LOWER_INNER[1:-1], 1] += np.float32(0.08)
    return _tensors(rest, rest), _tensors(rest, Keypoints(moved, rest.depth))


def _tensors(source: Keypoints, driving: Keypoints) -> FaceMaps:
    maps = facemesh.draw(source, driving)
    return FaceMaps(*(torch.from_numpy(getattr(maps, name))[None] for name in FaceMaps._fields))
