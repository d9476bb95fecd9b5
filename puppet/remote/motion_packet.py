"""Motion packets: the portrait's pose in one frame, in one datagram of about 1 kB. Any thread.

A packet travels on an unreliable data channel and stands alone: it names its portrait, and a lost or late one is
replaced by the next. Both ends know the portrait's own pose, the reference. A packet holds the affine map of the
reference that fits the pose best, and the differences from it, rounded and deflated. They are rounded to 1/4096 of half
the crop, depth, which only orders triangles, to four times that; coarser where they would not fit into one datagram: a
message of two is lost when either is, and waits for both. What arrives is untrusted.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from puppet.domain import BODY_KEYPOINTS, Floats, Keypoints
from puppet.errors import RemoteError

MOST_BYTES = 1160
"""A message of an SCTP data channel that is sent in one datagram (RFC 8261, 5; aiortc's USERDATA_MAX_LENGTH)."""
PORTRAIT_BYTES = 8
_HEADER = struct.Struct("<BBBxId8s")  # version, fields, steps to coarser rounding, number, time, portrait
_VERSION = 2
_SCALE, _DEPTH_STEPS, _MOST_STEPS = 4096, 2, 7
_MOST_KEYPOINTS = 1000
_MATRICES = ("jacobians", "covariances")
_FIELDS = ("points", "depth", *_MATRICES, "body")


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


class Reference:
    """A portrait's own pose as both ends know it: writes and reads the packets of that portrait."""

    def __init__(self, pose: Keypoints) -> None:
        """Keep points and depth of `pose`, rounded as `text` rounds them."""
        self._rounded = _rounded(_columns(pose), _SCALE)
        known = self._rounded.astype(np.float32) / np.float32(_SCALE)
        self._known = np.column_stack([known, np.ones(len(known), np.float32)])
        self._inverse = np.linalg.pinv(self._known.astype(np.float64))

    @property
    def text(self) -> str:
        """The reference for the other end."""
        return base64.b64encode(self._rounded.astype("<i2").tobytes()).decode()

    def write(self, packet: MotionPacket) -> bytes:
        """Return a packet as it is sent."""
        arrays = packet.driven.arrays()
        fields = sum(1 << index for index, name in enumerate(_FIELDS) if name in arrays)
        columns = _columns(packet.driven)
        fit = (self._inverse @ columns).astype("<f4")
        differences = columns - self._known @ fit
        more = [arrays[name].astype("<f2") for name in _MATRICES if name in arrays]
        more += [_rounded(arrays["body"], _SCALE).astype("<i2")] if "body" in arrays else []
        tail = b"".join([fit.tobytes(), *(array.tobytes() for array in more)])
        for steps in range(_MOST_STEPS + 1):
            head = _HEADER.pack(_VERSION, fields, steps, packet.number, packet.captured_s, packet.portrait)
            content = head + tail + _deflated(_rounded(differences, _scales(columns.shape[1], steps)))
            if len(content) <= MOST_BYTES:
                break
        return content

    def read(self, data: bytes) -> MotionPacket:
        """Return the packet in `data`. Raises RemoteError when it is none, or has numbers that are not finite."""
        try:
            version, fields, steps, number, captured_s, portrait = _HEADER.unpack_from(data)
            if version != _VERSION or steps > _MOST_STEPS or fields >> len(_FIELDS) or not fields & 1:
                raise RemoteError(f"A motion packet has version {version}, expected {_VERSION}; update both machines")
            offset, arrays = _HEADER.size, dict[str, Floats]()
            known, columns = self._known, 3 if fields & 2 else 2
            shapes = {name: (len(known), 2, 2) for name in _MATRICES} | {"body": (BODY_KEYPOINTS, 2)}
            fit = np.frombuffer(data, "<f4", known.shape[1] * columns, offset).reshape(-1, columns)
            offset += fit.nbytes
            for index, name in enumerate(_FIELDS[2:], 2):
                if fields >> index & 1:
                    shape, is_body = shapes[name], name == "body"
                    raw = np.frombuffer(data, "<i2" if is_body else "<f2", int(np.prod(shape)), offset)
                    offset += raw.nbytes
                    arrays[name] = (raw.astype(np.float32) / np.float32(_SCALE if is_body else 1)).reshape(shape)
            differences = _inflated(data[offset:], (len(known), columns)) / _scales(columns, steps)
        except (struct.error, ValueError, zlib.error) as error:
            raise RemoteError(f"A motion packet of {len(data)} bytes is damaged; update both machines") from error
        with np.errstate(over="ignore", invalid="ignore"):
            pose = (known @ fit + differences).astype(np.float32)
        arrays["points"] = np.ascontiguousarray(pose[:, :2])
        if columns == 3:
            arrays["depth"] = np.ascontiguousarray(pose[:, 2])
        if not np.isfinite(captured_s) or not all(np.isfinite(array).all() for array in arrays.values()):
            raise RemoteError("A motion packet has numbers that are not finite; update both machines")
        return MotionPacket(number, captured_s, portrait, Keypoints(**arrays))


def read_reference(text: str, *, depth: bool) -> Reference:
    """Return the reference in `text`, with `depth` or without. Raises RemoteError when it is none."""
    try:
        rounded = np.frombuffer(base64.b64decode(text, validate=True), "<i2").reshape(-1, 3 if depth else 2)
    except (binascii.Error, ValueError) as error:
        raise RemoteError("The portrait's pose cannot be read; update both machines") from error
    if not 1 <= len(rounded) <= _MOST_KEYPOINTS:
        raise RemoteError(f"The portrait's pose has {len(rounded)} points, expected 1 to {_MOST_KEYPOINTS}")
    pose = rounded.astype(np.float32) / np.float32(_SCALE)
    return Reference(Keypoints(pose[:, :2], pose[:, 2] if depth else None))


def portrait_of(data: bytes) -> bytes:
    """Return the portrait that a packet names; of another message, any bytes."""
    return data[_HEADER.size - PORTRAIT_BYTES : _HEADER.size]


def _columns(pose: Keypoints) -> Floats:
    """Return (K, 2 or 3): points, and depth where there is one."""
    return pose.points if pose.depth is None else np.column_stack([pose.points, pose.depth])


def _scales(columns: int, steps: int) -> Floats:
    return np.array([_SCALE, _SCALE, _SCALE >> _DEPTH_STEPS][:columns], np.float32) / np.float32(1 << steps)


def _rounded(values: Floats, scale: Floats | int) -> NDArray[np.int16]:
    rounded: NDArray[np.int16] = np.clip(np.rint(values * scale), -32767, 32767).astype(np.int16)
    return rounded


def _deflated(values: NDArray[np.int16]) -> bytes:
    """Return signed numbers as Huffman codes of their bytes; near 0 the sign is the lowest bit and the high byte 0."""
    folded = (values << 1 ^ values >> 15).astype(np.uint16).T.ravel()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
    return deflate.compress(np.concatenate([folded & 0xFF, folded >> 8]).astype(np.uint8).tobytes()) + deflate.flush()


def _inflated(data: bytes, shape: tuple[int, int]) -> Floats:
    """Return `_deflated`'s numbers. Raises ValueError or zlib.error when there are more or fewer."""
    inflate, count = zlib.decompressobj(-15), shape[0] * shape[1]
    low, high = np.frombuffer(inflate.decompress(data, 2 * count + 1), np.uint8).astype(np.int32).reshape(2, count)
    if not inflate.eof or inflate.unused_data:
        raise ValueError("too long")
    folded = low | high << 8
    return (folded >> 1 ^ -(folded & 1)).astype(np.float32).reshape(shape[::-1]).T
