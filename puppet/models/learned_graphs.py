"""Graphs of a learned model as modules to trace or run: detect, encode, render and, for segments, swap.

A graph takes and returns one picture as uint8 (S, S, 3), so that Python converts nothing; its keypoints and masks have
no batch axis either. The tensors of a portrait's code are named `own_...` between encode, render and swap. Export
traces these modules; the torch runtime runs them as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from puppet.models.base import KeypointTensors, MotionModel
from puppet.models.blocks import coordinate_grid
from puppet.models.coseg import CoSegmentationModel
from puppet.models.fomm import SourceCode
from puppet.models.monkeynet import MonkeyNet, MonkeyNetCode

ModelT = TypeVar("ModelT", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class ModuleGraph:
    """A graph that is not written to a file yet.

    Attributes:
        name: name of the file, without suffix.
        module: takes the `inputs` in this order and returns a tuple of tensors, named `outputs`.
        inputs: example tensors by name.
        outputs: names of the outputs.
    """

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]


def graphs_of(model: MotionModel, picture: Tensor) -> list[ModuleGraph]:
    """Return all graphs of a model.

    Args:
        model: FOMM, Monkey-Net or co-part segmentation, in eval mode.
        picture: example picture, (S, S, 3) uint8.
    """
    with torch.no_grad():
        keypoints = model.detect(as_batch(picture))
        code = _named_code(model.encode(as_batch(picture)))
        pose = {name: value[0] for name, value in keypoints._asdict().items() if value is not None}
        source = {**code, **{f"source_{name}": value for name, value in pose.items()}}
        driven = {**source, **{f"driving_{name}": value for name, value in pose.items()}}
        render = RenderGraph(model, code, pose)
        rendered = tuple(render.compute(tuple(driven.values())))
    graphs = [
        ModuleGraph("detect", DetectGraph(model), {"picture": picture}, tuple(pose)),
        ModuleGraph("encode", EncodeGraph(model), {"picture": picture}, tuple(code)),
        ModuleGraph("render", render, driven, rendered),
    ]
    if isinstance(model, CoSegmentationModel):
        target = {f"target_{name}": value for name, value in pose.items()}
        features = code["own_features"]
        mask = {"mask": torch.ones(features.shape[2:]), "source_mask": torch.zeros(1)}
        inputs = {**source, **target, "target_features": features, **mask}
        graphs.append(ModuleGraph("swap", SwapGraph(model, code, pose), inputs, ("picture", "blended")))
    return graphs


class ModelGraph(nn.Module, Generic[ModelT]):
    """Computation of a model as a module of its own, which shares the model's weights."""

    def __init__(self, model: ModelT) -> None:
        super().__init__()
        self.model = model


class DetectGraph(ModelGraph[MotionModel]):
    """Picture -> keypoints."""

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Return the fields of KeypointTensors that the model has."""
        return tuple(field[0] for field in self.model.detect(as_batch(picture)) if field is not None)


class EncodeGraph(ModelGraph[MotionModel]):
    """Picture -> the portrait's code."""

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Return the code's tensors, each with a batch axis of 1."""
        return tuple(_named_code(self.model.encode(as_batch(picture))).values())


class PoseGraph(ModelGraph[ModelT]):
    """Graph that takes a portrait's code and the keypoints of two pictures.

    Args:
        model: model of the graph.
        code: names of the code's tensors.
        fields: fields of KeypointTensors that the model has.
    """

    def __init__(self, model: ModelT, code: Iterable[str], fields: Iterable[str]) -> None:
        super().__init__(model)
        self.code, self.fields = tuple(code), tuple(fields)

    def split(self, inputs: Sequence[Tensor]) -> tuple[Any, KeypointTensors, KeypointTensors, Sequence[Tensor]]:
        """Return the code, the source's keypoints, the other picture's keypoints and the remaining inputs."""
        end, width = len(self.code), len(self.fields)
        code = _code_of(self.model, dict(zip(self.code, inputs[:end], strict=True)))
        source, other = inputs[end : end + width], inputs[end + width : end + 2 * width]
        return code, self._keypoints(source), self._keypoints(other), inputs[end + 2 * width :]

    def _keypoints(self, values: Sequence[Tensor]) -> KeypointTensors:
        return KeypointTensors(**{name: value[None] for name, value in zip(self.fields, values, strict=True)})


class RenderGraph(PoseGraph[MotionModel]):
    """The portrait's code, its keypoints and the driving ones -> picture and the motion's maps."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Render; `inputs` are the code, the source's fields and the driving fields."""
        return tuple(self.compute(inputs).values())

    def compute(self, inputs: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the outputs by name: the picture and what puppet.domain.Inspection shows."""
        code, source, driving, _ = self.split(inputs)
        motion = self.model.motion(code, source, driving)
        picture = self.model.generate(code, motion, source, driving)
        return {"picture": as_picture(picture), **({} if motion is None else _motion_maps(motion))}


class SwapGraph(PoseGraph[CoSegmentationModel]):
    """CoSegmentationModel.swap on features of the target, which earlier swaps may have changed."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the picture and the blended features.

        `inputs` are the source's code and fields, the target's fields and features (1, F, h, w), the mask (h, w) at the
        features' size, and (1,): 1 when the mask lies on the source, 0 when it lies on the target.
        """
        code, source, target, (features, mask, source_mask) = self.split(inputs)
        network, motion = self.model.reconstruction_module, self.model.motion(code, source, target)
        mask = mask[None, None]
        share = torch.where(source_mask > 0.5, network.warped(mask, motion.deformation), mask)
        moved = network.warped(code.features, motion.deformation, motion.occlusion)
        blended = features * (1 - share) + moved * share
        return as_picture(network.decode(blended)), blended


def as_batch(picture: Tensor) -> Tensor:
    """(S, S, 3) uint8 -> (1, 3, S, S) float32 in [0, 1]."""
    return picture.permute(2, 0, 1)[None].float() / 255


def as_picture(batch: Tensor) -> Tensor:
    """(1, 3, S, S) in [0, 1] -> (S, S, 3) uint8."""
    return (batch[0].permute(1, 2, 0) * 255 + 0.5).to(torch.uint8)


def _named_code(code: Any) -> dict[str, Tensor]:
    """Return the tensors of a model's code by their names in the graphs."""
    if isinstance(code, MonkeyNetCode):  # the finest level is the picture itself
        levels = {f"own_level{i}": level for i, level in enumerate(code.levels) if i}
        return {"own_picture": code.picture, **levels}
    return {f"own_{name}": value for name, value in code._asdict().items() if value is not None}


def _code_of(model: nn.Module, tensors: dict[str, Tensor]) -> Any:
    """Return the code of a model; the inverse of `_named_code`."""
    if isinstance(model, MonkeyNet):
        return MonkeyNetCode(tensors["own_picture"], tuple(tensors.values()))
    return SourceCode(tensors.get("own_small"), tensors["own_features"])


def _motion_maps(motion: Any) -> dict[str, Tensor]:
    """Return the maps of a motion that puppet.domain.Inspection shows, without those that the model does not have."""
    maps = {}
    if motion.masks is not None:
        maps["masks"] = motion.masks[0]
    if motion.occlusion is not None:
        maps["occlusion"] = motion.occlusion[0, 0]
    flow = motion.deformation
    return {**maps, "flow": (flow - coordinate_grid(flow.shape[1], flow.shape[2], flow))[0]}
