"""Motion packets: what comes out is what went in, to 1/8192, and nothing hostile comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puppet.domain import Keypoints
from puppet.errors import RemoteError
from puppet.remote.motion_packet import MotionPacket, read_motion_packet

RANDOM = np.random.default_rng(0)


def _uniform(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return RANDOM.uniform(-1.5, 1.5, shape).astype(np.float32)


FACE = Keypoints(_uniform(478, 2), _uniform(478), body=_uniform(10, 2))
LEARNED = Keypoints(_uniform(10, 2), jacobians=_uniform(10, 2, 2))
PORTRAIT = b"12345678"


@pytest.mark.parametrize("pose", [FACE, LEARNED], ids=["landmarks", "keypoints"])
def test_a_packet_carries_a_pose(pose: Keypoints) -> None:
    data = MotionPacket(7, 12.5, PORTRAIT, pose).to_bytes()
    found = read_motion_packet(data)
    assert (found.number, found.captured_s, found.portrait) == (7, 12.5, PORTRAIT)
    assert found.driven.arrays().keys() == pose.arrays().keys()
    for name, array in pose.arrays().items():
        np.testing.assert_allclose(found.driven.arrays()[name], array, atol=1e-3 if name == "jacobians" else 1 / 16000)


def test_twenty_faces_a_second_need_less_than_half_a_megabit() -> None:
    assert len(MotionPacket(0, 0.0, PORTRAIT, FACE).to_bytes()) * 8 * 20 < 500_000


def test_numbers_that_are_not_finite_are_refused() -> None:
    assert LEARNED.jacobians is not None
    matrices = LEARNED.jacobians.copy()
    matrices[3, 1, 0] = np.nan
    for packet in (
        MotionPacket(0, 0.0, PORTRAIT, Keypoints(LEARNED.points, jacobians=matrices)),
        MotionPacket(0, float("inf"), PORTRAIT, LEARNED),
    ):
        with pytest.raises(RemoteError):
            read_motion_packet(packet.to_bytes())


@given(st.binary(max_size=80), st.integers(0, 60), st.integers(0, 255))
def test_other_data_is_refused(noise: bytes, position: int, value: int) -> None:
    changed = bytearray(MotionPacket(1, 2.0, PORTRAIT, LEARNED).to_bytes())
    changed[position] = value
    for data in (noise, bytes(changed), bytes(changed[:position])):
        try:
            pose = read_motion_packet(data).driven
        except RemoteError:
            continue
        assert all(np.isfinite(array).all() for array in pose.arrays().values())
