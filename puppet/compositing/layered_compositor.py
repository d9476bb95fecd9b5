"""Compositing of `face` packs at the output's size, from the portrait's own pixels; the twin of `compositor`.

Last step of a frame before the sinks. A `Composition` may be built on any thread, and is used by one; every returned
picture is a new array.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.backdrops import backdrop, over, with_straight_alpha
from puppet.compositing.body_motion import inside_face
from puppet.compositing.compositor import blurred_background
from puppet.compositing.corrections import add_corrections
from puppet.compositing.cutout import Cutout
from puppet.compositing.foreground import own_colours
from puppet.compositing.layers import FADE, Layers, own_flow, split
from puppet.compositing.placement import Placement, Rectangle, shown_square, warp
from puppet.controls import KEPT_BACKGROUND
from puppet.domain import Background, BackgroundKind, Floats, Inspection, Keypoints, Output, Picture
from puppet.geometry.crop import CropBox
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.head_pose import face_of, fit_head

_FACE_SIDE = 128  # of `inside_face`
_REACH = 0.12
"""Pixels beyond what is shown that the motion may bring in, as a share of the square's side."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A portrait as it is composed.

    Attributes:
        picture: the whole picture.
        crop: the model's square in it.
        face: (size, size, 3): the pixels of that square.
        keypoints: the portrait's pose in it.
        cutout: person and background.
    """

    picture: Picture
    crop: CropBox
    face: Picture
    keypoints: Keypoints
    cutout: Cutout


class Composition:
    """A portrait's own pixels at their place in an output, with the buffers of a frame.

    Attributes:
        subject: the portrait.
        siblings: layers of further pictures of the same person over the same background; replaced whole.
    """

    def __init__(
        self,
        subject: Subject,
        size: tuple[int, int] | None,
        output: Output,
        side_px: int = 0,
        background: Background = KEPT_BACKGROUND,
        chosen: Picture | None = None,
    ) -> None:
        """Build the layers; takes a fraction of a second.

        Args:
            subject: the portrait.
            size: (width, height) of the pictures; None: the portrait's own size, with FULL.
            output: CROP: `shown_square` as large as fits, centred, and the picture around it, on a blurred background
                where the picture ends. FULL: the whole picture, letterboxed.
            side_px: most pixels on the shorter side to compose; the picture is enlarged from these. 0: no limit.
            background: what is shown behind the person.
            chosen: its picture, for PICTURE.
        """
        height, width = subject.picture.shape[:2]
        self.subject = subject
        landmarks = subject.keypoints.depth is not None
        self._head = fit_head(face_of(subject.keypoints)) if landmarks else None
        self._inside = inside_face(subject.keypoints, _FACE_SIDE) if landmarks else None
        self.siblings: dict[Any, Composition] = {}
        self._size = size or (width, height)
        shrink = min(1.0, side_px / min(self._size)) if side_px else 1.0
        across, down = (max(1, round(side * shrink)) for side in self._size)
        self._placement = _placement(subject, (across, down), output)
        self._layers = _layers(subject, self._placement, (across, down), background, chosen)
        self._white = np.full_like(self._layers.plate, 255) if background.kind is BackgroundKind.NONE else None

    def place(self, inspection: Inspection, driven: Keypoints) -> Picture:
        """Return the finished picture, a new (H, W, 3) uint8 RGB; without a background (H, W, 4), straight alpha.

        Args:
            inspection: the rendered square, with masks, occlusion and flow.
            driven: the portrait's pose in it.
        """
        picture = self.compose(self.flow(inspection, driven), driven)
        self.correct(picture, inspection, driven)
        return self.enlarged(picture)

    def flow(self, inspection: Inspection, driven: Keypoints) -> Floats:
        """Return the person's flow, for `compose`; the arguments are those of `place`."""
        return own_flow(inspection, driven, self._head, self._inside)

    def over(self, portrait: Composition) -> Composition:
        """Return the same person over the background of another picture of them; shares memory with this one."""
        other = copy(self)
        other._layers = self._layers.over(portrait._layers)
        return other

    @property
    def size_bytes(self) -> int:
        """Memory of the person's layer, the largest part."""
        return self._layers.size_bytes

    def compose(self, flow: Floats, driven: Keypoints) -> Picture:
        """Return the person in the pose `driven`, moved by the person's flow (h, w, 2), without corrections.

        Of at most `side_px`. Without a background: premultiplied, with alpha.
        """
        face = _outline(driven, self._placement)
        picture = self._layers.compose(flow, face)
        return picture if self._white is None else np.dstack([picture, self._alpha(picture, flow, face, self._white)])

    def correct(self, picture: Picture, inspection: Inspection, driven: Keypoints) -> None:
        """Add the corrections of mouth and eyes to the result of `compose`, in place; only landmarks have some."""
        add_corrections(picture, inspection, driven, self._placement)

    def sample(self, at: Floats, to_grid: Floats, size: tuple[int, int]) -> Picture:
        """Return the person's pixels (h, w, 3) at places of a composition at rest, as `Layers.sample` does."""
        return self._layers.sample(at, to_grid, size)

    @property
    def placement(self) -> Placement:
        """Place of the portrait in the result of `compose`."""
        return self._placement

    def enlarged(self, picture: Picture) -> Picture:
        """Return the result of `compose` at the output's size."""
        if picture.shape[2] == 4:
            picture = with_straight_alpha(np.ascontiguousarray(picture[..., :3]), picture[..., 3])
        if picture.shape[1::-1] != self._size:
            return np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_LINEAR), np.uint8)
        return picture

    def _alpha(self, picture: Picture, flow: Floats, face: Floats | None, white: Picture) -> NDArray[np.uint8]:
        """Return the person's share (H, W) of a picture over black: what the same picture over white lacks."""
        black, self._layers.plate = self._layers.plate, white
        difference = cv2.subtract(self._layers.compose(flow, face), picture)
        self._layers.plate = black
        return np.asarray(255 - difference.max(2), np.uint8)


def _placement(subject: Subject, size: tuple[int, int], output: Output) -> Placement:
    """Return the place of a portrait in an output of `size`."""
    height, width = subject.picture.shape[:2]
    crop, side = subject.crop, subject.face.shape[0]
    if output is Output.FULL:
        fit = min(size[0] / width, size[1] / height)
        x, y = ((out - own * fit) // 2 - 0.5 + fit / 2 for out, own in zip(size, (width, height), strict=True))
    else:
        # The square's first pixel is a whole pixel of the output, as in `compositor`.
        square = shown_square(subject.picture, crop)
        fit = min(size) / square.side
        x, y = (
            (out - min(size)) // 2 + (min(size) - 1) / 2 - fit * at
            for out, at in zip(size, (square.x, square.y), strict=True)
        )
    return Placement(fit, x, y, crop, side)


def _outline(pose: Keypoints, placement: Placement) -> Floats | None:
    """Return the outline of the face in output pixels, (K, 2); None: the pose has no landmarks."""
    return None if pose.depth is None else placement.of_normalised(pose.points[OVAL]).astype(np.float32)


def _layers(
    subject: Subject, placement: Placement, size: tuple[int, int], replacement: Background, chosen: Picture | None
) -> Layers:
    """Return the layers of a portrait at its place in an output of `size`."""
    picture, crop, cutout, face = subject.picture, subject.crop, subject.cutout, _outline(subject.keypoints, placement)
    height, width = picture.shape[:2]
    screen = Rectangle(0, 0, *size)
    shown = placement.rectangle(-0.5, -0.5, width - 0.5, height - 0.5)
    reach = crop.side / 2
    square = placement.rectangle(crop.x - reach, crop.y - reach, crop.x + reach, crop.y + reach)
    side = square.size[0]
    area = square.grown(round(FADE * side)) & shown & screen
    source = area.grown(round(_REACH * side))
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
    person, background = split(
        own,
        _ended(warp(cutout.matte, scale, x, y, source), source, shown),
        warp(cutout.background, scale, x, y, source),
    )
    area.of(plate)[:] = area.of(background, (source.left, source.top))
    if replacement.kind is BackgroundKind.KEEP:
        return Layers(plate, area, source, person, placement, shown, face)
    cut = _cut_person(cutout, picture, (scale, x, y), around, shown)
    behind = source & screen
    behind.of(plate)[:] = behind.of(background, (source.left, source.top))
    plate = backdrop(replacement, plate, chosen)
    inside = area.of(plate).copy()
    # Beside the area the person stands still.
    visible.of(plate)[:] = over(visible.of(cut, (around.left, around.top)), visible.of(plate))
    area.of(plate)[:] = inside
    person = np.ascontiguousarray(source.of(cut, (around.left, around.top)))
    return Layers(plate, area, source, person, placement, shown, face)


def _cut_person(
    cutout: Cutout, picture: Picture, at: tuple[float, float, float], rectangle: Rectangle, shown: Rectangle
) -> NDArray[np.uint8]:
    """Return a rectangle of output pixels of the premultiplied person in the person's own colours, (h, w, 4)."""
    own, _ = own_colours(cutout.region.pixels(picture), cutout.matte)
    matte = _ended(warp(cutout.matte, *at, rectangle), rectangle, shown)
    share = cv2.cvtColor(matte, cv2.COLOR_GRAY2RGB)
    return np.dstack([cv2.multiply(warp(own, *at, rectangle), share, scale=1 / 255), matte])


def _ended(matte: NDArray[np.uint8], source: Rectangle, picture: Rectangle) -> NDArray[np.uint8]:
    """Return a matte that lies at `source` without the person's mirror images beyond the picture."""
    ended = np.zeros_like(matte)
    inside, at = source & picture, (source.left, source.top)
    inside.of(ended, at)[:] = inside.of(matte, at)
    return ended
