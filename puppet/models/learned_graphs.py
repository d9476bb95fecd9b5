"""The graphs of a learned model as modules to trace: detect, encode, render and, where it has segments, swap.

One picture at a time, uint8 (S, S, 3) in and out, so that no conversion is left to Python; keypoints and masks have no
batch axis either. A portrait's code goes from encode to render and swap under names of its own (`own_...`). Export
traces these modules, the torch engine runs them as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from puppet.models.blocks import KeypointTensors, MotionModel, coordinate_grid
from puppet.models.coseg import CosegCode, CoSegmentationModel
from puppet.models.fomm import FirstOrderMotionModel, FommCode
from puppet.models.monkeynet import MonkeyNet, MonkeyNetCode

FIELDS = KeypointTensors._fields


@dataclass(frozen=True, slots=True)
class ModuleGraph:
    """A graph before it is written.

    Attributes:
        name: of the file.
        module: takes `inputs` in their order and gives a tuple of tensors named `outputs`.
        inputs: name -> example.
        outputs: names.
    """

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]


def graphs_of(model: MotionModel, picture: Tensor) -> list[ModuleGraph]:
    """All graphs of a model in eval mode.

    Args:
        model: FOMM, Monkey-Net or co-part segmentation.
        picture: (S, S, 3) uint8: an example.
    """
    with torch.no_grad():
        keypoints = model.detect(as_batch(picture))
        code = _packed(model.encode(as_batch(picture)))
    fields = tuple(name for name in FIELDS if getattr(keypoints, name) is not None)
    poses = {name: getattr(keypoints, name)[0] for name in fields}
    source = {**code, **{f"source_{name}": value for name, value in poses.items()}}
    driven = {**source, **{f"driving_{name}": value for name, value in poses.items()}}
    render = RenderGraph(model, tuple(code), fields)
    graphs = [
        ModuleGraph("detect", DetectGraph(model), {"picture": picture}, fields),
        ModuleGraph("encode", EncodeGraph(model), {"picture": picture}, tuple(code)),
        ModuleGraph("render", render, driven, render.outputs(driven)),
    ]
    if isinstance(model, CoSegmentationModel):
        target = {f"target_{name}": value for name, value in poses.items()}
        mask = torch.ones(code["own_features"].shape[2:])
        inputs = {
            **source,
            **target,
            "target_features": code["own_features"],
            "mask": mask,
            "source_mask": torch.zeros(1),
        }
        graphs.append(ModuleGraph("swap", SwapGraph(model, tuple(code), fields), inputs, ("picture", "blended")))
    return graphs


class DetectGraph(nn.Module):
    """Picture -> keypoints."""

    def __init__(self, model: MotionModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """The fields of KeypointTensors that the model has."""
        return tuple(field[0] for field in self.model.detect(as_batch(picture)) if field is not None)


class EncodeGraph(nn.Module):
    """Picture -> the portrait's code."""

    def __init__(self, model: MotionModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """The code's tensors, each with a batch axis of 1."""
        return tuple(_packed(self.model.encode(as_batch(picture))).values())


class RenderGraph(nn.Module):
    """The portrait's code, its pose and the driven one -> picture, and what the model believed."""

    def __init__(self, model: MotionModel, code: Sequence[str], fields: Sequence[str]) -> None:
        """`model`: whose weights the graph shares; `code`, `fields`: names of what it is given."""
        super().__init__()
        self.model, self.code, self.fields = model, tuple(code), tuple(fields)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """`inputs`: the code, the source's fields, the driving's."""
        return tuple(self._computed(inputs).values())

    def outputs(self, inputs: dict[str, Tensor]) -> tuple[str, ...]:
        """Names of what `forward` gives."""
        with torch.no_grad():
            return tuple(self._computed(tuple(inputs.values())))

    def _computed(self, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
        count = len(self.code)
        code = _unpacked(self.model, dict(zip(self.code, inputs[:count], strict=True)))
        source = _keypoints(self.fields, inputs[count : count + len(self.fields)])
        driving = _keypoints(self.fields, inputs[count + len(self.fields) :])
        picture, motion = _rendered(self.model, code, source, driving)
        beliefs: dict[str, Tensor | None] = {} if motion is None else _beliefs(motion)
        return {"picture": as_picture(picture), **{n: value for n, value in beliefs.items() if value is not None}}


class SwapGraph(nn.Module):
    """CoSegmentationModel.swap with the target's features as they are, or as another part has left them."""

    def __init__(self, model: CoSegmentationModel, code: Sequence[str], fields: Sequence[str]) -> None:
        """`model`: whose weights the graph shares; `code`, `fields`: names of what it is given."""
        super().__init__()
        self.model, self.code, self.fields = model, tuple(code), tuple(fields)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Picture and blended features.

        `inputs`: the source's code and fields, the target's fields, its features (1, F, h, w), the mask (h, w) of the
        features' size, and (1,): 1 where the mask lies on the source, 0 where on the target.
        """
        count, width = len(self.code), len(self.fields)
        code = _unpacked(self.model, dict(zip(self.code, inputs[:count], strict=True)))
        source = _keypoints(self.fields, inputs[count : count + width])
        target = _keypoints(self.fields, inputs[count + width : count + 2 * width])
        features, mask, source_mask = inputs[count + 2 * width :]
        network, motion = self.model.reconstruction_module, self.model.motion(code, source, target)
        lies = mask[None, None]
        share = torch.where(source_mask > 0.5, network.warped(lies, motion.deformation), lies)
        blended = features * (1 - share) + network.moved(code.features, motion) * share
        return as_picture(network.decode(blended)), blended


def as_batch(picture: Tensor) -> Tensor:
    """(S, S, 3) uint8 -> (1, 3, S, S) float32 in [0, 1]."""
    return picture.permute(2, 0, 1)[None].float() / 255


def as_picture(batch: Tensor) -> Tensor:
    """(1, 3, S, S) in [0, 1] -> (S, S, 3) uint8."""
    return (batch[0].permute(1, 2, 0) * 255 + 0.5).to(torch.uint8)


def _packed(code: Any) -> dict[str, Tensor]:
    """A model's code as named tensors."""
    if isinstance(code, MonkeyNetCode):  # the finest level is the picture itself
        levels = {f"own_level{i}": level for i, level in enumerate(code.levels) if i}
        return {"own_picture": code.picture, **levels}
    return {f"own_{name}": value for name, value in code._asdict().items() if value is not None}


def _unpacked(model: MotionModel, code: dict[str, Tensor]) -> Any:
    if isinstance(model, MonkeyNet):
        return MonkeyNetCode(code["own_picture"], tuple(code.values()))
    kind = FommCode if isinstance(model, FirstOrderMotionModel) else CosegCode
    return kind(code.get("own_small"), code["own_features"])


def _keypoints(fields: Sequence[str], values: Sequence[Tensor]) -> KeypointTensors:
    return KeypointTensors(**{name: value[None] for name, value in zip(fields, values, strict=True)})


def _rendered(model: MotionModel, code: Any, source: KeypointTensors, driving: KeypointTensors) -> tuple[Tensor, Any]:
    """`model.render`, with the motion it used."""
    if isinstance(model, MonkeyNet):
        motion = model.motion(code, source, driving)
        return model.generator.render(code, motion, source, driving), motion
    if isinstance(model, FirstOrderMotionModel):
        dense = model.motion(code, source, driving)
        return model.generator.render(code.features, dense), dense
    assert isinstance(model, CoSegmentationModel)
    segments = model.motion(code, source, driving)
    return model.reconstruction_module.decode(model.reconstruction_module.moved(code.features, segments)), segments


def _beliefs(motion: Any) -> dict[str, Tensor | None]:
    """What puppet.domain.Inspection shows of a motion."""
    flow = motion.deformation
    hidden = getattr(motion, "visibility", getattr(motion, "occlusion", None))
    return {
        "masks": None if motion.masks is None else motion.masks[0],
        "occlusion": None if hidden is None else hidden[0, 0],
        "flow": (flow - coordinate_grid(flow.shape[1], flow.shape[2], flow))[0],
    }
