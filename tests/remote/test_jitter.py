"""The receiver's buffer: frames leave with their last packet; after a lost one, only a key frame is decoded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiortc import RTCPeerConnection
from aiortc.jitterbuffer import JitterFrame

from puppet.remote.jitter import PromptBuffer, release_promptly
from tests.support.fakes import FakeClock

KEY, DELTA = b"\x00", b"\x01"


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    marker: int
    _data: bytes
    payload_type: int = 96
    payload: bytes = b"\x10"


def _frame(number: int, first: int, kind: bytes = DELTA, parts: int = 2) -> list[Packet]:
    data = [kind + bytes([number]), *[bytes([number])] * (parts - 1)]
    return [
        Packet(
            (first + index) % 65536,
            number * 3000,
            int(index == parts - 1),
            part,
            payload=b"\x00" if index else b"\x10",
        )
        for index, part in enumerate(data)
    ]


class Receiver:
    def __init__(self) -> None:
        self.clock, self.decoded, self.keys_wanted = FakeClock(), list[int](), 0
        self.buffer = PromptBuffer(lambda _packet, frame: self._decode(frame), self.clock)

    def add(self, *packets: Packet) -> None:
        for packet in packets:
            wants_key, frame = self.buffer.add(packet)
            self.keys_wanted += wants_key
            if frame is not None:
                self._decode(frame)

    def _decode(self, frame: JitterFrame) -> None:
        self.decoded.append(frame.timestamp // 3000)


def test_a_frame_leaves_with_its_last_packet_also_where_numbers_wrap() -> None:
    receiver = Receiver()
    receiver.add(*_frame(0, 65533, KEY, parts=4))
    assert receiver.decoded == [0]
    receiver.add(*_frame(1, 1)[:1])
    assert receiver.decoded == [0]


def test_packets_out_of_order_make_one_frame() -> None:
    receiver = Receiver()
    receiver.add(*_frame(0, 10, KEY))
    receiver.add(*reversed(_frame(1, 12, parts=3)))
    assert receiver.decoded == [0, 1]
    assert receiver.keys_wanted == 0


def test_frames_that_waited_behind_a_late_packet_leave_together() -> None:
    receiver = Receiver()
    late, *rest = _frame(1, 12)
    receiver.add(*_frame(0, 10, KEY), *rest, *_frame(2, 14), *_frame(3, 16))
    assert receiver.decoded == [0]
    receiver.add(late)
    assert receiver.decoded == [0, 1, 2, 3]


def test_a_lost_packet_is_given_up_and_nothing_is_decoded_before_a_key_frame() -> None:
    receiver = Receiver()
    receiver.add(*_frame(0, 10, KEY), *_frame(1, 12)[1:], *_frame(2, 14))
    receiver.clock.now_s += 0.25
    receiver.add(*_frame(3, 16))
    assert receiver.keys_wanted == 1
    receiver.add(*_frame(4, 18), *_frame(5, 20, KEY), *_frame(6, 22))
    assert receiver.decoded == [0, 5, 6]


def test_a_packet_that_was_sent_again_much_too_late_changes_nothing() -> None:
    receiver = Receiver()
    frames = [_frame(number, 10 + 2 * number, KEY) for number in range(70)]
    for frame in frames[:60]:
        receiver.add(*frame)
    receiver.add(frames[1][0])
    for frame in frames[60:]:
        receiver.add(*frame)
    assert receiver.decoded == list(range(70))
    assert receiver.keys_wanted == 0


def test_a_stream_joined_in_the_middle_of_a_frame_waits_for_a_key_frame() -> None:
    receiver = Receiver()
    receiver.add(*_frame(0, 10, KEY, parts=3)[1:], *_frame(1, 13))
    assert receiver.decoded == []
    assert receiver.keys_wanted == 1
    receiver.add(*_frame(2, 15, KEY), *_frame(3, 17))
    assert receiver.decoded == [2, 3]


async def _receiver_fields() -> None:
    peer = RTCPeerConnection()
    receiver = peer.addTransceiver("video", direction="recvonly").receiver
    release_promptly(receiver)
    assert isinstance(getattr(receiver, "_RTCRtpReceiver__jitter_buffer"), PromptBuffer)  # noqa: B009 - as it is mangled
    await peer.close()


def test_the_library_has_the_fields_that_are_replaced() -> None:
    asyncio.run(_receiver_fields())
