"""Writes the sound of a microphone into a recording, in step with its pictures. Belongs to the writer's thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol, cast

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from typing_extensions import override

from puppet.domain import Floats
from puppet.media.audio import ENCODERS

RATE = 48_000
_BITS_PER_S = 128_000


class SoundSource(Protocol):
    """Sound by the time of its capture, one channel at `RATE`, on the clock that stamps camera frames. Any thread."""

    @property
    def complete_until_s(self) -> float:
        """Time before which all sound has arrived, or never will."""

    def read(self, start_s: float, count: int) -> Floats:
        """Return (count,) float32 samples captured from `start_s` on; silence where there was none."""


@dataclass(slots=True)
class LiveSound:
    """Sound for a recording.

    Attributes:
        source: where it comes from.
        delay_s: seconds by which it is played later than the picture that was captured at the same time.
        start_s: when the first picture was captured; set before that picture is written.
    """

    source: SoundSource
    delay_s: float = 0.0
    start_s: float = 0.0


class LiveSoundTrack(AbstractContextManager["LiveSoundTrack"]):
    """Encodes sound: AAC in MP4 and MOV, Opus in Matroska and WebM."""

    def __init__(self, sound: LiveSound, container: OutputContainer, target: Path) -> None:
        """Add a stream to `container`, which writes `target`."""
        codec = ENCODERS[target.suffix.lower()]
        self._sound, self._container = sound, container
        self._stream = cast(AudioStream, container.add_stream(codec, rate=RATE, layout="mono"))
        self._stream.bit_rate = _BITS_PER_S
        self._written = 0  # samples
        self._until_s = 0.0

    def copy_until(self, time_s: float | None) -> None:
        """Write the sound that has arrived, up to `time_s` seconds after the first picture; None: to the last picture.

        Raises:
            av.FFmpegError: the file cannot grow.
        """
        begin_s = self._sound.start_s - self._sound.delay_s
        if time_s is not None:
            self._until_s = time_s
            self._encode(min(time_s, self._sound.source.complete_until_s - begin_s))
            return
        self._encode(self._until_s)
        self._container.mux(self._stream.encode(None))

    def _encode(self, until_s: float) -> None:
        begin_s = self._sound.start_s - self._sound.delay_s
        while (count := min(round(until_s * RATE) - self._written, RATE)) > 0:
            samples = self._sound.source.read(begin_s + self._written / RATE, count)
            frame = AudioFrame.from_ndarray(samples.reshape(1, -1), "fltp", "mono")
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._written
            self._written += count
            self._container.mux(self._stream.encode(frame))

    @override
    def __exit__(self, *error: object) -> None:
        """Release nothing: the container owns the stream."""
