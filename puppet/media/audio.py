"""Copies the sound track of the driving clip into the finished video. Belongs to the writer's thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import av
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from typing_extensions import override

from puppet.media.container import open_media, reading

_MP4_SOUND = ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac")


class SoundTrack(AbstractContextManager["SoundTrack"]):
    """Copies a file's first sound track, if it has one: packets unchanged, or encoded as AAC for the container."""

    def __init__(self, source: Path, container: OutputContainer, target: Path) -> None:
        """Add a stream to `container`, which writes `target`. Raises MediaError when `source` cannot be read."""
        self._target = container
        self._source = source
        self._packets: Iterator[Packet[AudioStream]] = iter(())
        self._pending: Packet[AudioStream] | None = None
        self._resampler: AudioResampler | None = None
        with ExitStack() as opened, reading(source):
            self._container = opened.enter_context(open_media(source))
            self._opened = opened.pop_all()
        if not self._container.streams.audio:
            return
        self._start_s = (self._container.start_time or 0) / av.time_base
        stream = self._container.streams.audio[0]
        if target.suffix.lower() == ".mkv" or stream.codec_context.name in _MP4_SOUND:
            self._stream: AudioStream = container.add_stream_from_template(stream)
        else:
            # Raw sound may not state its channel layout.
            layout = "mono" if stream.layout.nb_channels == 1 else "stereo"
            self._stream = container.add_stream("aac", rate=stream.rate, layout=layout)
            self._resampler = AudioResampler("fltp", layout, stream.rate)
        self._packets = self._container.demux(stream)

    def copy_until(self, time_s: float | None) -> None:
        """Write the sound up to `time_s` seconds; None: to the end."""
        while (packet := self._next()) is not None:
            if time_s is not None and packet.dts is not None and self._time_s(packet) > time_s:
                self._pending = packet
                return
            self._write(packet)
        if time_s is None and self._resampler:
            self._target.mux(self._stream.encode(None))

    def _next(self) -> Packet[AudioStream] | None:
        packet, self._pending = self._pending, None
        with reading(self._source):
            return packet or next(self._packets, None)

    def _time_s(self, packet: Packet[AudioStream]) -> float:
        return float((packet.dts or 0) * packet.time_base) - self._start_s

    def _write(self, packet: Packet[AudioStream]) -> None:
        shift = round(self._start_s / packet.time_base)
        if self._resampler:
            with reading(self._source):
                frames = packet.decode()
            for frame in frames:
                frame.pts = None if frame.pts is None else frame.pts - shift
                for part in self._resampler.resample(frame):
                    self._target.mux(self._stream.encode(part))
        elif packet.dts is not None:
            packet.dts -= shift
            packet.pts = packet.dts if packet.pts is None else packet.pts - shift
            packet.stream = self._stream
            self._target.mux(packet)

    @override
    def __exit__(self, *error: object) -> None:
        self._opened.close()
