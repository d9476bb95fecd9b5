"""Writing video files with PyAV: renderings and recordings; colours are BT.709.

A writer belongs to the thread that made it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from typing_extensions import override

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.audio import SoundTrack
from puppet.media.container import writing
from puppet.media.files import VIDEO_EXTENSIONS, check_output, whole_file
from puppet.media.video_reader import TimedPicture as TimedPicture
from puppet.media.video_reader import VideoReader as VideoReader

TICKS_PER_S = 90_000
"""Resolution of written timestamps; every usual frame rate, even 30000/1001, is a whole number of ticks."""
OFFLINE_CRF = "17"  # visually lossless
LIVE_CRF = "20"
_FRAGMENT_S = 0.5
_CODECS = {"h264": "libx264", "ffv1": "ffv1"}
_BT709 = 1
_FASTSTART = {"movflags": "+faststart", "movie_timescale": str(TICKS_PER_S)}  # default timescale: milliseconds


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
                av.open(f"file:{target}", "w", container_options=options)
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
