"""Draws the visible label "Made with AI" on finished pictures. Belongs to the thread that paints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from puppet.domain import Badge, Corner, Floats, Picture

_MARGIN = 0.6  # of the text's height: from the corner to the label, and from its edge to the text
_DARKNESS = 0.6
_SMALLEST_PX = 6.0


@dataclass(frozen=True, slots=True)
class _Label:
    """A label for pictures of one size.

    Attributes:
        rows: in the picture.
        columns: in the picture.
        keep: (h, w, 1) share of the picture that shows through.
        add: (h, w, C) what is added.
    """

    rows: slice
    columns: slice
    keep: Floats
    add: Floats


class BadgePainter:
    """Draws a badge; the label is made once for each badge and size of picture."""

    def __init__(self) -> None:
        self._made_for: tuple[Badge, tuple[int, ...]] | None = None
        self._label: _Label | None = None

    def draw(self, picture: Picture, badge: Badge | None) -> Picture:
        """Return (H, W, C) uint8 with the badge; the same array without a badge. Under it, alpha becomes opaque."""
        if badge is None:
            return picture
        if self._made_for != (made_for := (badge, picture.shape)):
            self._made_for, self._label = made_for, _label(badge, picture.shape)
        label = self._label
        assert label is not None
        drawn = picture.copy()
        part = drawn[label.rows, label.columns]
        part[:] = np.rint(part * label.keep + label.add)
        return drawn


def _label(badge: Badge, shape: tuple[int, ...]) -> _Label:
    height, width, channels = shape
    text = _text(badge, (width, height))
    rows, columns = text.shape
    gap = min(round(_MARGIN * badge.size * min(height, width)), height - rows, width - columns)
    top = gap if badge.corner in (Corner.TOP_LEFT, Corner.TOP_RIGHT) else height - gap - rows
    left = gap if badge.corner in (Corner.TOP_LEFT, Corner.BOTTOM_LEFT) else width - gap - columns
    keep = (1 - text) * (1 - _DARKNESS)
    add = np.repeat(255 * text[..., None], channels, 2)
    if channels == 4:
        add[..., 3] = 255 * (1 - keep)
    return _Label(slice(top, top + rows), slice(left, left + columns), keep[..., None], add)


def _text(badge: Badge, size: tuple[int, int]) -> Floats:
    """Return the coverage (h, w) of the text in [0, 1], with a margin around it; smaller where it would not fit."""
    wanted = max(badge.size * min(size), _SMALLEST_PX)
    while True:
        font = ImageFont.load_default(wanted)
        left, top, right, bottom = font.getbbox(badge.text)
        margin = round(_MARGIN * wanted)
        ascent = round(wanted)
        width, height = round(right - left) + 2 * margin, max(ascent, round(bottom - top)) + margin
        if (width <= size[0] and height <= size[1]) or wanted <= _SMALLEST_PX:
            break
        wanted = max(_SMALLEST_PX, 0.9 * wanted)
    width, height = min(width, size[0]), min(height, size[1])
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).text((width / 2, height / 2), badge.text, 255, font, anchor="mm")
    return np.asarray(image, np.float32) / np.float32(255)
