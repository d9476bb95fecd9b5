"""Cameras read by FFmpeg: a phone's or a camera's address on the network, and a region of the screen.

An address is used only because a person gave it. Threads as for `puppet.cameras.base.Camera`.
"""

from __future__ import annotations

import os
import platform
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame

from puppet.concurrency.timing import RateMeter
from puppet.domain import Frame
from puppet.errors import CameraError

SCHEMES = ("http", "https", "rtsp")
SCREEN = "screen:"
_OPEN_S, _READ_S = 8.0, 5.0
_LARGEST_PX = 4096
_REGION = re.compile(r"screen:(?P<x>-?\d+),(?P<y>-?\d+),(?P<width>\d+)x(?P<height>\d+)")
_PROTOCOLS = "http,https,tcp,tls,rtsp,rtp,udp,srtp"  # no files, however the stream is written


@dataclass(frozen=True, slots=True)
class Source:
    """Source that FFmpeg opens.

    Attributes:
        name: shown to the person, without a password.
        file: address or device.
        form: FFmpeg's name of the format, or None: found by itself.
        options: of the format.
    """

    name: str
    file: str
    form: str | None
    options: tuple[tuple[str, str], ...]


def is_stream(which: str) -> bool:
    """Return True for an address or a region of the screen."""
    return which.startswith(SCREEN) or which.partition("://")[0].lower() in SCHEMES


def stream_source(which: str) -> Source:
    """Return the source of an address, or of "screen:X,Y,WIDTHxHEIGHT". Raises CameraError."""
    if which.startswith(SCREEN):
        return _screen(which)
    parts = urlsplit(which)
    if not parts.hostname:
        raise CameraError(
            f'Camera "{which}": no host in this address; expected one like http://192.168.1.20:8080/video'
        )
    options = {"protocol_whitelist": _PROTOCOLS, "fflags": "nobuffer", "flags": "low_delay"}
    if parts.scheme.lower() == "rtsp":
        options["rtsp_transport"] = "tcp"
    return Source(f"{parts.scheme}://{parts.hostname}{parts.path}", which, None, tuple(options.items()))


def _screen(which: str) -> Source:
    match = _REGION.fullmatch(which)
    if match is None or not all(2 <= int(match[side]) <= _LARGEST_PX for side in ("width", "height")):
        raise CameraError(f'Camera "{which}": expected screen:X,Y,WIDTHxHEIGHT in pixels, like screen:0,0,1280x720')
    size = f"{match['width']}x{match['height']}"
    common = (("video_size", size), ("framerate", "30"))
    name = f"screen {size} at {match['x']}, {match['y']}"
    if platform.system() == "Windows":
        return Source(name, "desktop", "gdigrab", (*common, ("offset_x", match["x"]), ("offset_y", match["y"])))
    display = os.environ.get("DISPLAY", "")
    if platform.system() != "Linux" or not display or os.environ.get("WAYLAND_DISPLAY"):
        raise CameraError(f"{name}: the screen is read on X11 and Windows only; use OBS and its virtual camera here")
    return Source(name, f"{display}+{match['x']},{match['y']}", "x11grab", common)


class StreamCamera:
    """Reads a source at its own rate."""

    paced = True

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the source and read a first frame. Raises CameraError; blocks for seconds at most."""
        self._source, self._clock = source, clock
        self._meter = RateMeter(clock)
        self._count = 0
        self._closed = False
        self._in_use = threading.Lock()
        try:
            self._container: InputContainer = av.open(
                source.file, format=source.form, options=dict(source.options), timeout=(_OPEN_S, _READ_S)
            )
        except (OSError, ValueError) as error:
            raise CameraError(f"{source.name}: {_reason(error)}; check address and network") from error
        try:
            self._frames = self._decoded()
            self._first: VideoFrame | None = next(self._frames)
        except (OSError, ValueError, StopIteration) as error:
            self._container.close()
            raise CameraError(f"{source.name}: no pictures come ({_reason(error)}); check the other program") from error
        self.size = self._first.width, self._first.height

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def fps(self) -> float:
        """Frames per second over the last seconds; 30 before the second frame."""
        return self._meter.rate() or 30.0

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame; FFmpeg's time-out bounds the wait. Raises CameraError."""
        with self._in_use:
            try:
                decoded, self._first = self._first or (None if self._closed else next(self._frames)), None
                image = None if decoded is None else np.ascontiguousarray(decoded.to_ndarray(format="rgb24"), np.uint8)
            except (OSError, ValueError, StopIteration) as error:
                if not self._closed:
                    raise CameraError(
                        f"{self.name}: the pictures stopped ({_reason(error)}); start them again"
                    ) from error
                image = None
        if image is None or self._closed:
            self.close()
            return None
        self._meter.tick()
        self._count += 1
        self.size = image.shape[1], image.shape[0]
        return Frame(image, self._clock(), self._count - 1)

    def reopen(self) -> StreamCamera:
        """Open the same source again."""
        return StreamCamera(self._source, self._clock)

    def close(self) -> None:
        """Release the source; if a `read` is running, let it do that."""
        self._closed = True
        if self._in_use.acquire(blocking=False):
            try:
                self._container.close()
            finally:
                self._in_use.release()

    def _decoded(self) -> Iterator[VideoFrame]:
        if not self._container.streams.video:
            raise ValueError("it holds no video")
        stream = self._container.streams.video[0]
        stream.thread_type = "NONE"  # threads would hold frames back
        for frame in self._container.decode(stream):
            if max(frame.width, frame.height) > _LARGEST_PX:
                raise ValueError(f"{frame.width}x{frame.height} pixels; at most {_LARGEST_PX} are read")
            yield frame


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or "it ended").rstrip(".")
