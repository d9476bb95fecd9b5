"""Prompt release of received video: a frame leaves the buffer with its last packet; a steady rate. Event loop's thread.

aiortc's own buffer gives a frame away when the first packet of the next one arrives, a frame's period late, and waits
for a lost packet until 512 others have come. Here the marker bit ends a frame (RFC 3550, 5.1), and a packet that was
sent again in vain is given up: a key frame is asked for, and nothing is decoded before it comes. The sender begins a
new stream, with a key frame, whenever the estimated rate changes by a tenth, as it does every second where delays
vary: the rate told to it changes in larger steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rate import RemoteBitrateEstimator
from aiortc.utils import uint16_add, uint16_gt
from typing_extensions import override

from puppet.errors import RemoteError

_GIVE_UP_S = 0.2  # a packet that is sent again needs a round trip
_ASK_AGAIN_S = 0.3
_STARTS = 0x10  # in the first byte of a packet: begins a frame (RFC 7741, 4.2)
_LESS, _MORE = 0.75, 1.6  # of the rate told before


class PromptBuffer(JitterBuffer):
    """Releases frames of VP8 as soon as they are complete."""

    def __init__(
        self, decode_first: Callable[[Any, JitterFrame], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Create an empty buffer.

        Args:
            decode_first: called with a packet and a frame that is to be decoded before the one that `add` returns.
            clock: seconds.
        """
        super().__init__(capacity=512, is_video=True)
        self._decode_first = decode_first
        self._clock = clock
        self._gap_s: float | None = None  # since when packets wait behind a missing one
        self._awaits_key, self._asked_s = False, -_ASK_AGAIN_S

    @override
    def add(self, packet: Any) -> tuple[bool, JitterFrame | None]:
        if self._origin is not None and uint16_gt(self._origin, packet.sequence_number):
            return (
                self._asks_for_key(),
                None,
            )  # sent again too late; after a hundred others, aiortc would start anew with it
        lost, frame = super().add(packet)
        frames = [] if frame is None else [frame]
        while frames and (frame := self._remove_frame(packet.sequence_number)) is not None:
            frames.append(frame)  # complete, but waited behind the one before
        self._awaits_key |= lost or self._gives_up(packet, released=bool(frames))
        decodable = [frame for frame in frames if self._is_decodable(frame)]
        for frame in decodable[:-1]:
            self._decode_first(packet, frame)
        return self._asks_for_key(), decodable[-1] if decodable else None

    @override
    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        parts = []
        for count in range(self._first_missing()):
            packet = self._at(count)
            parts.append(packet)
            if packet.marker:
                self.remove(count + 1)
                if not parts[0].payload[0] & _STARTS:  # the stream was joined in the middle of a frame
                    self._awaits_key = True
                    return self._remove_frame(sequence_number)
                return JitterFrame(b"".join(part._data for part in parts), packet.timestamp)
        return None

    def _gives_up(self, packet: Any, *, released: bool) -> bool:
        """Return True after skipping a frame that waited too long for a missing packet."""
        assert self._origin is not None
        after = uint16_add(packet.sequence_number, -self._origin)
        if released or not self._first_missing() < after < self._capacity:
            self._gap_s = None if released else self._gap_s
            return False
        now_s = self._clock()
        self._gap_s = now_s if self._gap_s is None else self._gap_s
        if now_s - self._gap_s <= _GIVE_UP_S:
            return False
        held = [count for count in range(after + 1) if (held := self._at(count)) is not None and held.marker]
        if not held:
            return False
        self.remove(held[-1] + 1)  # what is left begins with a frame
        self._gap_s = None
        return True

    def _asks_for_key(self) -> bool:
        """Return True if a key frame is to be asked for, now or again."""
        now_s = self._clock()
        if not self._awaits_key or now_s - self._asked_s < _ASK_AGAIN_S:
            return False
        self._asked_s = now_s
        return True

    def _is_decodable(self, frame: JitterFrame) -> bool:
        self._awaits_key = self._awaits_key and not _is_key(frame.data)
        return not self._awaits_key

    def _first_missing(self) -> int:
        counts = range(self._capacity)
        return next((count for count in counts if self._at(count) is None), self._capacity)

    def _at(self, count: int) -> Any:
        assert self._origin is not None
        return self._packets[(self._origin + count) % self._capacity]


class SteadyEstimator(RemoteBitrateEstimator):
    """Estimates the rate that the link carries, and tells the sender of large changes only."""

    _told: tuple[int, list[int]] | None = None

    @override
    def add(self, *packet: int, **fields: int) -> tuple[int, list[int]] | None:
        found: tuple[int, list[int]] | None = super().add(*packet, **fields)
        if found and self._told and _LESS < found[0] / self._told[0] < _MORE:
            return self._told
        self._told = found or self._told
        return found


def release_promptly(receiver: RTCRtpReceiver) -> None:
    """Give a video receiver that has not started a `PromptBuffer` and a `SteadyEstimator`.

    The fields are private: aiortc has no way to choose a buffer.

    Raises:
        RemoteError: this version of aiortc has other fields.
    """
    names = ("jitter_buffer", "decoder_queue", "timestamp_mapper", "codecs", "remote_bitrate_estimator")
    fields = {name: f"_RTCRtpReceiver__{name}" for name in names}
    if missing := [name for name in fields.values() if not hasattr(receiver, name)]:
        raise RemoteError(f"The package aiortc has no {missing[0]}; install the version that the lock names")

    def decode_first(packet: Any, frame: JitterFrame) -> None:
        frame.timestamp = getattr(receiver, fields["timestamp_mapper"]).map(frame.timestamp)
        codec = getattr(receiver, fields["codecs"])[packet.payload_type]
        getattr(receiver, fields["decoder_queue"]).put((codec, frame))

    setattr(receiver, fields["jitter_buffer"], PromptBuffer(decode_first))
    setattr(receiver, fields["remote_bitrate_estimator"], SteadyEstimator())


def _is_key(frame: bytes) -> bool:
    """True if a frame of VP8 can be decoded alone (RFC 6386, 9.1)."""
    return bool(frame) and not frame[0] & 1
