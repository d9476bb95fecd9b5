"""The number below a picture survives the codec that carries it."""

from __future__ import annotations

from io import BytesIO

import av
import numpy as np
import pytest

from puppet.remote.numbered_picture import STRIP_PX, following, numbered_frame, read_number

NUMBERS = (0, 1, 0x5A5A5A, 0xFFFFFF, 123_456)


@pytest.mark.parametrize("size", [(480, 272), (256, 144)])
def test_numbers_are_read_after_a_low_rate_of_vp8(size: tuple[int, int]) -> None:
    width, height = size
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    stream = BytesIO()
    with av.open(stream, "w", format="webm") as out:
        video = out.add_stream("libvpx", 25, {"deadline": "realtime", "cpu-used": "-6"})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.bit_rate = width, height + STRIP_PX, 250_000
        for number in NUMBERS:
            out.mux(video.encode(numbered_frame(noise, number)))
        out.mux(video.encode(None))
    stream.seek(0)
    with av.open(stream, "r") as source:
        decoded = [np.asarray(frame.to_ndarray(), np.uint8)[: frame.height] for frame in source.decode(video=0)]
    assert [read_number(luma[-STRIP_PX:, :width]) for luma in decoded] == list(NUMBERS)


def test_something_else_is_no_number() -> None:
    for luma in (np.zeros((STRIP_PX, 480), np.uint8), np.full((STRIP_PX, 64), 255, np.uint8)):
        assert read_number(luma) is None


def test_numbers_go_on_beyond_24_bits() -> None:
    assert following(5, 0xFFFFFE) == 0x1000005
    assert following(0xFFFFFE, 0x1000005) == 0xFFFFFE
    assert following(7, 3) == 7
