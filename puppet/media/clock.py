"""Times of pictures and sound in a file whose time stamps begin again, as in a TS or VOB of several parts.

Any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from puppet.media.container import packets_of, pictures_of

MOST_GAP_S = 3600.0
_MOST_BACK_S = 0.5  # a larger step of the time stamps, or a gap above MOST_GAP_S, is a new beginning
_MOST_HELD = 500  # packets of sound that wait for the picture's new beginning


class Clock:
    """Turns the time stamps of one stream into seconds from the file's beginning: a new beginning follows on.

    Attributes:
        start_s: time stamp that stands for 0 s.
        end_s: seconds at which the last picture or packet ends.
        restarts: number of new beginnings so far.
    """

    def __init__(self, start_s: float) -> None:
        """`start_s`: the file's first time stamp."""
        self.start_s, self.end_s, self.restarts = start_s, 0.0, 0
        self._last_s = 0.0

    def time_of(self, stamp_s: float | None, shown_s: float) -> float:
        """Return the seconds of the next picture or packet, which lasts `shown_s` seconds; without a stamp, the end."""
        time_s = self.end_s if stamp_s is None else stamp_s - self.start_s
        if time_s < self._last_s - _MOST_BACK_S or time_s > self.end_s + MOST_GAP_S:
            self.start_s += time_s - self.end_s
            self.restarts += 1
            time_s = self.end_s
        self._last_s = time_s
        self.end_s = max(self.end_s, time_s + shown_s)
        return time_s


def sound_packets(media: InputContainer, track: AudioStream) -> Iterator[tuple[Packet[AudioStream], float]]:
    """Yield a track's packets, each with the time stamp that stands for 0 s, which is the picture's.

    The parts of a file differ in how far sound and picture reach. Only with the picture's clock do they stay together
    after a new beginning; sound that begins anew without the picture follows on by itself.
    """
    start_s = (media.start_time or 0) / av.time_base
    picture, sound = Clock(start_s), Clock(start_s)
    used, waits = 0, False
    held: list[Packet[AudioStream]] = []
    for packet in packets_of(media, track, *cast("list[AudioStream]", pictures_of(media)[:1])):
        before = sound.restarts
        _follow(sound if packet.stream.index == track.index else picture, packet)
        if packet.stream.index == track.index:
            held.append(packet)
        waits = waits or sound.restarts > before
        if waits and (picture.restarts > used or len(held) > _MOST_HELD):
            start_s = picture.start_s if picture.restarts > used else sound.start_s
            used, waits = picture.restarts, False
        if not waits:
            yield from ((each, start_s) for each in held)
            held.clear()
    yield from ((each, sound.start_s) for each in held)


def _follow(clock: Clock, packet: Packet[AudioStream]) -> None:
    if packet.pts is not None and packet.time_base:
        clock.time_of(float(packet.pts * packet.time_base), float((packet.duration or 0) * packet.time_base))
