"""The graphs of the `face` model as modules to trace or to run: detect, encode, render, one picture at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from puppet.models.face import FaceBody, FaceCode, FaceMaps, FaceModel, move
from puppet.models.learned_graphs import ModuleGraph, as_batch, as_picture

_DETAILS = ("mouth", "mouth_lips", "eyes", "eye_lids")
_SHOWN = ("picture", "masks", "occlusion", "flow")
_REGION = 64  # side of puppet.geometry.face_mesh.region
_CODE = tuple(f"own_{name}" for name in FaceCode._fields)


def face_graphs(model: FaceModel, picture: Tensor, own: FaceMaps, maps: FaceMaps) -> list[ModuleGraph]:
    """All graphs of a model in eval mode.

    Args:
        model: whose weights the graphs share.
        picture: (256, 256, 3) uint8: an example.
        own: what is drawn of a portrait's own pose.
        maps: what is drawn of a driven one.
    """
    inputs = {"picture": picture, **{name: getattr(own, name) for name in _DETAILS}}
    encode = EncodeGraph(model)
    detect, face = DetectGraph(model), torch.zeros(_REGION, _REGION)
    small = picture.new_zeros(_REGION, _REGION, 3)
    with torch.no_grad():
        code = dict(zip(_CODE, encode(*inputs.values()), strict=True))
        (body,) = detect(small, face)
    poses = {"source_body": body, "driving_body": body}
    return [
        ModuleGraph("detect", detect, {"picture": small, "face": face}, ("body",)),
        ModuleGraph("encode", encode, inputs, _CODE),
        ModuleGraph("render", RenderGraph(model), {**code, **maps._asdict(), **poses}, _SHOWN),
    ]


class DetectGraph(nn.Module):
    """Picture (64, 64, 3) uint8 and where its face is, (64, 64) -> the body's keypoints."""

    def __init__(self, model: FaceModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor, face: Tensor) -> tuple[Tensor]:
        """(BODY_KEYPOINTS, 2) float32, normalised."""
        return (self.model.body(as_batch(picture), face[None, None])[0],)


class EncodeGraph(nn.Module):
    """Picture (256, 256, 3) uint8 and its own details -> the portrait's code."""

    def __init__(self, model: FaceModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, picture: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor) -> FaceCode:
        """See FaceModel.encode; the maps have a batch axis of 1."""
        return self.model.encode(as_batch(picture), mouth, mouth_lips, eyes, eye_lids)


class RenderGraph(nn.Module):
    """The portrait's code and a frame's maps -> picture (256, 256, 3) uint8, and what an Inspection shows."""

    def __init__(self, model: FaceModel) -> None:
        """`model`: whose weights the graph shares."""
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """`inputs`: the fields of FaceCode, of FaceMaps, each with a batch axis of 1, and of FaceBody, without one."""
        code, maps = FaceCode(*inputs[: len(_CODE)]), FaceMaps(*inputs[len(_CODE) : -2])
        body = FaceBody(*(points[None] for points in inputs[-2:]))
        motion = self.model.motion(code.features, maps, body)
        picture = self.model.add_details(move(code.picture, code.background, motion), code, maps)
        masks = motion.masks[0, [3, 0, 1, 2]]  # the background first, as everywhere
        flow = motion.flow[0].permute(1, 2, 0)
        return as_picture(picture), masks, motion.occlusion[0, 0], flow
