"""Videos as people have them: names, streams, shapes of pixels, colours, damage; and hostile ones."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.colour import ColourTags, to_sdr_709
from puppet.media.video import VideoReader
from tests.support.cases import shared_case
from tests.support.clips import even_times, moving_square, write_clip


def _read(path: Path) -> list[Picture]:
    with VideoReader(path) as reader:
        return [timed.picture for timed in reader.pictures()]


def _refusal(path: Path) -> str:
    with pytest.raises(MediaError) as refused:
        _read(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    "name", ["12:30:05.mp4", "http:", "concat:a|b.mp4", "画" * 80 + ".mkv", "n" * 246 + ".mp4", "%20.mp4"]
)
def test_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write_clip(tmp_path / "a.mp4", moving_square((64, 48), 3), even_times(25, 3)).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(_read(Path(name))) == 3


def test_a_name_that_is_not_unicode_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / b"caf\xe9.mp4".decode("utf-8", "surrogateescape")
    write_clip(tmp_path / "a.mp4", moving_square((64, 48), 3), even_times(25, 3)).rename(path)
    assert len(_read(path)) == 3


def _with_streams(path: Path, clip: Path | None, cover: Picture | None, sound_s: float = 0.0) -> Path:
    """Write a cover picture, the video of `clip` and silence of `sound_s`, in this order."""
    with av.open(str(path), "w") as out:
        art = out.add_stream("mjpeg", rate=1) if cover is not None else None
        if art is not None and cover is not None:
            assert isinstance(art, av.VideoStream)
            art.width, art.height, art.pix_fmt = cover.shape[1], cover.shape[0], "yuvj420p"
            art.disposition = Disposition.attached_pic
        source = av.open(str(clip)) if clip else None
        video = out.add_stream_from_template(source.streams.video[0]) if source else None
        sound = out.add_stream("aac", rate=48_000, layout="mono") if sound_s else None
        if art is not None and cover is not None:
            frame = av.VideoFrame.from_ndarray(cover, format="rgb24")
            out.mux([*art.encode(frame), *art.encode(None)])
        if source:
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = video  # type: ignore[assignment]
                    out.mux(packet)
            source.close()
        if sound is not None:
            assert isinstance(sound, av.AudioStream)
            for start in range(0, round(sound_s * 48_000), 1024):
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
                silence.sample_rate, silence.pts, silence.time_base = 48_000, start, Fraction(1, 48_000)
                out.mux(sound.encode(silence))
            out.mux(sound.encode(None))
    return path


COVER = np.full((64, 64, 3), (200, 30, 30), np.uint8)


def test_a_cover_picture_is_not_the_video(tmp_path: Path) -> None:
    pictures = moving_square((96, 48), 5)
    clip = write_clip(tmp_path / "a.mp4", pictures, even_times(25, 5))
    found = _read(_with_streams(tmp_path / "b.mp4", clip, COVER))
    assert [picture.shape for picture in found] == [(48, 96, 3)] * 5
    np.testing.assert_allclose(found[0].astype(int), pictures[0], atol=40)


@pytest.mark.parametrize(("name", "cover"), [("a.m4a", None), ("a.mp4", None), ("a.mkv", None), ("b.mp4", COVER)])
def test_music_holds_no_video(tmp_path: Path, name: str, cover: Picture | None) -> None:
    assert "holds no video, only sound" in _refusal(_with_streams(tmp_path / name, None, cover, 1.0))


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.mov", "b.ts"])
def test_sound_that_is_longer_than_the_picture_does_not_matter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    clip = write_clip(tmp_path / "a.mp4", moving_square((64, 48), 10), even_times(25, 10))
    path = _with_streams(tmp_path / name, clip, None, 2.5)
    with VideoReader(path, strict=True) as reader:
        assert len(list(reader.pictures())) >= 10
    assert not caplog.records


def _of_aspect(path: Path, aspect: Fraction) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 96, 72, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        for picture in moving_square((96, 72), 3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("aspect", "size"),
    [(Fraction(4, 3), (128, 72)), (Fraction(8, 9), (85, 72)), (Fraction(1), (96, 72)), (Fraction(1000), (96, 72))],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_shape_of_pixels_counts(tmp_path: Path, name: str, aspect: Fraction, size: tuple[int, int]) -> None:
    with VideoReader(_of_aspect(tmp_path / name, aspect)) as reader:
        assert reader.size == size
        assert {timed.picture.shape for timed in reader.pictures()} == {(size[1], size[0], 3)}


def _tagged(path: Path, colour: Sequence[int], primaries: int, transfer: int, matrix: int) -> Path:
    """One colour, coded in 10 bits of limited range with these tags; `colour` is (R, G, B) of these primaries."""
    red, green, blue = (value / 255 for value in colour)
    kr, kb = (0.2627, 0.0593) if matrix == 9 else (0.2126, 0.0722)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    values = (64 + 876 * luma, 512 + 896 * (blue - luma) / (2 - 2 * kb), 512 + 896 * (red - luma) / (2 - 2 * kr))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = (
            primaries,
            transfer,
            matrix,
            1,
        )
        frame = av.VideoFrame(64, 64, "yuv420p10le")
        for plane, value in zip(frame.planes, values, strict=True):
            plane.update(np.full(plane.buffer_size // 2, round(value), np.uint16).tobytes())
        out.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def _hlg(nits: float) -> float:
    """Signal in [0, 255] of a grey of this luminance on a display of 1000 nits (ITU-R BT.2100)."""
    scene = (nits / 1000) ** (1 / 1.2)
    return 255 * float(
        np.sqrt(3 * scene) if scene <= 1 / 12 else 0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073
    )


def _pq(nits: float) -> float:
    power = (nits / 10_000) ** 0.1593017578125
    return 255 * float(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


@pytest.mark.parametrize(("transfer", "signal"), [(18, _hlg), (16, _pq)])
def test_hdr_is_tone_mapped(tmp_path: Path, transfer: int, signal: object) -> None:
    assert callable(signal)
    greys = []
    for nits in (2.0, 10.0, 30.0, 100.0, 203.0, 1000.0):
        path = _tagged(tmp_path / f"{nits}.mkv", [signal(nits)] * 3, 9, transfer, 9)
        greys.append(_read(path)[0][32, 32].astype(int))
    assert all(np.ptp(grey) <= 3 for grey in greys), "greys stay grey"
    levels = [int(grey.mean()) for grey in greys]
    for nits, level in zip((2.0, 10.0, 30.0), levels, strict=False):  # as SDR shows them
        assert level == pytest.approx(255 * (nits / 100) ** (1 / 2.4), abs=6)
    assert levels == sorted(levels)
    assert levels[3] > 210
    assert levels[5] >= 250


@pytest.mark.parametrize(("primaries", "matrix", "colour"), [(9, 9, (210, 84, 46)), (12, 1, (235, 62, 47))])
def test_wide_gamuts_become_709(tmp_path: Path, primaries: int, matrix: int, colour: tuple[int, int, int]) -> None:
    """The colour is the red of BT.709 in these primaries (gamma 2.4)."""
    found = _read(_tagged(tmp_path / "a.mkv", colour, primaries, 1, matrix))[0][32, 32]
    np.testing.assert_allclose(found, (255, 0, 0), atol=16)


def test_usual_colours_are_left_alone() -> None:
    image = np.full((2, 2, 3), (10, 20, 30), np.uint8)
    for tags in (ColourTags(), ColourTags(1, 1), ColourTags(6, 6), ColourTags(2, 13), ColourTags(99, 99)):
        assert to_sdr_709(image, tags) is image


def test_a_damaged_stretch_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(40)]
    path = write_clip(tmp_path / "a.mkv", pictures, even_times(10, 40), codec="ffv1")
    content = bytearray(path.read_bytes())
    for start in range(len(content) // 2, len(content) // 2 + 6000, 7):
        content[start] = 0
    path.write_bytes(content)
    with VideoReader(path) as reader:
        times_s = [timed.time_s for timed in reader.pictures()]
        list(reader.pictures())
    assert len(times_s) >= 30
    assert times_s[-1] == pytest.approx(3.9, abs=0.01)
    assert len(caplog.records) <= 1, "one line, however often it is read"


@pytest.mark.parametrize("playlist", [
    "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{clip}'\n",
    "<MPD><BaseURL>{clip}</BaseURL></MPD>", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
])  # fmt: skip
def test_no_file_opens_another(tmp_path: Path, playlist: str) -> None:
    clip = write_clip(tmp_path / "a.mp4", moving_square((64, 48), 3), even_times(25, 3))
    path = tmp_path / "b.mp4"
    path.write_text(playlist.format(clip=clip))
    assert "not a video" in _refusal(path)


@pytest.mark.parametrize("name", ["1511.mkv", "3499.webm", "5736.flv"])
def test_tags_that_are_no_unicode_do_not_matter(name: str) -> None:
    assert _read(shared_case(f"hostile/video_UnicodeDecodeError-{name}"))


def test_frames_of_an_absurd_size_are_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.avi", moving_square((64, 48), 2), even_times(25, 2), codec="ffv1")
    content = path.read_bytes()
    at = content.index(b"strf") + 12
    path.write_bytes(content[:at] + (60_000).to_bytes(4, "little") * 2 + content[at + 8 :])
    message = _refusal(path)
    assert "million pixels" in message or "damaged" in message


def test_the_shared_cases_play(tmp_path: Path) -> None:
    shown = {
        "pcm_11024.avi": (45, (320, 180)),
        "opus.webm": (45, (320, 180)),
        "long_sound.wmv": (45, (320, 180)),
        "cover_before_video.mp4": (32, (640, 360)),
        "pixels_4_3.mp4": (45, (640, 360)),
        "hlg_hdr.mov": (36, (320, 180)),
    }
    for name, (count, size) in shown.items():
        with VideoReader(shared_case(name), strict=True) as reader:
            assert (len(list(reader.pictures())), reader.size) == (count, size), name
    assert len(_read(Path(shutil.copy(shared_case("12_30_05.mp4"), tmp_path / "12:30:05.mp4")))) == 90
    bright = _read(shared_case("hlg_hdr.mov"))[0].mean(axis=(0, 1))
    np.testing.assert_allclose(bright, _read(shared_case("opus.webm"))[0].mean(axis=(0, 1)), atol=10)


def test_files_one_behind_the_other_keep_their_pace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.ts"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for picture in moving_square((64, 48), 20):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    path.write_bytes(path.read_bytes() * 3)
    with VideoReader(path, strict=True) as reader:
        times_s = [timed.time_s for timed in reader.pictures()]
    np.testing.assert_allclose(np.diff(times_s), 0.1, atol=1e-3)
    assert len(times_s) == 60
    assert not caplog.records


def test_a_clip_that_begins_late_is_not_cut_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for index, picture in enumerate(moving_square((64, 48), 10)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0")
            frame.pts, frame.time_base = 1000 + index, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with VideoReader(path, strict=True) as reader:
        assert reader.duration_s == pytest.approx(1.0)
        assert reader.frame_count == 10
        times_s = [timed.time_s for timed in reader.pictures()]
    assert times_s == pytest.approx([index / 10 for index in range(10)])
    assert not caplog.records
