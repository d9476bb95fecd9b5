"""Motion packets: the portrait's pose in one frame, in about 2.9 kB. Any thread.

A packet travels on an unreliable data channel and stands alone: it names its portrait, and a lost or late one is
replaced by the next. Points, depth and body keypoints are fixed-point numbers of 16 bits, a resolution of 1/8192 of
half the crop, which is finer than float16 beyond an eighth of it; matrices are float16. What arrives is untrusted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from puppet.domain import BODY_KEYPOINTS, Floats, Keypoints
from puppet.errors import RemoteError

_HEADER = struct.Struct("<BBHId8s")  # version, fields, keypoints, number, time, portrait
_VERSION = 1
_SCALE = 8192
_MOST_KEYPOINTS = 1000
_MATRICES = ("jacobians", "covariances")
_FIELDS = ("points", "depth", *_MATRICES, "body")
PORTRAIT_BYTES = 8


@dataclass(frozen=True, slots=True)
class MotionPacket:
    """The pose to paint.

    Attributes:
        number: of the frame, increasing; the picture made from it carries the same.
        captured_s: time of the frame's capture on the sender's clock.
        portrait: first `PORTRAIT_BYTES` bytes of the portrait's key.
        driven: the portrait's pose; a segmentation is not sent.
    """

    number: int
    captured_s: float
    portrait: bytes
    driven: Keypoints

    def to_bytes(self) -> bytes:
        """Return the packet as it is sent."""
        arrays = self.driven.arrays()
        fields = sum(1 << index for index, name in enumerate(_FIELDS) if name in arrays)
        head = _HEADER.pack(_VERSION, fields, len(arrays["points"]), self.number, self.captured_s, self.portrait)
        return head + b"".join(_packed(name, arrays[name]) for name in _FIELDS if name in arrays)


def read_motion_packet(data: bytes) -> MotionPacket:
    """Return the packet in `data`. Raises RemoteError when it is none, or has numbers that are not finite."""
    try:
        version, fields, keypoints, number, captured_s, portrait = _HEADER.unpack_from(data)
    except struct.error as error:
        raise RemoteError(f"A motion packet of {len(data)} bytes is too short; update both machines") from error
    if version != _VERSION or fields >> len(_FIELDS) or not fields & 1 or not 1 <= keypoints <= _MOST_KEYPOINTS:
        raise RemoteError(f"A motion packet has version {version}, expected {_VERSION}; update both machines")
    shapes = {name: _shape(name, keypoints) for index, name in enumerate(_FIELDS) if fields >> index & 1}
    counts = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    if len(data) != _HEADER.size + 2 * sum(counts.values()) or not np.isfinite(captured_s):
        raise RemoteError(f"A motion packet has {len(data)} bytes, which do not fit its head; update both machines")
    arrays, offset = {}, _HEADER.size
    for name, shape in shapes.items():
        arrays[name] = _unpacked(name, data[offset : offset + 2 * counts[name]]).reshape(shape)
        offset += 2 * counts[name]
    return MotionPacket(number, captured_s, portrait, Keypoints(**arrays))


def _shape(name: str, keypoints: int) -> tuple[int, ...]:
    if name == "body":
        return BODY_KEYPOINTS, 2
    return {"points": (keypoints, 2), "depth": (keypoints,)}.get(name, (keypoints, 2, 2))


def _packed(name: str, array: Floats) -> bytes:
    if name in _MATRICES:
        return array.astype("<f2").tobytes()
    return np.clip(np.rint(array * _SCALE), -32767, 32767).astype("<i2").tobytes()


def _unpacked(name: str, data: bytes) -> Floats:
    if name not in _MATRICES:
        return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(_SCALE)
    array = np.frombuffer(data, "<f2").astype(np.float32)
    if not np.isfinite(array).all():
        raise RemoteError("A motion packet has numbers that are not finite; update both machines")
    return array
