"""Motion packets: what comes out is what went in, to 1/4096 and in one datagram, and nothing hostile comes in."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.domain import Keypoints
from puppet.errors import RemoteError
from puppet.remote.motion_packet import MOST_BYTES, MotionPacket, Reference, portrait_of, read_reference

RANDOM = np.random.default_rng(0)


def _uniform(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return RANDOM.uniform(-1.5, 1.5, shape).astype(np.float32)


FACE = Keypoints(_uniform(478, 2), _uniform(478), body=_uniform(10, 2))
LEARNED = Keypoints(_uniform(10, 2), jacobians=_uniform(10, 2, 2))
PORTRAIT = b"12345678"


def _moved(portrait: Keypoints) -> Keypoints:
    """A portrait turned a little, with another expression."""
    turn = np.array([[0.98, 0.2], [-0.2, 0.98]], np.float32)
    points = portrait.points @ turn + RANDOM.normal(0, 0.01, portrait.points.shape).astype(np.float32)
    return replace(portrait, points=np.asarray(points, np.float32))


@pytest.mark.parametrize("portrait", [FACE, LEARNED], ids=["landmarks", "keypoints"])
def test_a_packet_carries_a_pose(portrait: Keypoints) -> None:
    pose, written = _moved(portrait), Reference(portrait)
    data = written.write(MotionPacket(7, 12.5, PORTRAIT, pose))
    found = read_reference(written.text, depth=pose.depth is not None).read(data)
    assert (found.number, found.captured_s, found.portrait, portrait_of(data)) == (7, 12.5, PORTRAIT, PORTRAIT)
    assert found.driven.arrays().keys() == pose.arrays().keys()
    for name, array in pose.arrays().items():
        tolerance = {"points": 1 / 8000, "body": 1 / 8000, "depth": 1 / 2000}.get(name, 1e-3)
        np.testing.assert_allclose(found.driven.arrays()[name], array, atol=tolerance)


def test_a_face_unlike_the_portrait_fits_in_a_datagram_too() -> None:
    pose = FACE.map(lambda array: array + 0.1 * _uniform(*array.shape))
    data = (reference := Reference(FACE)).write(MotionPacket(0, 0.0, PORTRAIT, pose))
    assert len(data) <= MOST_BYTES
    np.testing.assert_allclose(reference.read(data).driven.points, pose.points, atol=1 / 30)


def test_numbers_that_are_not_finite_are_refused() -> None:
    assert LEARNED.jacobians is not None
    matrices = LEARNED.jacobians.copy()
    matrices[3, 1, 0] = np.nan
    points = LEARNED.points.copy()
    points[0, 0] = np.inf
    reference = Reference(LEARNED)
    for packet in (
        MotionPacket(0, 0.0, PORTRAIT, Keypoints(LEARNED.points, jacobians=matrices)),
        MotionPacket(0, float("inf"), PORTRAIT, LEARNED),
    ):
        with pytest.raises(RemoteError):
            reference.read(reference.write(packet))
    data = bytearray(reference.write(MotionPacket(0, 0.0, PORTRAIT, LEARNED)))
    data[24:28] = np.float32(np.nan).tobytes()  # in the affine map
    with pytest.raises(RemoteError, match="not finite"):
        reference.read(bytes(data))


@pytest.mark.parametrize("text", ["", "AAA", "!", "A" * 8008], ids=len)
def test_a_reference_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RemoteError):
        read_reference(text, depth=True)


def test_a_deflated_bomb_is_not_inflated() -> None:
    reference = Reference(LEARNED)
    data = reference.write(MotionPacket(0, 0.0, PORTRAIT, Keypoints(LEARNED.points)))
    bomb = zlib.compress(bytes(50_000_000))[2:-4]
    with pytest.raises(RemoteError, match="damaged"):
        reference.read(data[:48] + bomb)


@given(st.binary(max_size=80), st.integers(0, 60), st.integers(0, 255))
def test_other_data_is_refused(noise: bytes, position: int, value: int) -> None:
    reference = Reference(LEARNED)
    changed = bytearray(reference.write(MotionPacket(1, 2.0, PORTRAIT, LEARNED)))
    changed[position] = value
    for data in (noise, bytes(changed), bytes(changed[:position])):
        try:
            pose = reference.read(data).driven
        except RemoteError:
            continue
        assert all(np.isfinite(array).all() for array in pose.arrays().values())
