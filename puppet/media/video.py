"""Writing video files with PyAV: renderings and recordings; colours are BT.709.

A writer belongs to the thread that made it.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack, suppress
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from typing_extensions import override

from puppet.config import MARK, Mark, RecordingOptions
from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.audio import SoundTrack
from puppet.media.container import writing
from puppet.media.content_credentials import sign
from puppet.media.files import (
    ALL_VIDEO_EXTENSIONS,
    NewFile,
    check_output,
    keep_as,
    locked,
    new_file,
    unfinished_name,
    visible_part,
    whole_file,
)
from puppet.media.live_sound import LiveSound, LiveSoundTrack
from puppet.media.mark import container_tags, place_xmp
from puppet.media.video_codecs import TICKS_PER_S, FrameConverter, add_video, known_codec, live_codec
from puppet.media.video_reader import TimedPicture as TimedPicture
from puppet.media.video_reader import VideoReader as VideoReader

_MATROSKA = (".mkv", ".webm")
_TIMESCALE = {"movie_timescale": str(TICKS_PER_S)}  # default: milliseconds
_FRAGMENT_S = 0.5
_WORTHLESS_BYTES = 1 << 16  # below, a file may hold a header only
_CHECK_S = 0.5  # between two looks whether the file is still there


class VideoWriter(AbstractContextManager["VideoWriter"]):
    """Writes a video file frame by frame; a context manager: it calls `close`, or `abort` after an exception.

    The file can be played up to about its last second whenever writing stops, by a kill too. For H.264
    and VP9, odd sizes are made even by repeating the last row or column: their colour planes have half the size.

    Attributes:
        path: the file.
        saved: the file with the pictures, once the writer is closed; after `abort` under another name. None: there is
            none.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: Fraction | float,
        codec: str = "h264",
        *,
        live: RecordingOptions | None = None,
        overwrite: bool = True,
        sound_from: Path | LiveSound | None = None,
        mark: Mark | None = MARK,
        alpha: bool = False,
    ) -> None:
        """Open `path`.

        Args:
            path: a file of a container that holds the codec.
            size: (width, height) of the pictures in pixels.
            rate: frames per second, for the header and the duration of the last frame.
            codec: a name of `VIDEO_CODECS`.
            live: write to `path` itself, which must not exist, and encode fast rather than small, by these options.
                None: `path` appears when the file is complete.
            overwrite: replace an existing file when the new one is complete.
            sound_from: a file whose sound track is copied, if it has one, or the sound of a microphone.
            mark: marks the file as AI-made, from its header on; None: no mark.
            alpha: the pictures are (H, W, 4), with straight alpha; for vp9 and prores.

        Raises:
            MediaError: unknown extension or codec, the folder or the file cannot be written, or another process writes
                this file.
        """
        recorded = live is not None
        check_output(path, ALL_VIDEO_EXTENSIONS, overwrite=overwrite and not recorded)
        kind = known_codec(codec, path) if live is None else live_codec(live)
        self.path = path
        self.saved: Path | None = None
        self._overwrite, self._mark = overwrite, mark
        self._last_pts = -1
        self._marked = mark is None or path.suffix.lower() != ".mp4"
        self._flushed = self._done = False
        with ExitStack() as opened, writing(path):
            self._file = _create(path if recorded else visible_part(path), path)
            opened.callback(self._file.remove)
            self._container: OutputContainer = opened.enter_context(
                av.open(f"file:{self._file.path}", "w", container_options=_fragments(path, recorded))
            )
            self._container.metadata.update(self._tags())
            exact = Fraction(rate).limit_denominator(100_000)
            self._stream = add_video(self._container, size, exact, kind, live=recorded, alpha=alpha)
            self._sound = _add_sound(sound_from, self._container, path) if sound_from else None
            if self._sound:
                opened.enter_context(self._sound)
            self._opened = opened.pop_all()
        self._converter = FrameConverter(kind, str(self._stream.pix_fmt))
        self._duration_ticks = max(1, round(TICKS_PER_S / float(rate)))
        self._checked_s = time.monotonic()

    def write(self, picture: Picture, time_s: float) -> None:
        """Append (H, W, 3) uint8 RGB, or (H, W, 4) with straight alpha, shown at `time_s` seconds.

        Times that do not increase are moved by one tick.

        Raises:
            MediaError: the disk is full, the file was deleted or moved, or it cannot be written for another reason.
        """
        frame = self._converter.frame(picture)
        frame.pts = self._last_pts = max(self._last_pts + 1, round(time_s * TICKS_PER_S))
        frame.time_base = Fraction(1, TICKS_PER_S)
        frame.duration = self._duration_ticks
        with writing(self.path):
            self._container.mux(self._stream.encode(frame))
            if self._sound:
                self._sound.copy_until(time_s)
            self._marked = self._marked or self._place_xmp()
        if time.monotonic() - self._checked_s > _CHECK_S:
            self._checked_s = time.monotonic()
            self._check_in_place()

    def write_sound(self) -> None:
        """Write the microphone's sound that has arrived since, up to the last picture. Raises MediaError."""
        if self._sound and self._last_pts >= 0:
            with writing(self.path):
                self._sound.copy_until(self._last_pts / TICKS_PER_S)

    def close(self) -> None:
        """Finish the file; without a picture there is none. Safe to call twice.

        Raises:
            MediaError: that fails, or `path` exists by now and may not be overwritten; then as after `abort`.
        """
        if self._done:
            return
        try:
            with writing(self.path):
                self._flush()
                self._close_container()
                self._check_in_place()
                if self._last_pts >= 0:
                    self._finish()
                    self.saved = self.path
                    if self._mark and self._mark.certificate:
                        sign(self.path, self._mark.certificate)
        except BaseException:
            self.abort()
            raise
        self._end()

    def abort(self) -> None:
        """Stop writing and keep the pictures written. Safe to call twice and after `close`."""
        if self._done:
            return
        # The cause has been raised already; on a full disk, ending the file fails too.
        with suppress(MediaError, av.FFmpegError, OSError):
            self._flush(self._last_pts / TICKS_PER_S)
        with suppress(av.FFmpegError, OSError):
            self._close_container()
        if self._file.in_place and holds_pictures(self._file.path):
            self.saved = self._file.path
            if self.saved != self.path:
                with suppress(OSError):
                    self.saved = self._file.keep(unfinished_name(self.path))
            self._file.close()
        self._end()

    def discard(self) -> None:
        """Stop writing and remove the file. Safe to call twice; does nothing after `close` and `abort`."""
        self._end()

    @override
    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _flush(self, sound_until_s: float | None = None) -> None:
        """Write the pictures that wait in the encoder, and the sound up to a time; None: all."""
        if self._last_pts >= 0 and not self._flushed:
            self._flushed = True
            self._container.mux(self._stream.encode(None))
            if self._sound:
                self._sound.copy_until(sound_until_s)

    def _close_container(self) -> None:
        """Write the end of the file; of a rendered MP4, another header."""
        self._container.close()
        if self._mark and self.path.suffix.lower() == ".mp4":
            self._place_xmp()

    def _place_xmp(self) -> bool:
        """Complete the mark of an MP4 file; False before there is a header."""
        try:
            return place_xmp(self._file.path)
        except FileNotFoundError:  # `_check_in_place` tells it
            return False

    def _tags(self) -> dict[str, str]:
        return container_tags(self.path.suffix.lower()) if self._mark else {}

    def _finish(self) -> None:
        """Give the file its name; of a complete MP4, a copy with the index in front, which plays while it is loaded."""
        if self._file.path != self.path and self.path.suffix.lower() not in _MATROSKA:
            with suppress(av.FFmpegError, OSError):  # without room for a copy, the index stays at the end
                with whole_file(self.path, overwrite=self._overwrite) as copy:
                    _copy_packets(self._file.path, copy, self._tags())
                    if self._mark and copy.suffix.lower() == ".mp4":
                        place_xmp(copy)
                self._file.remove()
                return
        self._file.finish(self.path, overwrite=self._overwrite)

    def _end(self) -> None:
        """Release everything; a file that is neither finished nor kept is removed."""
        self._done = True
        with suppress(av.FFmpegError, OSError):
            self._opened.close()

    def _check_in_place(self) -> None:
        if not self._file.in_place:
            raise MediaError(f"{self.path}: was deleted or moved while it was written; begin again")


def holds_pictures(path: Path) -> bool:
    """Return True for an unfinished video that is worth keeping: it is large, or its first picture can be read."""
    try:
        size = path.stat().st_size
        if 0 < size < _WORTHLESS_BYTES:
            VideoReader(path).close()
    except (MediaError, OSError):
        return False
    return size > 0


def _create(name: Path, path: Path) -> NewFile:
    """Create the file `name`, under which `path` is written. Raises MediaError when another process writes it; OSError.

    What a killed process left under this name gets another one.
    """
    for attempt in (0, 1):
        try:
            return new_file(name)
        except FileExistsError as error:
            with locked(name) as abandoned:
                if attempt or not abandoned or name == path:
                    raise MediaError(f"{path}: is being written already; choose another name") from error
                if holds_pictures(name):
                    keep_as(name, unfinished_name(path))
                else:
                    name.unlink()
    raise AssertionError("The second attempt returns or raises")


def _fragments(path: Path, live: bool) -> dict[str, str]:
    """Return muxer options that keep the file valid, up to the last half second, while it is written.

    An MP4 file that is not live becomes a usual one, with an index, when it is closed.
    """
    if path.suffix.lower() in _MATROSKA:
        return {"cluster_time_limit": str(round(_FRAGMENT_S * 1000)), "flush_packets": "1"}
    flags = "frag_keyframe+empty_moov" if live else "hybrid_fragmented+delay_moov"
    return {
        "movflags": f"{flags}+default_base_moof",
        "frag_duration": str(round(_FRAGMENT_S * 1_000_000)),
        "flush_packets": "1",
        **_TIMESCALE,
    }


def _copy_packets(source: Path, target: Path, tags: dict[str, str]) -> None:
    """Write the encoded pictures and sound of an MP4 file to another, with tags and the index in front of them."""
    with (
        av.open(f"file:{source}") as read,
        av.open(f"file:{target}", "w", container_options={"movflags": "+faststart", **_TIMESCALE}) as written,
    ):
        written.metadata.update(tags)
        streams = [written.add_stream_from_template(stream) for stream in read.streams]
        for packet in read.demux():
            if packet.dts is not None:  # the last one of a stream is empty
                packet.stream = streams[packet.stream_index]
                written.mux(packet)


def _add_sound(sound: Path | LiveSound, container: OutputContainer, path: Path) -> SoundTrack | LiveSoundTrack:
    if isinstance(sound, LiveSound):
        return LiveSoundTrack(sound, container, path)
    return SoundTrack(sound, container, path)
