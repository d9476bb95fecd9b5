"""Seeds and readers of pictures, videos and sound for the fuzzer."""

from __future__ import annotations

import io
import tempfile
import wave
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image

from tests.support.heic import write_heic


def picture_seeds() -> list[bytes]:
    """A small picture in every format that Pillow writes here."""
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    written: list[tuple[Image.Image, str, dict[str, object]]] = [
        (picture, "PNG", {}),
        (picture.quantize(16), "PNG", {}),
        (picture.convert("RGBA"), "PNG", {}),
        (picture.convert("I;16"), "PNG", {}),
        (picture, "JPEG", {"exif": exif, "icc_profile": _profile()}),
        (picture.convert("CMYK"), "JPEG", {"progressive": True}),
        (picture, "WEBP", {"lossless": True}),
        (picture, "WEBP", {"save_all": True, "append_images": [picture.rotate(90)]}),
        (picture, "GIF", {"save_all": True, "append_images": [picture.rotate(90)]}),
        (picture, "BMP", {}),
        (picture, "TIFF", {"compression": "tiff_lzw"}),
        (picture.convert("F"), "TIFF", {}),
        (picture.convert("I"), "TIFF", {}),
        (picture, "TGA", {}),
        (picture, "AVIF", {}),
        (picture, "JPEG2000", {}),
        (picture, "PNG", {"save_all": True, "append_images": [picture.rotate(90)]}),
    ]
    found = []
    for image, kind, options in written:
        stream = io.BytesIO()
        try:
            image.save(stream, kind, **options)
        except (OSError, KeyError, ValueError):  # this Pillow does not write it
            continue
        found.append(stream.getvalue())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.heic"
        found += [write_heic(path, pixels, tiles=tiles, turns=1).read_bytes() for tiles in (False, True)]
    found.append(cv2.imencode(".jp2", pixels.astype(np.uint16) * 257)[1].tobytes())
    return found


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def read_picture(path: Path) -> object:
    from puppet.media import pictures

    return pictures.read_picture(path)


def read_clip(path: Path) -> object:
    from puppet.media.animation import open_clip

    with open_clip(path) as clip:
        return [picture.time_s for picture in islice(clip.pictures(), 40)]


def video_seeds() -> list[bytes]:
    """Six frames in each container with a common codec."""
    kinds = (
        *("mp4 libx264 aac", "mov mpeg4 aac", "matroska libx264 libopus", "avi mjpeg mp3", "webm libvpx libopus"),
        *("flv flv1 -", "asf wmv2 wmav2", "mpegts mpeg2video mp2", "gif gif -", "ogg libtheora libvorbis"),
        "matroska ffv1 -",
    )
    found = []
    for container, video, sound in map(str.split, kinds):
        stream = io.BytesIO()
        try:
            with av.open(stream, "w", format=container) as output:
                output.metadata["title"] = "clip"
                _write_clip(output, video, sound)
        except (av.error.FFmpegError, ValueError):  # this FFmpeg does not write it
            continue
        found.append(stream.getvalue())
    return found


def _write_clip(output: Any, video: str, sound: str) -> None:
    stream = output.add_stream(video, rate=25)
    stream.width = stream.height = 64
    stream.pix_fmt = {"mjpeg": "yuvj420p", "gif": "rgb8", "ffv1": "yuv444p"}.get(video, "yuv420p")
    tone = output.add_stream(sound, rate=48000) if sound != "-" else None
    for index in range(6):
        pixels = np.roll(np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8), index, 0)
        output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        if tone is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 3840), np.int16), "s16", "stereo")
            silence.sample_rate = 48000
            output.mux(tone.encode(silence))
    for each in (stream, tone):
        if each is not None:
            output.mux(each.encode(None))


def read_video(path: Path) -> object:
    from puppet.media.video_reader import VideoReader

    with VideoReader(path) as reader:
        return [picture.time_s for picture in islice(reader.pictures(), 40)]


def read_sound(path: Path) -> object:
    from puppet.media.video import VideoWriter

    for suffix in (".mp4", ".mkv"):
        with VideoWriter(path.with_name(f"out{suffix}"), (64, 64), 25, sound_from=path) as writer:
            for index in range(3):
                writer.write(np.zeros((64, 64, 3), np.uint8), index / 2)
    return None


def sound_seeds() -> list[bytes]:
    """A .wav file: it holds no video."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2000))
    return [stream.getvalue()]
