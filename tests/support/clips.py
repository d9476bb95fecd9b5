"""Small videos made on the spot, so that no footage is kept: any rate, size, rotation and sound a test may ask for."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from puppet.domain import Picture
from puppet.media.pictures import read_picture
from tests.support.faces import PORTRAITS

TIME_BASE = Fraction(1, 90_000)
PORTRAIT = PORTRAITS / "vera.jpg"


def even_times(rate: float, frames: int) -> list[float]:
    """Times in seconds of a constant rate."""
    return [index / rate for index in range(frames)]


def moving_square(size: tuple[int, int], frames: int) -> list[Picture]:
    """A bright square that travels right over a dark gradient: every frame differs, and left differs from right."""
    width, height = size
    ramp = np.linspace(20, 90, width, dtype=np.uint8)
    ground = np.broadcast_to(ramp[None, :, None], (height, width, 3))
    pictures = []
    for index in range(frames):
        picture = ground.copy()
        left = (width - 16) * index // max(frames - 1, 1)
        picture[height // 4 : height // 4 + 16, left : left + 16] = 230
        pictures.append(picture)
    return pictures


def moving_face(size: tuple[int, int], frames: int) -> list[Picture]:
    """A portrait that sways, so that tracking has a face to follow."""
    still = np.asarray(ImageOps.pad(Image.fromarray(read_picture(PORTRAIT)), size, color=(90, 90, 90)))
    shifts = [round(size[0] / 20 * np.sin(index / 4)) for index in range(frames)]
    return [np.ascontiguousarray(np.roll(still, shift, axis=1)) for shift in shifts]


def write_clip(
    path: Path,
    pictures: Sequence[Picture],
    times_s: Sequence[float],
    *,
    sound: bool = False,
    rotation: int = 0,
    codec: str = "libx264",
) -> Path:
    """Write a video whose frames have exactly these times.

    Args:
        path: .mp4, .mkv, .mov …
        pictures: (H, W, 3) uint8 RGB, all of one size, odd ones too.
        times_s: when each is shown, rising.
        sound: add a 440 Hz tone of the video's length.
        rotation: 0, 90, 180 or 270: degrees clockwise that a player turns the picture by, as phones write it (.mp4).
        codec: of the picture.
    """
    height, width = pictures[0].shape[:2]
    rate = Fraction(round(max(len(times_s) - 1, 1) / max(times_s[-1], 0.01) * 100), 100)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if width % 2 == height % 2 == 0 else "yuv444p"
        stream.codec_context.time_base = TIME_BASE
        stream.options = {"preset": "ultrafast"} if codec == "libx264" else {}
        tone = container.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for picture, time_s in zip(pictures, times_s, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time_s / TIME_BASE), TIME_BASE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            assert isinstance(tone, av.AudioStream)
            _write_tone(container, tone, times_s[-1] + float(1 / rate))
    if rotation:
        _turn(path, rotation, width, height)
    return path


def _write_tone(container: av.container.OutputContainer, tone: av.AudioStream, seconds: float) -> None:
    samples = np.arange(int(48_000 * seconds))
    wave = (np.sin(samples * 2 * np.pi * 440 / 48_000) * 0.3).astype(np.float32)
    for start in range(0, len(wave), 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        container.mux(tone.encode(frame))
    container.mux(tone.encode(None))


def _turn(path: Path, rotation: int, width: int, height: int) -> None:
    """Write the rotation into the track header's matrix (ISO 14496-12, 8.3.2), where phones put it."""
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation]
    shift = {90: (height, 0), 180: (width, height), 270: (0, width)}[rotation]
    one = 1 << 16
    matrix = struct.pack(
        ">9i", cos * one, sin * one, 0, -sin * one, cos * one, 0, shift[0] * one, shift[1] * one, 1 << 30
    )
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    content[start : start + len(matrix)] = matrix
    path.write_bytes(content)


def truncated(path: Path, share: float) -> Path:
    """Cut a file off after `share` of its bytes."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path
