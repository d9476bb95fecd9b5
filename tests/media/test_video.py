"""Reading and writing videos: times, colours, sizes, rotation, sound; damaged and interrupted files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from puppet.config import RecordingOptions
from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media import video, video_codecs
from puppet.media.video import VideoReader, VideoWriter
from puppet.media.video_codecs import live_codec
from tests.support.clips import even_times, moving_square, write_clip


def _read(path: Path) -> tuple[list[Picture], list[float]]:
    with VideoReader(path) as reader:
        timed = list(reader.pictures())
    return [one.picture for one in timed], [one.time_s for one in timed]


def _write(
    path: Path, pictures: list[Picture], times_s: list[float], rate: Fraction | float, codec: str = "h264"
) -> None:
    height, width = pictures[0].shape[:2]
    with VideoWriter(path, (width, height), rate, codec) as writer:
        for picture, time_s in zip(pictures, times_s, strict=True):
            writer.write(picture, time_s)


@pytest.mark.parametrize("size", [(64, 48), (65, 47), (31, 32)])
def test_ffv1_keeps_every_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(3)]
    _write(tmp_path / "a.mkv", pictures, even_times(30, 3), 30, "ffv1")
    np.testing.assert_array_equal(_read(tmp_path / "a.mkv")[0], pictures)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
@pytest.mark.parametrize("height", [90, 720])
def test_h264_keeps_colours(tmp_path: Path, name: str, height: int) -> None:
    colours = [(255, 255, 255), (0, 0, 0), (200, 40, 90), (20, 180, 60), (30, 60, 220)]
    pictures = [np.full((height, 96, 3), colour, np.uint8) for colour in colours]
    _write(tmp_path / name, pictures, even_times(25, len(colours)), 25)
    for found, colour in zip(_read(tmp_path / name)[0], colours, strict=True):
        np.testing.assert_allclose(found.reshape(-1, 3).mean(0), colour, atol=3)


def test_h264_is_tagged_so_that_players_agree_on_colours(tmp_path: Path) -> None:
    _write(tmp_path / "a.mp4", moving_square((64, 48), 3), even_times(25, 3), 25)
    with av.open(str(tmp_path / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert context.pix_fmt == "yuv420p"


def test_h264_is_visually_lossless(tmp_path: Path) -> None:
    pictures = moving_square((128, 96), 12)
    _write(tmp_path / "a.mp4", pictures, even_times(25, 12), 25)
    error = np.asarray(_read(tmp_path / "a.mp4")[0], np.float64) - np.asarray(pictures)
    assert 10 * np.log10(255**2 / (error**2).mean()) > 38


def test_odd_sizes_become_even_by_repeating_the_last_pixels(tmp_path: Path) -> None:
    pictures = moving_square((65, 47), 3)
    _write(tmp_path / "a.mp4", pictures, even_times(25, 3), 25)
    found = _read(tmp_path / "a.mp4")[0][0]
    assert found.shape == (48, 66, 3)
    np.testing.assert_allclose(found[:47, :65].astype(int), pictures[0], atol=24)


@pytest.mark.parametrize("rate", [Fraction(10), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_a_constant_rate_stays_exactly_what_it_was(tmp_path: Path, rate: Fraction) -> None:
    times_s = [float(index / rate) for index in range(20)]
    _write(tmp_path / "a.mp4", moving_square((64, 48), 20), times_s, rate)
    with VideoReader(tmp_path / "a.mp4") as reader:
        assert reader.rate == rate
        assert reader.frame_count == 20
        assert reader.duration_s == pytest.approx(20 / float(rate), abs=1e-4)
        assert [one.time_s for one in reader.pictures()] == pytest.approx(times_s, abs=1e-5)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_variable_rate_keeps_every_time(tmp_path: Path, name: str) -> None:
    times_s = [0.0, 0.04, 0.05, 0.3, 0.34, 1.2, 1.25]
    _write(tmp_path / name, moving_square((64, 48), 7), times_s, 15)
    assert _read(tmp_path / name)[1] == pytest.approx(times_s, abs=0.002)


def test_times_that_do_not_grow_are_moved_and_no_picture_is_lost(tmp_path: Path) -> None:
    _write(tmp_path / "a.mp4", moving_square((64, 48), 4), [0.0, 0.1, 0.1, 0.05], 10)
    times_s = _read(tmp_path / "a.mp4")[1]
    assert len(times_s) == 4
    assert times_s == sorted(times_s)


@pytest.mark.parametrize(("rotation", "expected"), [(0, 0), (90, -1), (180, 2), (270, 1)])
def test_a_phones_rotation_is_applied(tmp_path: Path, rotation: int, expected: int) -> None:
    pictures = moving_square((64, 48), 3)
    path = write_clip(tmp_path / "a.mp4", pictures, even_times(25, 3), rotation=rotation)
    with VideoReader(path) as reader:
        found = next(reader.pictures()).picture
        upright = np.rot90(pictures[0], expected)
        assert reader.size == (upright.shape[1], upright.shape[0])
        np.testing.assert_allclose(found.astype(int), upright, atol=40)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_reader_can_begin_again(tmp_path: Path, name: str) -> None:
    path = write_clip(tmp_path / name, moving_square((64, 48), 8), even_times(25, 8))
    with VideoReader(path) as reader:
        first = [one.time_s for one in reader.pictures()]
        assert [one.time_s for one in reader.pictures()] == first
        assert first[0] == pytest.approx(0.0)


def _sound_of(path: Path) -> tuple[str, float, float]:
    """(codec, start, end) of the sound track in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        times_s = [frame.time or 0.0 for frame in container.decode(stream)]
        return stream.codec_context.name, min(times_s), max(times_s)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov"])
def test_sound_is_carried_over_as_it_is(tmp_path: Path, name: str) -> None:
    clip = write_clip(tmp_path / "in.mp4", moving_square((64, 48), 30), even_times(15, 30), sound=True)
    with VideoReader(clip) as reader, VideoWriter(tmp_path / name, (64, 48), 15, sound_from=clip) as writer:
        assert reader.has_sound
        for timed in reader.pictures():
            writer.write(timed.picture, timed.time_s)
    codec, start_s, end_s = _sound_of(tmp_path / name)
    assert codec == "aac"
    assert (start_s, end_s) == pytest.approx(_sound_of(clip)[1:], abs=0.03)
    assert len(_read(tmp_path / name)[0]) == 30


def test_a_source_without_sound_gives_a_video_without_sound(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "in.mp4", moving_square((64, 48), 3), even_times(15, 3))
    with VideoWriter(tmp_path / "out.mp4", (64, 48), 15, sound_from=clip) as writer:
        writer.write(moving_square((64, 48), 1)[0], 0.0)
    with VideoReader(tmp_path / "out.mp4") as reader:
        assert not reader.has_sound


def test_sound_that_mp4_cannot_hold_is_encoded_again(tmp_path: Path) -> None:
    clip = tmp_path / "in.mkv"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for second in range(2):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with VideoWriter(tmp_path / "out.mp4", (64, 48), 15, sound_from=clip) as writer:
        for picture, time_s in zip(moving_square((64, 48), 30), even_times(15, 30), strict=True):
            writer.write(picture, time_s)
    codec, start_s, end_s = _sound_of(tmp_path / "out.mp4")
    assert codec == "aac"
    assert start_s == pytest.approx(0.0, abs=0.03)
    assert end_s == pytest.approx(2.0, abs=0.08)


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"what was there before")
    writer = VideoWriter(path, (64, 48), 25)
    writer.write(moving_square((64, 48), 1)[0], 0.0)
    assert path.read_bytes() == b"what was there before"
    writer.discard()
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"what was there before"]


@pytest.mark.parametrize(("name", "codec", "expected"), [
    ("a.avi", "h264", "extension"),
    ("missing/a.mp4", "h264", "no such folder"),
    ("a.mp4", "ffv1", ".mkv"),
    ("a.mp4", "av1", "known: h264, ffv1, vp9, prores"),
    ("a.mp4", "vp9", ".webm or .mkv"),
    ("a.mkv", "prores", ".mov"),
])  # fmt: skip
def test_what_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str, codec: str, expected: str) -> None:
    with pytest.raises(MediaError, match=expected) as refused:
        VideoWriter(tmp_path / name, (64, 48), 25, codec)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("content", "expected"), [(b"", "0 bytes"), (b"just a text\n" * 40, "not a video")])
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(MediaError, match=expected) as refused:
        VideoReader(tmp_path / "a.mp4")
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        VideoReader(tmp_path / "none.mp4")
    with pytest.raises(MediaError, match="folder"):
        VideoReader(tmp_path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_used_as_far_as_it_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, kept: float
) -> None:
    whole, cut = tmp_path / name, tmp_path / f"cut-{name}"
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(125)]
    _write(whole, pictures, even_times(25, 125), 25)
    content = whole.read_bytes()
    cut.write_bytes(content[: round(kept * len(content))])
    found, times_s = _read(cut)
    assert kept * 125 - 20 < len(found) < 125
    assert times_s == pytest.approx(even_times(25, len(found)), abs=0.002)
    [record] = caplog.records
    assert record.getMessage().startswith(f"{cut}: the file is cut off ")
    assert "as far as it goes" in record.getMessage()
    with pytest.raises(MediaError, match="cut off") as refused, VideoReader(cut, strict=True) as reader:
        list(reader.pictures())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_recording_is_playable_while_it_is_written(tmp_path: Path, name: str) -> None:
    path, copy = tmp_path / name, tmp_path / f"copy-{name}"
    pictures = moving_square((64, 48), 90)
    writer = VideoWriter(path, (64, 48), 30, live=RecordingOptions())
    for picture, time_s in zip(pictures, even_times(30, 90), strict=True):
        writer.write(picture, time_s)
    copy.write_bytes(path.read_bytes())
    writer.close()
    assert _read(copy)[1][-1] > 90 / 30 - 1.1
    assert len(_read(path)[0]) == 90


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from puppet.config import RECORDING
from puppet.errors import MediaError
from puppet.media.video import VideoReader, VideoWriter
from puppet.media.video_codecs import live_codec

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
path, rng = Path(sys.argv[1]), np.random.default_rng(0)
writer = VideoWriter(path, (320, 240), 30, live=RECORDING if sys.argv[2] == "live" else None)
try:
    for index in range(300):
        writer.write(rng.integers(0, 256, (240, 320, 3), np.uint8), index / 30)
    writer.close()
except MediaError as error:
    writer.abort()
    assert "\\n" not in str(error), error
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX's")
@pytest.mark.parametrize("kind", ["live", "offline"])
def test_a_full_disk_is_told_and_leaves_what_can_be_played(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.mp4"
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path), kind], capture_output=True, text=True, check=True
    )
    assert "cannot be written" in done.stdout, done.stderr
    [kept] = tmp_path.iterdir()
    assert kept.name == ("a.mp4" if kind == "live" else "a-unfinished.mp4")
    with VideoReader(kept) as reader:
        assert next(reader.pictures()).time_s == pytest.approx(0.0)


@pytest.mark.parametrize(("threads", "preset"), [(1, "ultrafast"), (2, "ultrafast"), (4, "superfast")])
def test_few_cores_encode_a_recording_with_less_work(
    monkeypatch: pytest.MonkeyPatch, threads: int, preset: str
) -> None:
    monkeypatch.setattr(video_codecs, "network_threads", lambda: threads)
    assert live_codec(RecordingOptions(hardware=False)).options["preset"] == preset


@pytest.mark.parametrize(("name", "used"), [("mpeg4", ""), ("not_there", ""), ("libx264", "libx264")])
def test_an_encoder_whose_pictures_are_not_read_back_is_not_used(
    monkeypatch: pytest.MonkeyPatch, name: str, used: str
) -> None:
    monkeypatch.setattr(video_codecs, "_HARDWARE", {name: {}})
    monkeypatch.setattr(video_codecs, "codecs_available", {name})
    assert video_codecs._hardware_encoder.__wrapped__() == used


@pytest.mark.parametrize("live", [False, True])
def test_finishing_and_giving_up_may_come_twice_in_any_order(tmp_path: Path, live: bool) -> None:
    path = tmp_path / "a.mp4"
    writer = VideoWriter(path, (64, 48), 25, live=RecordingOptions() if live else None)
    for picture, time_s in zip(moving_square((64, 48), 5), even_times(25, 5), strict=True):
        writer.write(picture, time_s)
    writer.close()
    writer.close()
    writer.abort()
    assert len(_read(path)[0]) == 5


def test_a_video_is_rendered_by_one_writer_only(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, (64, 48), 25) as writer:
        for picture, time_s in zip(moving_square((64, 48), 5), even_times(25, 5), strict=True):
            writer.write(picture, time_s)
        with pytest.raises(MediaError, match="is being written already"):
            VideoWriter(path, (64, 48), 25)
    assert len(_read(path)[0]) == 5
    assert list(tmp_path.iterdir()) == [path]


def test_a_video_that_appeared_meanwhile_is_not_replaced_and_the_new_one_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    writer = VideoWriter(path, (64, 48), 25, overwrite=False)
    writer.write(moving_square((64, 48), 1)[0], 0.0)
    path.write_text("precious")
    with pytest.raises(MediaError, match="cannot be written"):
        writer.close()
    assert writer.saved == tmp_path / "a-unfinished.mp4"
    assert len(_read(writer.saved)[0]) == 1
    assert path.read_text() == "precious"


@pytest.mark.skipif(sys.platform == "win32", reason="files that are written cannot be deleted there")
@pytest.mark.parametrize("live", [False, True])
def test_a_folder_that_is_deleted_is_noticed_while_the_video_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    monkeypatch.setattr(video, "_CHECK_S", 0.0)
    folder = tmp_path / "videos"
    folder.mkdir()
    writer = VideoWriter(folder / "a.mp4", (64, 48), 25, live=RecordingOptions() if live else None)
    picture = moving_square((64, 48), 1)[0]
    writer.write(picture, 0.0)
    shutil.rmtree(folder)
    with pytest.raises(MediaError, match="was deleted or moved"):
        writer.write(picture, 0.1)
    writer.abort()
    assert writer.saved is None


def test_the_index_of_a_finished_mp4_is_in_front(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", (64, 48), 25) as writer:
        for picture, time_s in zip(moving_square((64, 48), 5), even_times(25, 5), strict=True):
            writer.write(picture, time_s)
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"moof" not in content
