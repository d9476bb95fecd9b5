"""Pictures that FFmpeg decodes, as Pillow cannot (HEIC), takes too much memory (large AVIF, WebP) or errs (JPEG 2000).

Any thread.
"""

from __future__ import annotations

from typing import Any, cast

import av
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from puppet.domain import Picture
from puppet.media.colour import UNSPECIFIED, to_sdr_709
from puppet.media.heif import Heif, Item, grid_of, size_of

_CODECS = {b"hvc1": ("hevc", b"hvcC"), b"hev1": ("hevc", b"hvcC"), b"av01": ("libdav1d", b"av1C")}
"""FFmpeg's decoder, and the property with its configuration."""
_END_OF_CODESTREAM = b"\xff\xd9"  # of JPEG 2000; these bytes are in no coded data
_MOST_TILED = 4  # times the picture's pixels


def decode_heif(heif: Heif, longest: int) -> Picture:
    """Return the primary picture as (H, W, 3) uint8 RGB, upright.

    Args:
        heif: the parsed file.
        longest: a picture that is not in tiles is reduced to this longer side, in pixels, while it is decoded.

    Raises:
        ValueError, LookupError, struct.error: damaged, or of another codec.
    """
    try:
        picture = _decoded(heif, longest)
    except av.FFmpegError as error:
        raise ValueError(error.strerror) from error
    for name, content in heif.primary.properties:
        if name == b"irot":
            picture = np.rot90(picture, content[0] & 3)
        elif name == b"imir":
            picture = picture[:, ::-1] if content[0] & 1 else picture[::-1]
    return np.ascontiguousarray(picture)


def decode_webp(content: bytes, size: tuple[int, int], longest: int) -> Picture:
    """Return a WebP picture of this size as (H, W, 3) uint8 RGB, reduced to this longer side. Raises ValueError."""
    try:
        return np.asarray(_reduced_rgb(_frame("webp", content, b"", size[0] * size[1]), longest))
    except av.FFmpegError as error:
        raise ValueError(error.strerror) from error


def decode_jpeg2000(content: bytes, size: tuple[int, int], longest: int) -> NDArray[np.uint8]:
    """Return a JPEG 2000 picture of this size and two or more channels, reduced to this longer side.

    Returns:
        (H, W, 3) uint8 RGB, or (H, W, 4) with alpha.

    Raises:
        ValueError: damaged.
    """
    if _END_OF_CODESTREAM not in content:
        raise ValueError("the end of the file is missing")
    try:
        frame = _frame("jpeg2000", content, b"", size[0] * size[1])
    except av.FFmpegError as error:
        raise ValueError(error.strerror) from error
    frame.color_range = ColorRange.JPEG
    has_alpha = len(frame.format.components) in (2, 4)
    return np.asarray(_reduced_rgb(frame, longest, "rgba" if has_alpha else "rgb24"))


def _decoded(heif: Heif, longest: int) -> Picture:
    """Decode a single picture, or a grid tile by tile."""
    if heif.primary.kind != b"grid":
        return _decode_item(heif, heif.primary, longest)
    rows, columns, width, height = grid_of(heif.primary.data)
    if len(heif.primary.tiles) != rows * columns:
        raise ValueError(f"a grid of {rows}x{columns} has {len(heif.primary.tiles)} tiles")
    whole = np.zeros((height, width, 3), np.uint8)
    tall, wide = size_of(heif.item(heif.primary.tiles[0]))[::-1]
    if rows * columns * tall * wide > _MOST_TILED * (width * height + (1 << 20)):
        raise ValueError("the tiles are larger than the picture")
    for index, tile in enumerate(heif.primary.tiles):
        top, left = index // columns * tall, index % columns * wide
        place = whole[top : top + tall, left : left + wide]
        if place.size:
            place[:] = _decode_item(heif, heif.item(tile), max(tall, wide))[: place.shape[0], : place.shape[1]]
    return whole


def _decode_item(heif: Heif, item: Item, longest: int) -> Picture:
    codec, configuration = _CODECS[item.kind]
    width, height = size_of(item)
    frame = _frame(codec, item.data, item.property(configuration), width * height)
    if heif.matrix != UNSPECIFIED:
        frame.colorspace, frame.color_range = heif.matrix, ColorRange.JPEG if heif.is_full_range else ColorRange.MPEG
    picture = to_sdr_709(_reduced_rgb(frame, longest, "rgb24" if heif.tags.is_sdr_709 else "rgb48le"), heif.tags)
    return picture[:height, :width]


def _frame(codec: str, data: bytes, configuration: bytes, pixels: int) -> VideoFrame:
    """Decode the first frame of a picture of about so many pixels. Raises ValueError, av.FFmpegError."""
    decoder = cast(VideoCodecContext, CodecContext.create(codec, "r"))
    decoder.extradata = configuration or None
    decoder.options = {"max_pixels": str(pixels + (1 << 20))}
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    if not frames:
        raise ValueError("the picture has no data")
    return frames[0]


def _reduced_rgb(frame: VideoFrame, longest: int, pixels: str = "rgb24") -> NDArray[Any]:
    """Return a frame in FFmpeg's pixel format `pixels`, (H, W, channels), with this longer side at most."""
    scale = min(1.0, longest / max(frame.width, frame.height))
    return frame.reformat(
        max(1, round(frame.width * scale)),
        max(1, round(frame.height * scale)),
        pixels,
        src_colorspace=Colorspace.ITU601 if frame.colorspace == UNSPECIFIED else None,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.AREA if scale < 1 else None,
    ).to_ndarray()
