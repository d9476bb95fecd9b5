"""Codecs of the videos that are written: encoder, containers, pixel formats and options."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from av import FFmpegError
from av.codec import CodecContext, codecs_available
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from puppet.config import RecordingOptions
from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.hardware import network_threads
from puppet.media.files import VIDEO_EXTENSIONS

TICKS_PER_S = 90_000
"""Resolution of written timestamps; every usual frame rate, even 30000/1001, is a whole number of ticks."""
OFFLINE_CRF = "17"  # visually lossless
_LIVE_CRF = {"small": "27", "good": "20", "best": "15"}
_FEW_CORES = 2  # of them, an encoder that takes half the time for files a quarter larger leaves more to the networks
_BT709 = 1


@dataclass(frozen=True, slots=True)
class VideoCodec:
    """Parameters with which a codec is written.

    Attributes:
        encoder: FFmpeg's name.
        extensions: of the containers that hold it.
        pixels: pixel format.
        alpha_pixels: pixel format with transparency; "": it has none.
        options: of the encoder.
    """

    encoder: str
    extensions: tuple[str, ...]
    pixels: str
    alpha_pixels: str
    options: dict[str, str]

    @property
    def is_rgb(self) -> bool:
        """True if the colours are not converted."""
        return self.pixels == "bgr0"

    @property
    def halves_colours(self) -> bool:
        """True if colour planes have half the size: sides must be even."""
        return self.pixels in ("yuv420p", "nv12")


VIDEO_CODECS = {
    "h264": VideoCodec(
        "libx264", VIDEO_EXTENSIONS, "yuv420p", "", {"crf": OFFLINE_CRF, "preset": "medium"}
    ),
    "ffv1": VideoCodec("ffv1", (".mkv",), "bgr0", "", {"slices": "4", "level": "3"}),
    "vp9": VideoCodec(
        "libvpx-vp9",
        (".webm", ".mkv"),
        "yuv420p",
        "yuva420p",
        # With alternate reference frames the encoder refuses transparency.
        {"crf": "18", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1", "auto-alt-ref": "0"},
    ),
    "prores": VideoCodec(
        "prores_ks", (".mov",), "yuv444p10le", "yuva444p10le", {"profile": "4444", "vendor": "apl0", "alpha_bits": "16"}
    ),
}  # fmt: skip


def known_codec(name: str, path: Path) -> VideoCodec:
    """Return a codec that the container of `path` holds. Raises MediaError."""
    if name not in VIDEO_CODECS:
        raise MediaError(f"Codec {name} is unknown; known: {', '.join(VIDEO_CODECS)}")
    codec = VIDEO_CODECS[name]
    if path.suffix.lower() not in codec.extensions:
        raise MediaError(f"{path}: {name} needs another container; use the extension {' or '.join(codec.extensions)}")
    return codec


def live_codec(recording: RecordingOptions) -> VideoCodec:
    """Return H.264 for a recording: encoded on the graphics card where that works, else by x264.

    Every encoder works without look-ahead and reordering: encoded frames are on the disk, not in a buffer, when the
    process is killed.
    """
    crf = _LIVE_CRF[recording.quality]
    if recording.hardware and (found := _hardware_encoder()):
        # Encoders on graphics cards need about 3 steps more for the size of x264's files.
        options = {name: value.format(q=int(crf) + 3) for name, value in _HARDWARE[found].items()}
        return VideoCodec(found, VIDEO_EXTENSIONS, _HARDWARE_PIXELS, "", options)
    preset = "ultrafast" if network_threads() <= _FEW_CORES else "superfast"
    options = {"crf": crf, "preset": preset, "tune": "zerolatency"}
    return replace(VIDEO_CODECS["h264"], options=options)


_HARDWARE_PIXELS = "nv12"
_HARDWARE = {
    "h264_nvenc": {"preset": "p4", "tune": "ll", "rc": "vbr", "cq": "{q}", "b": "0", "bf": "0", "delay": "0"},
    "h264_qsv": {"preset": "faster", "global_quality": "{q}", "bf": "0", "async_depth": "1", "look_ahead": "0"},
    "h264_videotoolbox": {"realtime": "1", "prio_speed": "1", "b": "8000000", "bf": "0"},
}
"""Encoders of NVIDIA, Intel and Apple with their options; {q}: the quality, as of x264's crf."""
_TRIAL_PX, _TRIAL_FRAMES = 256, 3


@cache
def _hardware_encoder() -> str:
    """Return the first encoder on a graphics card that encodes three frames which can be read back; "" for none."""
    return next((name for name in _HARDWARE if name in codecs_available and encodes(name)), "")


def encodes(name: str) -> bool:
    """Encode three frames in memory and decode them again: drivers that claim an encoder may lack it."""
    options = {key: value.format(q=23) for key, value in _HARDWARE.get(name, {}).items()}
    try:
        encoder = cast(VideoCodecContext, CodecContext.create(name, "w"))
        encoder.width = encoder.height = _TRIAL_PX
        encoder.pix_fmt, encoder.time_base, encoder.options = _HARDWARE_PIXELS, Fraction(1, 30), options
        decoder = CodecContext.create("h264", "r")
        packets = []
        for index in range(_TRIAL_FRAMES):
            frame = VideoFrame(_TRIAL_PX, _TRIAL_PX, _HARDWARE_PIXELS)
            for plane in frame.planes:
                plane.update(bytes([100 + 20 * index]) * plane.buffer_size)
            frame.pts = index
            packets += encoder.encode(frame)
        decoded = [frame for packet in [*packets, *encoder.encode(None), None] for frame in decoder.decode(packet)]
    except (FFmpegError, ValueError, RuntimeError, OSError):
        return False
    luma = [bytes(frame.planes[0])[_TRIAL_PX * _TRIAL_PX // 2] for frame in decoded if frame.planes]
    expected = [100 + 20 * index for index in range(_TRIAL_FRAMES)]
    return len(luma) == _TRIAL_FRAMES and all(abs(a - b) < 12 for a, b in zip(luma, expected, strict=True))


def add_video(
    container: OutputContainer, size: tuple[int, int], rate: Fraction, codec: VideoCodec, *, live: bool, alpha: bool
) -> VideoStream:
    """Add a stream for pictures of `size`, (width, height)."""
    stream = cast(VideoStream, container.add_stream(codec.encoder, rate=rate, options=codec.options))
    stream.width, stream.height = (side + side % 2 if codec.halves_colours else side for side in size)
    stream.pix_fmt = codec.alpha_pixels if alpha else codec.pixels
    context = stream.codec_context
    context.time_base = Fraction(1, TICKS_PER_S)
    if not codec.is_rgb:
        context.gop_size = max(1, round(rate if live else 4 * rate))
        context.color_primaries, context.color_trc, context.colorspace = _BT709, _BT709, Colorspace.ITU709
        context.color_range = ColorRange.MPEG
    return stream


class FrameConverter:
    """Converts pictures to frames of a stream; belongs to one thread."""

    def __init__(self, codec: VideoCodec, pixels: str) -> None:
        """`pixels`: format of the stream."""
        self._codec, self._pixels = codec, pixels
        self._colours = VideoReformatter()

    def frame(self, picture: Picture) -> VideoFrame:
        """Return a frame of (H, W, 3) or, with straight alpha, (H, W, 4)."""
        picture = _even_sized(picture) if self._codec.halves_colours else picture
        picture = np.ascontiguousarray(picture)
        if picture.shape[2] == 3:  # four channels are converted in less time, to the same bits
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)
        frame = VideoFrame.from_numpy_buffer(picture, "rgba")  # no copy
        if self._codec.is_rgb:
            return self._colours.reformat(frame, format=self._pixels, threads=1)
        return self._colours.reformat(
            frame,
            format=self._pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )


def _even_sized(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
