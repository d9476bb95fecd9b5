"""Reading and writing video files with PyAV: driving clips, files used as cameras, renderings and recordings.

A reader or writer belongs to the thread that made it. Written colours are BT.709; read colours follow the file's tags,
or, without tags, what players assume.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from typing_extensions import override

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.audio import SoundTrack
from puppet.media.container import open_media, reading, writing
from puppet.media.files import VIDEO_EXTENSIONS, check_output, whole_file

TICKS_PER_S = 90_000
"""Resolution of written timestamps; every usual frame rate, even 30000/1001, is a whole number of ticks."""
OFFLINE_CRF = "17"  # visually lossless
LIVE_CRF = "20"
_FRAGMENT_S = 0.5
_DURATION_TOLERANCE_S = 0.3  # error of the durations in headers
_HD_HEIGHT = 720  # players assume BT.709 for untagged colours from this height on, BT.601 below
_CODECS = {"h264": "libx264", "ffv1": "ffv1"}
_BT709 = 1
_FASTSTART = {"movflags": "+faststart", "movie_timescale": str(TICKS_PER_S)}  # default timescale: milliseconds
_UNTAGGED = 2  # AVCOL_SPC_UNSPECIFIED


@dataclass(frozen=True, slots=True)
class TimedPicture:
    """A decoded frame: (H, W, 3) uint8 RGB, upright, and its time in seconds from the file's start."""

    picture: Picture
    time_s: float


class VideoReader(AbstractContextManager["VideoReader"]):
    """Reads the pictures of a video file in order; a context manager.

    Attributes:
        path: the file.
        size: (width, height) in pixels, with the file's rotation applied.
        rate: average frames per second.
        duration_s: duration in seconds, 0.0 when the header lacks it.
        frame_count: number of frames, estimated when the header lacks it; at least 1.
        has_sound: True when the file has a sound track.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and decode its first frame.

        Raises:
            MediaError: no such file, no video, damaged or cut off.
        """
        self.path = path
        with ExitStack() as opened, reading(path):
            self._container = opened.enter_context(open_media(path))
            self._stream = _video_stream(path, self._container)
            if not self._fragmented:
                _check_complete(path, self._container)
            self._colours = VideoReformatter()
            first = next(self._container.decode(self._stream), None)
            if first is None:
                raise MediaError(f"{path}: the video has no frame, it is damaged or cut off; choose another file")
            height, width = self._upright(first).shape[:2]
            self.size = width, height
            opened.pop_all()
        self.rate = Fraction(self._stream.average_rate or self._stream.guessed_rate or 30)
        self.duration_s = self._duration_s()
        self.frame_count = max(1, self._stream.frames or round(self.duration_s * float(self.rate)))
        self.has_sound = bool(self._container.streams.audio)

    def pictures(self) -> Iterator[TimedPicture]:
        """Yield every picture from the first to the last; another call starts over and ends an earlier one.

        Raises:
            MediaError: the file is damaged or cut off; raised after the readable pictures.
        """
        end_s, one_frame_s = 0.0, 1 / float(self.rate)
        with reading(self.path), suppress(*([av.InvalidDataError] if self._fragmented else [])):
            self._reopen()
            start_s = (self._container.start_time or 0) / av.time_base
            for frame in self._container.decode(self._stream):
                time_s = end_s if frame.time is None else frame.time - start_s
                shown_s = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
                end_s = time_s + (shown_s or one_frame_s)
                yield TimedPicture(self._upright(frame), time_s)
        if end_s + _DURATION_TOLERANCE_S < self._expected_duration_s():
            ends = f"{end_s:.1f} of {self.duration_s:.1f} s"
            raise MediaError(f"{self.path}: the file is cut off after {ends}; choose another file")

    def _reopen(self) -> None:
        """Go back to the first frame; not every format can seek there exactly."""
        self._container.close()
        self._container = open_media(self.path)
        self._stream = _video_stream(self.path, self._container)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._container.close()

    @override
    def __exit__(self, *error: object) -> None:
        self.close()

    def _duration_s(self) -> float:
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        return (self._container.duration or 0) / av.time_base

    def _expected_duration_s(self) -> float:
        """Return the duration of the pictures by the header; 0.0 when the header has only the sound's or none."""
        known = self._stream.duration is not None or not self.has_sound
        return self.duration_s if known and not self._fragmented else 0.0

    @property
    def _fragmented(self) -> bool:
        """True for a fragmented file, a recording: valid up to its end, wherever it was cut off."""
        return "mp4" in self._container.format.name and self._stream.frames == 0

    def _upright(self, frame: VideoFrame) -> Picture:
        """Convert a frame to (H, W, 3) uint8 RGB and apply the display matrix."""
        source = None
        if frame.colorspace == _UNTAGGED and not frame.format.name.startswith(("rgb", "bgr", "gbr", "gray", "pal")):
            source = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
        rgb = self._colours.reformat(
            frame, format="rgb24", src_colorspace=source, dst_color_range=ColorRange.JPEG, threads=1
        )
        return np.ascontiguousarray(np.rot90(rgb.to_ndarray(), k=round(frame.rotation / 90) % 4), np.uint8)


class VideoWriter(AbstractContextManager["VideoWriter"]):
    """Writes a video file frame by frame; a context manager: finishes the file, or removes it when its block raises.

    For H.264, odd sizes are made even by repeating the last row or column: its colour planes have half the size.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: Fraction | float,
        codec: str = "h264",
        *,
        fragmented: bool = False,
        sound_from: Path | None = None,
    ) -> None:
        """Open `path`.

        Args:
            path: .mp4, .mov or .mkv; an existing file is replaced.
            size: (width, height) of the pictures in pixels.
            rate: frames per second, for the header and the duration of the last frame.
            codec: "h264", visually lossless, or "ffv1", lossless RGB, for .mkv.
            fragmented: write to `path` from the start, playable up to the last half second whenever writing stops, and
                encode fast rather than small. Otherwise `path` appears when the file is complete.
            sound_from: a file whose sound track is copied, if it has one.

        Raises:
            MediaError: unknown extension or codec, or the folder or the file cannot be written.
        """
        check_output(path, VIDEO_EXTENSIONS, overwrite=True)
        if codec not in _CODECS:
            raise MediaError(f"Codec {codec} is unknown; known: {', '.join(_CODECS)}")
        if codec == "ffv1" and path.suffix.lower() != ".mkv":
            raise MediaError(f"{path}: ffv1 needs another container; use the extension .mkv")
        self.path = path
        self._last_pts = -1
        self._done = False
        self._even = codec == "h264"
        with ExitStack() as opened, writing(path):
            target = path if fragmented else opened.enter_context(whole_file(path))
            options = _fragments(path) if fragmented else _FASTSTART
            self._container: OutputContainer = opened.enter_context(
                av.open(str(target), "w", container_options=options)
            )
            self._stream = _add_video(
                self._container, size, Fraction(rate).limit_denominator(100_000), codec, fragmented
            )
            self._sound = opened.enter_context(SoundTrack(sound_from, self._container, path)) if sound_from else None
            self._opened = opened.pop_all()
        self._colours = VideoReformatter()
        self._duration_ticks = max(1, round(TICKS_PER_S / float(rate)))

    def write(self, picture: Picture, time_s: float) -> None:
        """Append (H, W, 3) uint8 RGB, shown at `time_s` seconds; times that do not increase are moved by one tick.

        Raises:
            MediaError: the disk is full, or the file cannot be written for another reason.
        """
        frame = VideoFrame.from_ndarray(_even_sized(picture) if self._even else picture, format="rgb24")
        frame = self._converted(frame)
        frame.pts = self._last_pts = max(self._last_pts + 1, round(time_s * TICKS_PER_S))
        frame.time_base = Fraction(1, TICKS_PER_S)
        frame.duration = self._duration_ticks
        with writing(self.path):
            self._container.mux(self._stream.encode(frame))
            if self._sound:
                self._sound.copy_until(time_s)

    def close(self) -> None:
        """Finish the file; safe to call twice. Raises MediaError when that fails; the file is then removed."""
        if self._done:
            return
        self._done = True
        with writing(self.path), self._opened:
            if self._last_pts >= 0:
                self._container.mux(self._stream.encode(None))
                if self._sound:
                    self._sound.copy_until(None)

    def abort(self) -> None:
        """Discard the file; a fragmented one stays, valid up to here. Safe to call twice and after `close`."""
        if self._done:
            return
        self._done = True
        aborted = MediaError("Aborted")
        # The cause has been raised already; on a full disk, closing fails too.
        with suppress(MediaError, av.FFmpegError, OSError):
            self._opened.__exit__(type(aborted), aborted, None)

    @override
    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _converted(self, frame: VideoFrame) -> VideoFrame:
        if self._stream.pix_fmt != "yuv420p":
            return self._colours.reformat(frame, format=self._stream.pix_fmt, threads=1)
        return self._colours.reformat(
            frame,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise MediaError(f"{path}: contains no video; choose another file")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _check_complete(path: Path, container: InputContainer) -> None:
    """Raise MediaError for a file whose index points past its end."""
    entries = container.streams.video[0].index_entries
    size = path.stat().st_size
    last = len(entries) and max(entry.pos + entry.size for entry in entries)
    if last > size:
        raise MediaError(f"{path}: is cut off at {size:,} of at least {last:,} bytes; choose another file")


def _fragments(path: Path) -> dict[str, str]:
    """Return muxer options that keep the file valid, up to the last half second, while it is written."""
    if path.suffix.lower() == ".mkv":
        return {"cluster_time_limit": str(round(_FRAGMENT_S * 1000)), "flush_packets": "1"}
    return {
        "movflags": "frag_keyframe+empty_moov+default_base_moof",
        "frag_duration": str(round(_FRAGMENT_S * 1_000_000)),
        "flush_packets": "1",
    }


def _add_video(
    container: OutputContainer, size: tuple[int, int], rate: Fraction, codec: str, live: bool
) -> VideoStream:
    """Add a stream for pictures of `size`."""
    options = {"slices": "4", "level": "3"} if codec == "ffv1" else {"crf": OFFLINE_CRF, "preset": "medium"}
    if codec == "h264" and live:
        # No look-ahead and no reordering: encoded frames are on the disk, not in a buffer, when the process is killed.
        options = {"crf": LIVE_CRF, "preset": "superfast", "tune": "zerolatency"}
    stream = cast(VideoStream, container.add_stream(_CODECS[codec], rate=rate, options=options))
    even = codec == "h264"
    stream.width, stream.height = (side + side % 2 if even else side for side in size)
    stream.pix_fmt = "yuv420p" if even else "bgr0"
    context = stream.codec_context
    context.time_base = Fraction(1, TICKS_PER_S)
    if even:
        context.gop_size = max(1, round(rate if live else 4 * rate))
        context.color_primaries, context.color_trc, context.colorspace = _BT709, _BT709, Colorspace.ITU709
        context.color_range = ColorRange.MPEG
    return stream


def _even_sized(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
