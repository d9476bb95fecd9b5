"""A square on a picture, drawn and moved by hand; without Qt, so that every step can be tested."""

from __future__ import annotations

from dataclasses import dataclass, replace

MIN_SIDE_PX = 16.0


@dataclass(frozen=True, slots=True)
class Box:
    """An upright square in pixels of a picture, the picture's upper left corner being (0, 0).

    Attributes:
        left: its left edge.
        top: its upper edge.
        side: its side, above 0.
    """

    left: float
    top: float
    side: float

    def moved(self, right_px: float, down_px: float, size: tuple[int, int]) -> Box:
        """The same square elsewhere, inside of a picture of (width, height)."""
        return _inside(replace(self, left=self.left + right_px, top=self.top + down_px), size)

    def resized(self, by_px: float, size: tuple[int, int]) -> Box:
        """A larger or smaller square around the same middle."""
        side = max(MIN_SIDE_PX, min(self.side + by_px, *size))
        shift = (self.side - side) / 2
        return _inside(Box(self.left + shift, self.top + shift, side), size)

    def mirrored(self, width: int) -> Box:
        """The square where a mirrored picture of that width shows the same."""
        return replace(self, left=width - self.left - self.side)

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return 0 <= x - self.left <= self.side and 0 <= y - self.top <= self.side


def default_box(size: tuple[int, int]) -> Box:
    """What is offered before anything was drawn: the middle of a picture of (width, height)."""
    width, height = size
    side = 0.7 * min(size)
    return Box((width - side) / 2, (height - side) / 2, side)


def box_from_drag(start: tuple[float, float], end: tuple[float, float], size: tuple[int, int]) -> Box:
    """The square drawn from a corner to the pointer: the larger of both ways, as far as the picture goes."""
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
