"""Sound of every kind ends up in every container, and never ends the picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from puppet.media.video import VideoReader, VideoWriter
from tests.support.cases import shared_case
from tests.support.clips import moving_square

CONTAINERS = ("o.mp4", "o.mov", "o.mkv")


def _tone(path: Path, codec: str, rate: int, layout: str, kind: str, hertz: tuple[float, ...] = (440,)) -> Path:
    """Write 1.5 s of a tone for each of `hertz`, on a track of its own; the last is marked as default."""
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream(codec, rate=rate, layout=layout) for _ in hertz]
        for track in tracks:
            assert isinstance(track, av.AudioStream)
            track.disposition = Disposition.default if track is tracks[-1] else Disposition(0)
        channels = av.AudioLayout(layout).nb_channels
        for start in range(0, round(1.5 * rate), 1024):
            for track, pitch in zip(tracks, hertz, strict=True):
                assert isinstance(track, av.AudioStream)
                wave = np.sin(np.arange(start, start + 1024) * 2 * np.pi * pitch / rate) * 0.5
                frame = av.AudioFrame.from_ndarray(np.tile(wave.astype(np.float32), (channels, 1)), "fltp", layout)
                frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
                for part in av.AudioResampler(kind, layout, rate).resample(frame):
                    container.mux(track.encode(part))
        for track in tracks:
            assert isinstance(track, av.AudioStream)
            container.mux(track.encode(None))
    return path


def _rendered(path: Path, sound: Path, seconds: float = 1.5) -> Path:
    with VideoWriter(path, (64, 48), 15, sound_from=sound) as writer:
        for index, picture in enumerate(moving_square((64, 48), round(seconds * 15))):
            writer.write(picture, index / 15)
    with VideoReader(path, strict=True) as reader:
        assert len(list(reader.pictures())) == round(seconds * 15)
    return path


def _heard(path: Path) -> tuple[str, float, float]:
    """Codec, length in seconds, and pitch in hertz of the sound."""
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        resampler = av.AudioResampler("flt", "mono", 48_000)
        frames = [part for frame in container.decode(track) for part in resampler.resample(frame)]
        wave = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return track.codec_context.name, len(wave) / 48_000, float(np.argmax(spectrum)) * 48_000 / len(wave)


KINDS = [
    ("a.avi", "pcm_u8", 11_024, "mono", "u8"),
    ("a.avi", "pcm_s16le", 7_000, "stereo", "s16"),
    ("a.mkv", "pcm_s24le", 192_000, "stereo", "s32"),
    ("a.mkv", "pcm_f32le", 44_100, "5.1", "flt"),
    ("a.mkv", "pcm_s16le", 48_000, "quad", "s16"),
    ("a.mov", "pcm_s16be", 32_000, "mono", "s16"),
    ("a.webm", "libopus", 48_000, "stereo", "flt"),
    ("a.ogv", "flac", 44_100, "stereo", "s16"),
    ("a.mkv", "ac3", 48_000, "stereo", "fltp"),
    ("a.mp4", "alac", 44_100, "stereo", "s16p"),
    ("a.ts", "aac", 48_000, "stereo", "fltp"),
    ("a.mpg", "mp2", 44_100, "stereo", "s16"),
    ("a.mp4", "aac", 96_000, "mono", "fltp"),
]


@pytest.mark.parametrize("out", CONTAINERS)
@pytest.mark.parametrize(("name", "codec", "rate", "layout", "kind"), KINDS)
def test_sound_of_every_kind_ends_up_in_every_container(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, out: str, name: str, codec: str, rate: int, layout: str, kind: str
) -> None:
    source = _tone(tmp_path / name, codec, rate, layout, kind)
    found, seconds, pitch = _heard(_rendered(tmp_path / out, source))
    assert seconds == pytest.approx(1.5, abs=0.05 + 1024 / rate + 2048 / 24_000)
    assert pitch == pytest.approx(440, abs=3)
    plain = codec.removeprefix("lib")
    held = {"o.mp4": ("aac", "ac3", "alac", "opus", "flac"), "o.mov": ("aac", "ac3", "alac", "pcm_s16be", "pcm_s16le")}
    assert found in {plain, "aac" if out != "o.mkv" else "opus", plain + "_le"}
    if plain in held.get(out, (plain,)) and name != "a.ts":  # whose packets have headers, any of which may be damaged
        assert found == plain, "what the container holds is copied"
    assert not caplog.records


@pytest.mark.parametrize("out", CONTAINERS)
def test_the_default_track_is_taken(tmp_path: Path, out: str) -> None:
    source = _tone(tmp_path / "a.mkv", "aac", 48_000, "mono", "fltp", (300, 900))
    assert _heard(_rendered(tmp_path / out, source))[2] == pytest.approx(900, abs=3)


@pytest.mark.parametrize("out", CONTAINERS)
def test_damaged_sound_never_ends_the_picture(tmp_path: Path, caplog: pytest.LogCaptureFixture, out: str) -> None:
    source = _tone(tmp_path / "a.mkv", "ac3", 48_000, "stereo", "fltp")
    content = bytearray(source.read_bytes())
    for start in range(2000, len(content), 3):
        content[start] ^= 0x5A
    source.write_bytes(content)
    _rendered(tmp_path / out, source)
    assert len(caplog.records) <= 1
    source.write_bytes(content[:600])
    _rendered(tmp_path / out, source)
    source.unlink()
    caplog.clear()
    _rendered(tmp_path / out, source)
    [record] = caplog.records
    assert "the sound cannot be used" in record.getMessage()
    assert "the picture goes on" in record.getMessage()


@pytest.mark.parametrize("out", CONTAINERS)
def test_a_damaged_header_of_the_first_packet_does_not_end_the_picture(tmp_path: Path, out: str) -> None:
    source = _tone(tmp_path / "a.ts", "aac", 48_000, "stereo", "fltp")
    content = source.read_bytes()
    at = content.index(b"\xff\xf1")
    source.write_bytes(content[:at] + b"\0\0" + content[at + 2 :])
    _rendered(tmp_path / out, source)


def test_sound_without_a_decoder_is_left_out_with_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = _tone(tmp_path / "a.mkv", "aac", 48_000, "mono", "fltp")
    source.write_bytes(source.read_bytes().replace(b"A_AAC", b"A_XYZ"))
    _rendered(tmp_path / "o.mp4", source)
    [record] = caplog.records
    assert "the sound cannot be used" in record.getMessage()


@pytest.mark.parametrize(
    ("name", "out"), [("pcm_11024.avi", "o.mp4"), ("opus.webm", "o.mov"), ("long_sound.wmv", "o.mkv")]
)
def test_the_shared_cases_keep_their_sound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, out: str
) -> None:
    assert _heard(_rendered(tmp_path / out, shared_case(name)))[1] > 1.4
    assert not caplog.records
