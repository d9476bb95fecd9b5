"""Pictures behind a person who was cut out, in place of the portrait's own background. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Background, BackgroundKind, Picture

_BLUR = 0.025
"""Standard deviation of the blur, as a share of the shorter side."""
_SQUARE_PX = 16  # of the chequered pattern that stands for transparency
_SHADES = 204, 255
_NEARBY_PX = 9
_OPAQUE = 24  # from here on a pixel's own colours are exact enough


def backdrop(background: Background, own: Picture, chosen: Picture | None) -> Picture:
    """Return what is shown behind the person, (H, W, 3).

    Args:
        background: any kind but KEEP.
        own: (H, W, 3): the portrait's own background.
        chosen: the picture, for PICTURE.
    """
    height, width = own.shape[:2]
    if background.kind is BackgroundKind.BLUR:
        return np.asarray(cv2.GaussianBlur(own, (0, 0), _BLUR * min(height, width)), np.uint8)
    if background.kind is BackgroundKind.PICTURE:
        assert chosen is not None
        return _covering(chosen, (width, height))
    colour = background.rgb if background.kind is BackgroundKind.COLOUR else (0, 0, 0)
    return np.broadcast_to(np.array(colour, np.uint8), own.shape).copy()


def over(person: NDArray[np.uint8], behind: Picture) -> Picture:
    """Return a premultiplied person (h, w, 4) over a picture, (h, w, 3)."""
    share = 255 - cv2.cvtColor(np.ascontiguousarray(person[..., 3]), cv2.COLOR_GRAY2RGB)
    colours = np.ascontiguousarray(person[..., :3])
    return np.asarray(cv2.add(colours, cv2.multiply(np.ascontiguousarray(behind), share, scale=1 / 255)), np.uint8)


def with_straight_alpha(picture: Picture, alpha: NDArray[np.uint8]) -> Picture:
    """Return a premultiplied picture (H, W, 3) with its alpha (H, W) as straight colours and alpha: (H, W, 4).

    Where a pixel is transparent it has the colours of the person nearby: codecs with coarse colours mix neighbours.
    """
    colours, share = picture.astype(np.float32), alpha.astype(np.float32)
    around = cv2.boxFilter(np.dstack([colours, share]), -1, (_NEARBY_PX, _NEARBY_PX))
    colours, share = (
        np.where((alpha > _OPAQUE)[..., None], own, near)
        for own, near in ((colours, around[..., :3]), (share[..., None], around[..., 3:]))
    )
    straight = np.where(share > 0, colours * (255 / np.maximum(share, 1e-3)), 0)
    return np.dstack([np.clip(straight + 0.5, 0, 255).astype(np.uint8), alpha])


def over_chequers(picture: Picture) -> Picture:
    """Return a picture with straight alpha, (H, W, 4), over the pattern that stands for transparency: (H, W, 3)."""
    height, width = picture.shape[:2]
    rows, columns = np.arange(height)[:, None] // _SQUARE_PX, np.arange(width) // _SQUARE_PX
    pattern = np.array(_SHADES, np.float32)[(rows + columns) % 2][..., None]
    share = picture[..., 3:] * np.float32(1 / 255)
    return np.asarray((pattern + share * (picture[..., :3] - pattern) + 0.5).astype(np.uint8))


def shown(picture: Picture) -> tuple[Picture, Picture | None]:
    """Return a picture without transparency and, when it had some, itself."""
    return (picture, None) if picture.shape[2] == 3 else (over_chequers(picture), picture)


def mixed(picture: Picture, share: float, other: Picture) -> Picture:
    """Return a picture with this share of another one; when one of them is transparent, it alone."""
    if picture.shape != other.shape:
        return picture
    return np.asarray(cv2.addWeighted(picture, share, other, 1 - share, 0), np.uint8)


def _covering(picture: Picture, size: tuple[int, int]) -> Picture:
    """Scale a picture to cover `size`, (width, height), and cut off what is more."""
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    part = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    left, top = (width - part[0]) // 2, (height - part[1]) // 2
    middle = picture[top : top + part[1], left : left + part[0]]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(middle, size, interpolation=interpolation), np.uint8)
