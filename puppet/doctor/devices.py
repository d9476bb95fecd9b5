"""Checks of cameras, microphones, virtual cameras and codecs. No camera is opened: its light would go on."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.codec import codecs_available

from puppet.cameras.discovery import CameraInfo, list_cameras
from puppet.config import DEFAULT_SIZE
from puppet.doctor.report import Finding, Level
from puppet.errors import SinkError
from puppet.installation import COMMAND
from puppet.microphones.opening import list_microphones
from puppet.sinks.base import Sink
from puppet.sinks.camera_setup import SetupState, examine_setup
from puppet.sinks.virtual_camera import VirtualCamera

_LEVELS = {SetupState.READY: Level.OK, SetupState.HIDDEN: Level.WARNING, SetupState.NO_ACCESS: Level.WARNING}
_ENCODERS = (("libx264", "yuv420p", "recordings and .mp4"), ("ffv1", "bgr0", "lossless .mkv"))
_DECODERS = ("h264", "hevc", "vp9", "av1", "mjpeg")
_TEST_PX, _TEST_FRAMES = 64, 3


def cameras(listed: Callable[[], Sequence[CameraInfo]] = list_cameras) -> Iterator[Finding]:
    """List the cameras, and those that this user may not open."""
    found = listed()
    for camera in found:
        name = f"{camera.index} {camera.name}" + (" (virtual)" if camera.virtual else "")
        if camera.path is not None and not os.access(camera.path, os.R_OK | os.W_OK):
            mend = "sudo usermod -aG video $USER, then log in again"
            yield Finding("cameras", name, Level.WARNING, f"{camera.path}: this user may not open it", mend)
        else:
            yield Finding("cameras", name, Level.OK, str(camera.path or "listed by the system"))
    if not found:
        mend = "plug one in; on macOS and Windows allow the camera for the terminal in the privacy settings"
        yield Finding("cameras", "none", Level.MISSING, "the bundled clip takes its place", mend)


def microphones(listed: Callable[[], Sequence[str]] = list_microphones) -> Iterator[Finding]:
    """List the microphones; none is opened."""
    found = listed()
    for number, name in enumerate(found):
        yield Finding("microphones", name, Level.OK, "the system's default" if number == 0 else "listed by the system")
    if not found:
        mend = "plug one in; on Linux PipeWire or PulseAudio has to run: sudo apt-get install pipewire-pulse libpulse0"
        yield Finding("microphones", "none", Level.MISSING, "recordings have no sound", mend)


def virtual_camera(
    open_sink: Callable[[], Sink] = lambda: VirtualCamera(DEFAULT_SIZE), root: Path = Path("/")
) -> Iterator[Finding]:
    """Check the system's set-up and open a virtual camera; a failure names the reason of every back-end."""
    if platform.system() == "Linux":
        setup = examine_setup(root)
        found, mend = f"{setup.state.value}: {setup.found}", f"{COMMAND} camera-setup" if setup.commands else ""
        yield Finding("virtual camera", "v4l2loopback", _LEVELS.get(setup.state, Level.MISSING), found, mend)
    try:
        sink = open_sink()
    except SinkError as error:
        reason, _, mend = str(error).rpartition("; ")
        yield Finding("virtual camera", "open", Level.MISSING, reason, mend)
    else:
        yield Finding("virtual camera", "open", Level.OK, sink.name)
        sink.close()


def codecs() -> Iterator[Finding]:
    """Check the encoders by encoding, the decoders by name."""
    for codec, pixels, use in _ENCODERS:
        try:
            size = _encoded(codec, pixels)
        except (av.FFmpegError, ValueError) as error:
            found = f"cannot encode ({' '.join(str(error).split())}); needed for {use}"
            yield Finding("codecs", codec, Level.BROKEN, found, "python -m pip install --force-reinstall --no-deps av")
        else:
            yield Finding("codecs", codec, Level.OK, f"encodes ({_TEST_FRAMES} frames, {size} bytes), for {use}")
    lacking = [name for name in _DECODERS if name not in codecs_available]
    available = [name for name in _DECODERS if name in codecs_available]
    level = Level.WARNING if lacking else Level.OK
    missing = f"; not {', '.join(lacking)}" if lacking else ""
    yield Finding("codecs", "decoders", level, f"reads {', '.join(available)}{missing} (PyAV {av.__version__})")


def _encoded(codec: str, pixels: str) -> int:
    """Encode a few grey frames in memory; return the number of bytes."""
    context = cast(av.VideoCodecContext, av.CodecContext.create(codec, "w"))
    context.width = context.height = _TEST_PX
    context.pix_fmt, context.time_base = pixels, Fraction(1, 30)
    grey = np.full((_TEST_PX, _TEST_PX, 3), 127, np.uint8)
    frames: list[av.VideoFrame | None] = []
    for index in range(_TEST_FRAMES):
        frame = av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format=pixels)
        frame.pts = index
        frames.append(frame)
    return sum(packet.size for frame in [*frames, None] for packet in context.encode(frame))
