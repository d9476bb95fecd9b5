"""Geometry of the box: a square on a picture, drawn, moved and resized. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

MIN_SIDE_PX = 16.0


@dataclass(frozen=True, slots=True)
class Box:
    """An upright square in pixels of a picture; (0, 0) is the upper left corner of the picture.

    Attributes:
        left: x of the left edge.
        top: y of the upper edge.
        side: length of a side, above 0.
    """

    left: float
    top: float
    side: float

    def moved(self, right_px: float, down_px: float, size: tuple[int, int]) -> Box:
        """Return the box moved, but kept inside a picture of `size` (width, height)."""
        return _inside(replace(self, left=self.left + right_px, top=self.top + down_px), size)

    def resized(self, by_px: float, size: tuple[int, int]) -> Box:
        """Return a box with the same centre whose side is `by_px` longer, inside a picture of `size`."""
        side = max(MIN_SIDE_PX, min(self.side + by_px, *size))
        shift = (self.side - side) / 2
        return _inside(Box(self.left + shift, self.top + shift, side), size)

    def mirrored(self, width: int) -> Box:
        """Return the box with the same content in the mirrored picture, `width` pixels wide."""
        return replace(self, left=width - self.left - self.side)

    def contains(self, x: float, y: float) -> bool:
        """Return True for a point inside the box."""
        return 0 <= x - self.left <= self.side and 0 <= y - self.top <= self.side


def default_box(size: tuple[int, int]) -> Box:
    """Return a box in the centre of a picture of `size` (width, height)."""
    width, height = size
    side = 0.7 * min(size)
    return Box((width - side) / 2, (height - side) / 2, side)


def box_from_drag(start: tuple[float, float], end: tuple[float, float], size: tuple[int, int]) -> Box:
    """Return the box of a drag: its side is the longer of both distances, limited by the picture of `size`."""
    x, y = (min(max(at, 0.0), float(most)) for at, most in zip(start, size, strict=True))
    right, down = end[0] >= x, end[1] >= y
    room = min(size[0] - x if right else x, size[1] - y if down else y)
    side = min(max(abs(end[0] - x), abs(end[1] - y)), room)
    box = Box(x if right else x - side, y if down else y - side, side)
    return box if side >= MIN_SIDE_PX else box.resized(MIN_SIDE_PX - side, size)


def _inside(box: Box, size: tuple[int, int]) -> Box:
    left = min(max(box.left, 0.0), size[0] - box.side)
    top = min(max(box.top, 0.0), size[1] - box.side)
    return replace(box, left=left, top=top)
