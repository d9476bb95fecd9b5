"""Compositing of `face` packs at the output's size, from the portrait's own pixels; the twin of `compositor`.

Last step of a frame before the sinks. One `LayeredCompositor` belongs to one thread; every returned picture is a new
array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puppet.compositing.compositor import blurred_background
from puppet.compositing.corrections import Corrections
from puppet.compositing.cutout import Cutout
from puppet.compositing.layers import FADE, Layers, own_flow
from puppet.compositing.placement import Placement, Rectangle, warp
from puppet.domain import Inspection, Keypoints, Output, Picture
from puppet.geometry.crop import CropBox

_REACH = 0.12
"""Pixels beyond what is shown that the motion may bring in, as a share of the square's side."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A portrait as it is composed; layers are kept as long as the same object is given.

    Attributes:
        picture: the whole picture.
        crop: the model's square in it.
        face: (size, size, 3): the pixels of that square.
        cutout: person and background.
    """

    picture: Picture
    crop: CropBox
    face: Picture
    cutout: Cutout


class LayeredCompositor:
    """Moves a portrait's own pixels in a picture of the output size."""

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        """`size`: (width, height) of the pictures; None: with FULL the portrait's own size."""
        self._size = size
        self._composed: _Composed | None = None

    def accepts(self, inspection: Inspection, output: Output) -> bool:
        """Return True if there is an output size, and the model gave what is needed."""
        sized = self._size is not None or output is Output.FULL
        return sized and all(field is not None for field in (inspection.flow, inspection.masks, inspection.occlusion))

    def place(self, inspection: Inspection, driven: Keypoints, subject: Subject, output: Output) -> Picture:
        """Return the finished picture, a new (H, W, 3) uint8 RGB.

        Args:
            inspection: the rendered square with masks, occlusion and flow.
            driven: the portrait's pose in it.
            subject: the portrait.
            output: CROP: the square as large as fits, centred, and the picture around it, on a blurred background where
                the picture ends. FULL: the whole picture, letterboxed.
        """
        composed = self._composed
        if composed is None or composed.subject is not subject or composed.output is not output:
            composed = self._composed = self._compose(subject, output)
        picture = composed.layers.compose(own_flow(inspection))
        composed.corrections.add(picture, inspection, driven, composed.placement)
        return picture

    def _compose(self, subject: Subject, output: Output) -> _Composed:
        height, width = subject.picture.shape[:2]
        size = self._size or (width, height)
        crop, side = subject.crop, subject.face.shape[0]
        fit = min(size[0] / width, size[1] / height) if output is Output.FULL else min(size) / crop.side
        if output is Output.FULL:
            x, y = ((out - own * fit) // 2 - 0.5 + fit / 2 for out, own in zip(size, (width, height), strict=True))
        else:
            # The square's first pixel is a whole pixel of the output, as in `compositor`.
            x, y = (
                (out - min(size)) // 2 + (min(size) - 1) / 2 - fit * at
                for out, at in zip(size, (crop.x, crop.y), strict=True)
            )
        placement = Placement(fit, x, y, crop, side)
        return _Composed(
            subject, output, placement, _layers(subject, placement, size, output), Corrections(subject.face)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Composed:
    """Everything about one portrait in one kind of output."""

    subject: Subject
    output: Output
    placement: Placement
    layers: Layers
    corrections: Corrections


def _layers(subject: Subject, placement: Placement, size: tuple[int, int], output: Output) -> Layers:
    """Return the layers of a portrait at its place in an output of `size`."""
    picture, crop, cutout = subject.picture, subject.crop, subject.cutout
    height, width = picture.shape[:2]
    screen = Rectangle(0, 0, *size)
    whole = placement.rectangle(-0.5, -0.5, width - 0.5, height - 0.5)
    reach = crop.side / 2
    square = placement.rectangle(crop.x - reach, crop.y - reach, crop.x + reach, crop.y + reach)
    shown = whole if output is Output.FULL else whole | square
    side = square.size[0]
    area = square.grown(round(FADE * side)) & shown & screen
    source = area.grown(round(_REACH * side)) & shown
    around = source | (shown & screen)
    pixels = warp(picture, placement.scale, placement.x, placement.y, around)
    plate = blurred_background(picture, size)
    visible = shown & screen
    visible.of(plate)[:] = visible.of(pixels, (around.left, around.top))
    region = cutout.region
    scale = placement.scale / region.scale
    x, y = (
        placement.scale * (start + (0.5 / region.scale - 0.5)) + offset
        for start, offset in ((region.left, placement.x), (region.top, placement.y))
    )
    own = np.ascontiguousarray(source.of(pixels, (around.left, around.top)))
    return Layers(
        plate,
        area,
        source,
        own,
        warp(cutout.matte, scale, x, y, source),
        warp(cutout.background, scale, x, y, source),
        placement,
    )
