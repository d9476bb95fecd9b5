"""The number of a frame in the video itself: a strip of black and white cells below the picture. Any thread.

Video by WebRTC has timestamps of its own, with an origin that only the sender knows. A number in the picture survives
every codec and every browser, so that the time from capture to picture is measured and not estimated.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from puppet.domain import Picture

STRIP_PX = 16
"""Height of the strip: a macroblock, so that nothing of the picture bleeds into it."""
_NUMBER_BITS, _CHECK_BITS = 24, 8
_CELLS = _NUMBER_BITS + _CHECK_BITS
_BLACK, _WHITE = 16, 235


def numbered_frame(picture: Picture, number: int) -> VideoFrame:
    """Return a frame of (H, W, 3), both even, and below it its number, of which the lowest 24 bits are kept.

    OpenCV converts colours for a quarter of what FFmpeg takes, and without its shift of 1.4 of 255.
    """
    height, width = picture.shape[:2]
    numbered = np.empty((height + STRIP_PX, width, 3), np.uint8)
    numbered[:height] = picture
    cells = np.where(_bits(number), _WHITE, _BLACK).astype(np.uint8)
    numbered[height:] = cells[_cell_of_columns(width)][None, :, None]
    planes = np.asarray(cv2.cvtColor(numbered, cv2.COLOR_RGB2YUV_I420), np.uint8)
    return VideoFrame.from_ndarray(planes, "yuv420p")


def picture_of(frame: VideoFrame) -> Picture:
    """Return the picture above the number of a received frame."""
    planes = frame.reformat(format="yuv420p").to_ndarray()
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)[: frame.height - STRIP_PX], np.uint8)


def read_number(luma: NDArray[np.uint8]) -> int | None:
    """Return the number in (STRIP_PX, W) luma, 0 to 2**24 - 1; None when it is not readable."""
    cell = _cell_of_columns(luma.shape[1])
    inner = luma[STRIP_PX // 4 : -STRIP_PX // 4].mean(axis=0)
    means = np.bincount(cell, inner, _CELLS) / np.maximum(np.bincount(cell, minlength=_CELLS), 1)
    bits = means > (_BLACK + _WHITE) / 2
    number = int(sum(1 << index for index in range(_NUMBER_BITS) if bits[index]))
    return number if (bits == _bits(number)).all() else None


def luma_strip(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return (STRIP_PX, W): the lowest rows of a frame's luma plane, of any planar YUV format."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height]
    return rows[-STRIP_PX:, : frame.width]


def following(number: int, last: int) -> int:
    """Return the full number whose lowest 24 bits are `number`: the one closest to `last`."""
    step = (number - last) & 0xFFFFFF
    return last + (step - (1 << _NUMBER_BITS) if step >> (_NUMBER_BITS - 1) else step)


def _bits(number: int) -> NDArray[np.bool_]:
    number &= 0xFFFFFF
    check = zlib.crc32(number.to_bytes(3, "little")) & 0xFF
    return np.array([(number | check << _NUMBER_BITS) >> index & 1 for index in range(_CELLS)], bool)


def _cell_of_columns(width: int) -> NDArray[np.intp]:
    return np.arange(width) * _CELLS // width
