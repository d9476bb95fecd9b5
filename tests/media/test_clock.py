"""Where the clock of a file begins again, pictures and sound go on together."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from puppet.media.clock import Clock
from puppet.media.video import VideoReader, VideoWriter

RATE, SAMPLES = 25, 48_000


def _part(path: Path, flash_s: float, sound_s: float, offset_s: float, codec: str) -> bytes:
    """Write 2 s of black that turns white at `flash_s`, where the silence of `sound_s` seconds turns into a tone."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg2video", rate=RATE)
        sound = container.add_stream(codec, rate=SAMPLES, layout="mono")
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        video.width, video.height, video.pix_fmt = 96, 80, "yuv420p"
        wave = (np.sin(np.arange(SAMPLES * 2) * 2 * np.pi * 1000 / SAMPLES) * 12_000).astype(np.int16)
        wave[: round(flash_s * SAMPLES)] = 0
        sent, size = 0, SAMPLES // RATE
        for index in range(2 * RATE):
            pixels = np.full((80, 96, 3), 235 if index >= round(flash_s * RATE) else 16, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index + round(offset_s * RATE), Fraction(1, RATE)
            container.mux(video.encode(frame))
            if sent < sound_s * SAMPLES:
                heard = av.AudioFrame.from_ndarray(wave[None, sent : sent + size], "s16", "mono")
                heard.sample_rate, heard.pts = SAMPLES, sent + round(offset_s * SAMPLES)
                heard.time_base = Fraction(1, SAMPLES)
                for part in av.AudioResampler(sound.format.name, "mono", SAMPLES, 1152).resample(heard):
                    container.mux(sound.encode(part))
            sent += size
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path.read_bytes()


def _beginnings(path: Path) -> tuple[list[float], list[float]]:
    """Return the seconds at which the picture turns white, and those at which a tone begins."""
    with VideoReader(path) as reader:
        white = [(timed.time_s, timed.picture.mean() > 128) for timed in reader.pictures()]
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        loud = [
            (float(frame.time or 0) + at / SAMPLES, np.abs(part).max() > 0.1)
            for frame in container.decode(track)
            for at, part in _pieces(frame)
        ]
    return _risings(white), _risings(loud)


def _pieces(frame: av.AudioFrame) -> list[tuple[int, np.ndarray]]:
    wave = frame.to_ndarray().reshape(-1)
    wave = wave / 32_768 if wave.dtype == np.int16 else wave
    return [(at, wave[at : at + 480]) for at in range(0, len(wave), 480)]


def _risings(states: list[tuple[float, bool]]) -> list[float]:
    return [time_s for (time_s, now), (_, before) in zip(states[1:], states, strict=False) if now and not before]


@pytest.mark.parametrize(
    ("name", "offset_s", "out"), [("a.ts", 9000.0, "o.mkv"), ("a.ts", 0.0, "o.mp4"), ("a.vob", 0.0, "o.mkv")]
)
def test_sound_stays_with_the_picture_where_the_clock_begins_again(
    tmp_path: Path, name: str, offset_s: float, out: str
) -> None:
    codec = "aac" if name == "a.ts" else "mp2"
    parts = [  # the first one's sound ends 0.5 s before its picture
        _part(tmp_path / f"0{name}", 0.6, 1.5, 0.0, codec),
        _part(tmp_path / f"1{name}", 1.2, 2.0, offset_s, codec),
        _part(tmp_path / f"2{name}", 0.8, 2.0, 0.0, codec),
    ]
    (tmp_path / name).write_bytes(b"".join(parts))
    with (
        VideoReader(tmp_path / name) as reader,
        VideoWriter(tmp_path / out, reader.size, RATE, sound_from=tmp_path / name) as writer,
    ):
        for timed in reader.pictures():
            writer.write(timed.picture, timed.time_s)
    seen, heard = _beginnings(tmp_path / out)
    assert seen == pytest.approx([0.6, 3.2, 4.8], abs=0.1)
    assert heard == pytest.approx(seen, abs=0.08)


def test_a_new_beginning_follows_the_end() -> None:
    clock = Clock(5.0)
    assert [clock.time_of(stamp_s, 0.04) for stamp_s in (5.0, 5.04, 1.0, 1.04, 8000.0, None)] == pytest.approx(
        [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    )
    assert clock.restarts == 2


def test_frames_out_of_order_are_no_new_beginning() -> None:
    clock = Clock(0.0)
    assert [clock.time_of(stamp_s, 0.04) for stamp_s in (0.0, 0.12, 0.04, 0.08)] == pytest.approx([0, 0.12, 0.04, 0.08])
    assert clock.restarts == 0
    assert clock.end_s == pytest.approx(0.16)
