"""Graphs of the `face` model as modules to trace or run: detect, encode and render, one picture at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from puppet.geometry.crop import FINE_SIZE
from puppet.models.face import FaceBody, FaceCode, FaceMaps, FaceModel, move
from puppet.models.learned_graphs import ModelGraph, ModuleGraph, as_batch, as_picture

_DETAILS = ("mouth", "mouth_lips", "eyes", "eye_lids")
_OUTPUTS = ("picture", "masks", "occlusion", "flow", "mouth_correction", "eyes_correction")
_REGION_SIZE = 64  # of puppet.geometry.face_mesh.region
_CODE = tuple(f"own_{name}" for name in FaceCode._fields)


def face_graphs(model: FaceModel, picture: Tensor, own: FaceMaps, maps: FaceMaps) -> list[ModuleGraph]:
    """Return all graphs of a model.

    Args:
        model: in eval mode; the graphs share its weights.
        picture: example picture, (256, 256, 3) uint8.
        own: maps drawn from a portrait's own pose.
        maps: maps drawn from a driving pose.
    """
    fine = picture.repeat_interleave(FINE_SIZE // len(picture), 0).repeat_interleave(FINE_SIZE // len(picture), 1)
    inputs = {"picture": picture, "fine": fine, **{name: getattr(own, name) for name in _DETAILS}}
    encode = EncodeGraph(model)
    detect, face = DetectGraph(model), torch.zeros(_REGION_SIZE, _REGION_SIZE)
    small = picture.new_zeros(_REGION_SIZE, _REGION_SIZE, 3)
    with torch.no_grad():
        code = dict(zip(_CODE, encode(*inputs.values()), strict=True))
        (body,) = detect(small, face)
    poses = {"source_body": body, "driving_body": body}
    return [
        ModuleGraph("detect", detect, {"picture": small, "face": face}, ("body",)),
        ModuleGraph("encode", encode, inputs, _CODE),
        ModuleGraph("render", RenderGraph(model), {**code, **maps._asdict(), **poses}, _OUTPUTS),
    ]


class DetectGraph(ModelGraph[FaceModel]):
    """Picture (64, 64, 3) uint8 and the region of its face (64, 64) -> body keypoints."""

    def forward(self, picture: Tensor, face: Tensor) -> tuple[Tensor]:
        """Return (BODY_KEYPOINTS, 2) float32, normalised."""
        return (self.model.body(as_batch(picture), face[None, None])[0],)


class EncodeGraph(ModelGraph[FaceModel]):
    """Pictures (256, 256, 3) and (512, 512, 3) uint8 of the same square, and its own details -> the portrait's code."""

    def forward(self, picture: Tensor, fine: Tensor, *details: Tensor) -> FaceCode:
        """Encode; see FaceModel.encode. The maps have a batch axis of 1."""
        return self.model.encode(as_batch(picture), as_batch(fine), *details)


class RenderGraph(ModelGraph[FaceModel]):
    """The portrait's code and a frame's maps -> picture (256, 256, 3) uint8 and the maps of an Inspection."""

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Render; `inputs` are the fields of FaceCode, of FaceMaps, each with a batch axis of 1, and of FaceBody."""
        code, maps = FaceCode(*inputs[: len(_CODE)]), FaceMaps(*inputs[len(_CODE) : -2])
        body = FaceBody(*(points[None] for points in inputs[-2:]))
        motion = self.model.motion(code.features, maps, body)
        corrections = self.model.correct(code, maps, motion.flow)
        picture = self.model.add_details(move(code.picture, code.background, motion), maps, corrections)
        masks = motion.masks[0, [3, 0, 1, 2]]  # background first, as in every Inspection
        flow = motion.flow[0].permute(1, 2, 0)
        mouth, eyes = corrections.mouth[0].permute(1, 2, 0), corrections.eyes[0].permute(0, 2, 3, 1)
        return as_picture(picture), masks, motion.occlusion[0, 0], flow, 255 * mouth, 255 * eyes
