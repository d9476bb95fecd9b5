"""Reading video files with PyAV: driving clips, files used as cameras, targets of a part swap.

A reader belongs to the thread that made it. Colours follow the file's tags, or, without tags, what players assume.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from typing_extensions import override

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.clock import MOST_GAP_S, Clock
from puppet.media.colour import ColourTags, to_sdr_709
from puppet.media.container import (
    READ_ERRORS,
    duration_s,
    missing_end,
    open_media,
    own_duration_s,
    packets_of,
    reading,
    reason_of,
    video_stream,
)

_DURATION_TOLERANCE_S = 0.3  # error of the durations in headers
_HD_HEIGHT = 720  # players assume BT.709 for untagged colours from this height on, BT.601 below
_UNTAGGED = 2  # AVCOL_SPC_UNSPECIFIED
_RATES = (Fraction(1, 10), Fraction(1000))  # frames per second; others are mistakes of the header
_USUAL_RATE = 30
_ASPECTS = (Fraction(1, 4), Fraction(4))  # shapes of pixels; others are mistakes of the header
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TimedPicture:
    """A decoded frame: (H, W, 3) uint8 RGB, upright, and its time in seconds from the file's start."""

    picture: Picture
    time_s: float


class VideoReader(AbstractContextManager["VideoReader"]):
    """Reads the pictures of a video file in order, as players show them; a context manager.

    Rotation and the shape of pixels are applied; wide gamuts and HDR become BT.709. A damaged file, or one without its
    end, is read as far as it goes, with a warning in the log.

    Attributes:
        path: the file.
        size: (width, height) in pixels.
        rate: average frames per second.
        duration_s: duration in seconds, 0.0 when the header lacks it.
        frame_count: number of frames, estimated when the header lacks it; at least 1.
        has_sound: True when the file has a sound track.
    """

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        """Open the file and decode its first frame.

        Args:
            path: the file.
            strict: refuse a file that is damaged or cut off.

        Raises:
            MediaError: no such file, no video, or none of it can be decoded.
        """
        self.path = path
        self._strict = strict
        self._warned = False
        self._damage = ""
        self._colours = VideoReformatter()
        with ExitStack() as opened, reading(path):
            self._container = opened.enter_context(open_media(path))
            self._stream = video_stream(path, self._container)
            self._missing = "" if self._fragmented else missing_end(path, self._stream)
            if self._missing and strict:
                raise MediaError(f"{path}: is {self._missing}; choose another file")
            first = next(self._decoded(), None)
            if first is None:
                raise MediaError(f"{path}: the video has no frame, it is damaged or cut off; choose another file")
            self._shown = _shown_size(first, self._stream)
            height, width = self._upright(first).shape[:2]
            self.size = width, height
            opened.pop_all()
        rate = Fraction(self._stream.average_rate or self._stream.guessed_rate or _USUAL_RATE)
        self.rate = rate if _RATES[0] <= rate <= _RATES[1] else Fraction(_USUAL_RATE)
        self._own_s = own_duration_s(self._container, self._stream)
        self.duration_s = self._own_s or duration_s(self._container)
        self.frame_count = max(1, self._stream.frames or round(self.duration_s * float(self.rate)))
        self.has_sound = bool(self._container.streams.audio)

    def pictures(self) -> Iterator[TimedPicture]:
        """Yield every picture from the first to the last; another call starts over and ends an earlier one.

        Raises:
            MediaError: none of the file can be decoded any more; or, with `strict`, after the readable pictures: it is
                damaged or cut off.
        """
        one_frame_s = 1 / float(self.rate)
        with reading(self.path):
            self._reopen()
        clock = Clock((self._container.start_time or 0) / av.time_base)
        for frame in self._decoded():
            shown_s = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
            time_s = clock.time_of(frame.time, shown_s if 0 < shown_s < MOST_GAP_S else one_frame_s)
            with reading(self.path):
                timed = TimedPicture(self._upright(frame), time_s)
            yield timed
        self._check_end(clock.end_s)

    def _decoded(self) -> Iterator[VideoFrame]:
        """Yield the frames that can be decoded; a damaged packet is passed over, a damaged file ends early."""
        self._damage = ""
        packets = packets_of(self._container, self._stream)
        while True:
            try:
                packet = next(packets, None)
                frames = [] if packet is None else packet.decode()
            except av.InvalidDataError as error:
                self._damage = reason_of(error)
                continue
            except READ_ERRORS as error:
                self._damage = reason_of(error)
                return
            if packet is None:
                return
            yield from frames

    def _check_end(self, end_s: float) -> None:
        """Say, or raise with `strict`, that the file is damaged or cut off. A recording is whole wherever it ends."""
        if self._fragmented:
            return
        found = self._missing or (f"damaged ({self._damage})" if self._damage else "")
        if end_s + _DURATION_TOLERANCE_S < self._own_s:
            found = f"cut off after {end_s:.1f} of {self._own_s:.1f} s"
        if found and self._strict:
            raise MediaError(f"{self.path}: the file is {found}; choose another file")
        if found and not self._warned:
            self._warned = True
            _log.warning("%s: the file is %s; it is used as far as it goes", self.path, found)

    def _reopen(self) -> None:
        """Go back to the first frame; not every format can seek there exactly."""
        self._container.close()
        self._container = open_media(self.path)
        self._stream = video_stream(self.path, self._container)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._container.close()

    @override
    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def _fragmented(self) -> bool:
        """True for a fragmented file, a recording: valid up to its end, wherever it was cut off."""
        return "mp4" in self._container.format.name and self._stream.frames == 0

    def _upright(self, frame: VideoFrame) -> Picture:
        """Convert a frame to (H, W, 3) uint8 RGB of BT.709, of square pixels, and apply the display matrix."""
        source = None
        if frame.colorspace == _UNTAGGED and not frame.format.name.startswith(("rgb", "bgr", "gbr", "gray", "pal")):
            source = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
        tags = ColourTags(frame.color_primaries, frame.color_trc)
        rgb = self._colours.reformat(
            frame,
            *self._shown,
            "rgb24" if tags.is_sdr_709 else "rgb48le",
            src_colorspace=source,
            dst_color_range=ColorRange.JPEG,
            interpolation=None if (frame.width, frame.height) == self._shown else Interpolation.BICUBIC,
            threads=1,
        ).to_ndarray()
        picture = to_sdr_709(rgb, tags)
        return np.ascontiguousarray(np.rot90(picture, k=round(frame.rotation / 90) % 4))


def _shown_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return the size of a frame with square pixels, before its rotation."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not _ASPECTS[0] <= aspect <= _ASPECTS[1]:
        return frame.width, frame.height
    return max(1, round(frame.width * aspect)), frame.height
