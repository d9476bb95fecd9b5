"""Instant replay: the last half minute as encoded packets in memory, written to a file when it is asked for."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
from av.video.stream import VideoStream

from puppet.config import RECORDING, Mark, RecordingOptions
from puppet.errors import MediaError, SinkError
from puppet.media.container import writing
from puppet.media.files import whole_file
from puppet.media.live_sound import LiveSound, LiveSoundTrack
from puppet.media.mark import container_tags, place_xmp
from puppet.media.video_codecs import TICKS_PER_S, FrameConverter, add_video, live_codec
from puppet.sinks.base import Finished
from puppet.sinks.recorder import NOMINAL_FPS

KEPT_S = 30.0


@dataclass(frozen=True, slots=True)
class _Encoded:
    """One encoded picture; a decoder can begin at a key picture."""

    data: bytes
    captured_s: float
    key: bool


class Replay:
    """A sink that keeps its pictures in memory; about 15 MB at 720p. A picture of another size begins anew.

    Attributes:
        name: see Sink.
        wait_s: see Sink.
        problem: see Sink.
    """

    def __init__(self, mark: Mark | None, options: RecordingOptions = RECORDING) -> None:
        """Keep nothing yet; `mark` and `options` as of Recorder."""
        self.name, self.problem = "instant replay", ""
        self.wait_s: float | None = None
        self._mark, self._codec = mark, live_codec(options)
        self._lock = threading.Lock()  # for the fields below
        self._kept: deque[_Encoded] = deque()
        self._stream: VideoStream | None = None
        self._size, self._next = (0, 0), -1  # of the pictures; the least tick of the next one

    def write(self, finished: Finished) -> None:
        """Encode one picture, and forget those that are too old. Raises SinkError."""
        with self._lock:
            height, width = finished.picture.shape[:2]
            if self._stream is None or (width, height) != self._size:
                self._begin((width, height))
            assert self._stream is not None
            frame = self._converter.frame(finished.picture)
            frame.pts = self._next = max(self._next + 1, round(finished.captured_s * TICKS_PER_S))
            frame.time_base = Fraction(1, TICKS_PER_S)
            try:
                packets = self._stream.encode(frame)
            except av.FFmpegError as error:
                raise SinkError(f"Instant replay: encoding stopped ({error}); switch it on again") from error
            for packet in packets:
                self._kept.append(_Encoded(bytes(packet), (packet.pts or 0) / TICKS_PER_S, packet.is_keyframe))
            self._forget(finished.captured_s - KEPT_S)

    def idle(self) -> None:
        """Do nothing: `wait_s` is None."""

    def save(self, path: Path, sound: LiveSound | None) -> Path:
        """Write what is kept to a new file, and go on. Any thread; blocks for a fraction of a second.

        Args:
            path: .mp4.
            sound: of the microphone, which keeps as long; None: the file is silent.

        Raises:
            SinkError: nothing is kept yet, or the file cannot be written.
        """
        with self._lock:
            kept, stream = list(self._kept), self._stream
        if not kept or stream is None:
            raise SinkError("Nothing to save yet: the replay begins with the next picture; try again in a moment")
        try:
            with writing(path), whole_file(path, overwrite=False) as part:
                self._write(part, path, stream, kept, sound)
                if self._mark:
                    place_xmp(part)
        except (MediaError, OSError) as error:
            raise SinkError(f"The replay is not saved: {error}") from error
        return path

    def close(self) -> None:
        """Forget everything; safe to call twice."""
        with self._lock:
            self._kept.clear()
            self._stream = None

    def _begin(self, size: tuple[int, int]) -> None:
        """Open the encoder; its container is never written, but gives packets the form of an MP4 file's."""
        self._kept.clear()
        container = av.open(BytesIO(), "w", format="mp4")
        self._stream = add_video(container, size, Fraction(NOMINAL_FPS), self._codec, live=True, alpha=False)
        container.start_encoding()
        self._converter = FrameConverter(self._codec, str(self._stream.pix_fmt))
        self._size, self._next = size, -1

    def _forget(self, before_s: float) -> None:
        """Drop whole groups of pictures: what is left begins with a key picture, at or just before `before_s`."""
        keys = [index for index, each in enumerate(self._kept) if each.key and each.captured_s <= before_s]
        for _ in range(keys[-1] if keys else 0):
            self._kept.popleft()

    def _write(
        self, part: Path, path: Path, stream: VideoStream, kept: list[_Encoded], sound: LiveSound | None
    ) -> None:
        begin_s = kept[0].captured_s
        with av.open(f"file:{part}", "w", format="mp4", options={"movflags": "+faststart"}) as container:
            if self._mark:
                container.metadata.update(container_tags(".mp4"))
            copied = container.add_stream_from_template(stream)
            track = LiveSoundTrack(sound, container, path) if sound else None
            if sound:
                sound.start_s = begin_s
            for each in kept:
                packet = av.Packet(each.data)
                packet.pts = packet.dts = round((each.captured_s - begin_s) * TICKS_PER_S)
                packet.time_base, packet.is_keyframe, packet.stream = Fraction(1, TICKS_PER_S), each.key, copied
                container.mux(packet)
                if track:
                    track.copy_until(each.captured_s - begin_s)
            if track:
                track.copy_until(None)
