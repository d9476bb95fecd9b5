"""Copies the sound track of the driving clip into the finished video. Belongs to the writer's thread.

A problem with the sound never ends the video: the sound is left out from there on, with a warning in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TypeAlias, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition
from typing_extensions import override

from puppet.errors import MediaError
from puppet.media.clock import MOST_GAP_S, sound_packets
from puppet.media.container import READ_ERRORS, open_media, reason_of

_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
# Sound that players of the container play; Matroska may hold any.
_PLAYED = {
    ".mp4": ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"),
    ".webm": ("opus", "vorbis"),
    ".mov": ("aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le"),
}
ENCODERS = {".mp4": "aac", ".mov": "aac", ".mkv": "libopus", ".webm": "libopus"}
_RATES = {
    "aac": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000),
    "libopus": (48_000,),
}
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}  # others become stereo
_TRIED_PACKETS = 10
_EARLIEST_S = 10.0
_MOST_DAMAGED = 100  # packets at the beginning
_log = logging.getLogger(__name__)

Parts: TypeAlias = Iterator[tuple[float, "Packet[AudioStream]"]]
"""Packets to write, each with its time in seconds."""


class SoundTrack(AbstractContextManager["SoundTrack"]):
    """Copies a file's default sound track, if it has one: packets unchanged, or encoded again for the container."""

    def __init__(self, source: Path, container: OutputContainer, target: Path) -> None:
        """Add a stream to `container`, which writes `target`; without usable sound, none."""
        self._target, self._source = container, source
        self._parts: Parts = iter(())
        self._pending: tuple[float, Packet[AudioStream]] | None = None
        self._opened = ExitStack()
        try:
            media = self._opened.enter_context(open_media(source))
            track, suffix = _default_track(media), target.suffix.lower()
            if track is not None:
                self._parts = _parts(media, track, container, suffix, encode=_must_encode(source, track, suffix))
        except (MediaError, *READ_ERRORS) as error:
            self._leave_out("cannot be used", error)

    def copy_until(self, time_s: float | None) -> None:
        """Write the sound up to `time_s` seconds; None: to the end. Raises av.FFmpegError when the file cannot grow."""
        while (part := self._next()) is not None:
            if time_s is not None and part[0] > time_s:
                self._pending = part
                return
            try:
                self._target.mux(part[1])
            except (av.ArgumentError, ValueError) as error:  # this container does not take the packet
                self._leave_out(f"is left out after {part[0]:.1f} s", error)

    def _next(self) -> tuple[float, Packet[AudioStream]] | None:
        part, self._pending = self._pending, None
        try:
            return part or next(self._parts, None)
        except READ_ERRORS as error:
            self._leave_out("is left out from where it is damaged", error)
            return None

    def _leave_out(self, what: str, error: Exception) -> None:
        self._parts = iter(())
        _log.warning("%s: the sound %s (%s); the picture goes on", self._source, what, reason_of(error))

    @override
    def __exit__(self, *error: object) -> None:
        self._opened.close()


def _default_track(media: InputContainer) -> AudioStream | None:
    tracks = media.streams.audio
    marked = (track for track in tracks if track.disposition & Disposition.default)
    return next(marked, tracks[0] if tracks else None)


def _must_encode(source: Path, track: AudioStream, suffix: str) -> bool:
    """Try the first packets: return False when the container holds them as they are, True when encoded again.

    Raises:
        MediaError: neither.
    """
    context = track.codec_context
    if context is None:
        raise MediaError("No decoder for this codec")
    played = context.name in _PLAYED.get(suffix, (context.name,))
    has_headers = context.name == "aac" and not context.extradata  # in each packet, and one damaged ends the file
    if played and not has_headers and _is_held(source, suffix, encode=False) is None:
        return False
    problem = _is_held(source, suffix, encode=True)
    if problem is not None:
        raise problem
    return True


def _is_held(source: Path, suffix: str, *, encode: bool) -> Exception | None:
    """Write the first packets into memory; return what goes wrong, or None."""
    try:
        with open_media(source) as media, av.open(BytesIO(), "w", format=_FORMATS[suffix]) as trial:
            track = _default_track(media)
            assert track is not None
            written = 0
            for _, packet in islice(_parts(media, track, trial, suffix, encode=encode), _TRIED_PACKETS):
                trial.mux(packet)
                written += 1
    except (MediaError, *READ_ERRORS) as error:
        return error
    return None if written else MediaError("No packets in the sound track")


def _parts(media: InputContainer, track: AudioStream, target: OutputContainer, suffix: str, *, encode: bool) -> Parts:
    """Add a stream to `target`; return its packets, read from `media` when they are asked for."""
    if not encode:
        return _copied(media, track, target.add_stream_from_template(track))
    codec = ENCODERS[suffix]
    rates = _RATES[codec]
    rate = next((rate for rate in rates if rate >= track.rate), rates[-1])
    layout = _LAYOUTS.get(track.layout.nb_channels, "stereo")
    return _encoded(media, track, cast(AudioStream, target.add_stream(codec, rate=rate, layout=layout)))


def _copied(media: InputContainer, track: AudioStream, out: AudioStream) -> Parts:
    """Yield the packets with times that increase; others are passed over: muxers end the program for absurd ones."""
    last_s = -_EARLIEST_S
    for packet, start_s in sound_packets(media, track):
        if packet.dts is None or packet.is_corrupt:
            continue
        shift = round(start_s / packet.time_base)
        time_s = float((packet.dts - shift) * packet.time_base)
        later_s = 0.0 if packet.pts is None else float((packet.pts - packet.dts) * packet.time_base)
        shown_s = float((packet.duration or 0) * packet.time_base)
        if not (last_s < time_s < last_s + MOST_GAP_S and 0 <= later_s < MOST_GAP_S and 0 <= shown_s < MOST_GAP_S):
            continue
        last_s = time_s
        packet.pts = (packet.dts if packet.pts is None else packet.pts) - shift
        packet.dts -= shift
        packet.stream = out
        yield time_s, packet


def _encoded(media: InputContainer, track: AudioStream, out: AudioStream) -> Parts:
    resampler, kind, last_s, end_s = None, None, 0.0, -_EARLIEST_S
    for frame, start_s in _frames(media, track):
        if frame.pts is not None and frame.time_base:
            frame.pts -= round(start_s / frame.time_base)
            time_s, shown_s = float(frame.pts * frame.time_base), frame.samples / frame.sample_rate
            if not max(last_s - _EARLIEST_S, end_s - shown_s / 2) < time_s < last_s + MOST_GAP_S:
                continue
            end_s = time_s + shown_s
        if kind != (kind := (frame.format.name, frame.layout.name, frame.sample_rate)):
            resampler = AudioResampler("fltp", out.layout.name, out.rate)
        assert resampler is not None
        for part in resampler.resample(frame):
            for packet in out.encode(part):
                last_s = float((packet.pts or 0) * packet.time_base)
                yield last_s, packet
    rest: list[AudioFrame | None] = [*(resampler.resample(None) if resampler else []), None]
    for last in rest:
        for packet in out.encode(last):
            yield last_s, packet


def _frames(media: InputContainer, track: AudioStream) -> Iterator[tuple[AudioFrame, float]]:
    """Yield the frames that can be decoded, with the time stamp that stands for 0 s.

    Damaged packets are passed over, unless there are only such.
    """
    damaged: int | None = 0
    for packet, start_s in sound_packets(media, track):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            if damaged is not None and (damaged := damaged + 1) > _MOST_DAMAGED:
                raise
            continue
        for frame in frames:
            damaged = None
            yield _with_layout(frame), start_s


def _with_layout(frame: AudioFrame) -> AudioFrame:
    """Return the frame with a usual channel layout, if it states only the number of channels."""
    count = frame.layout.nb_channels
    if frame.layout.name != f"{count} channels" or count not in _LAYOUTS:
        return frame
    named = AudioFrame.from_ndarray(frame.to_ndarray(), frame.format.name, _LAYOUTS[count])
    named.sample_rate, named.pts, named.time_base = frame.sample_rate, frame.pts, frame.time_base
    return named
