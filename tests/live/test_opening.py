"""From options to a session: the portrait is found and shown, what fails releases what was opened."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import av
import pytest

import main as command_line
from puppet.config import EngineOptions, LiveOptions, Square
from puppet.domain import Framing, Picture
from puppet.errors import CameraError, ConfigError, EngineError, MediaError, TrackingError
from puppet.live import opening
from puppet.live.opening import open_session
from puppet.media.pictures import write_picture
from puppet.motion.motion_track import read_motion_track
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import show_pictures
from puppet.pipeline.puppeteer import Puppeteer
from puppet.userdata.gallery import Gallery
from tests.support.clips import even_times, moving_square, write_clip
from tests.support.fakes import FakeCamera, FakeEngine, SwapEngine, make_puppeteer, portrait


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine that every session of the test gets."""
    fake = FakeEngine()

    def open_puppeteer(
        pack: str,
        engine: EngineOptions,
        framing: Framing,
        size: tuple[int, int] | None,
        box: Square | None,
        own_pixels: OwnPixels,
    ) -> Puppeteer:
        return make_puppeteer(fake, size or (128, 72), shown=False)

    monkeypatch.setattr(opening, "open_puppeteer", open_puppeteer)
    return fake


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    write_picture(tmp_path / "erna.png", portrait())
    return tmp_path / "erna.png"


def test_the_portrait_given_is_shown(engine: FakeEngine, picture: Path) -> None:
    session = open_session(LiveOptions(portrait=str(picture)))
    assert session.status().portrait == "erna"
    assert not session.running
    session.stop()
    assert engine.closed == 1


def test_without_one_the_gallery_s_first_is_shown(engine: FakeEngine) -> None:
    session = open_session(LiveOptions())
    assert session.status().portrait == Gallery().portraits()[0].name
    session.stop()


def test_an_unknown_portrait_is_refused_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*arguments: object) -> Puppeteer:
        raise AssertionError

    monkeypatch.setattr(opening, "open_puppeteer", opened)
    with pytest.raises(ConfigError, match="known portraits"):
        open_session(LiveOptions(portrait="Nobody"))


def test_a_picture_that_cannot_be_read_releases_the_engine(engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("text")
    with pytest.raises(MediaError):
        open_session(LiveOptions(portrait=str(tmp_path / "text.jpg")))
    assert engine.closed == 1


def test_a_picture_without_a_face_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    puppeteer = make_puppeteer(shown=False)

    def no_face(picture: Picture, name: str) -> None:
        raise TrackingError("no face found")

    monkeypatch.setattr(puppeteer, "prepare", no_face)
    with pytest.raises(TrackingError, match=r"wall\.png: no face found"):
        show_pictures(puppeteer, [(portrait(), "wall.png")])


def _live(monkeypatch: pytest.MonkeyPatch, camera: Callable[[], FakeCamera], *arguments: str) -> int:
    """The command `live` with a camera of the test's."""
    monkeypatch.setattr(opening, "open_camera", lambda which, options: camera())
    return command_line.main(["live", "--size", "128x72", *arguments])


def test_live_records_and_measures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: FakeEngine, tmp_path: Path
) -> None:
    out, stats = tmp_path / "o.mp4", tmp_path / "s.json"
    code = _live(monkeypatch, lambda: FakeCamera(frames=40), "--record", str(out), "--stats", str(stats))
    assert code == 0
    assert capsys.readouterr().out == f"{out}\n"
    measured = json.loads(stats.read_text("utf-8"))
    assert measured["rendered"] + measured["dropped"] == 40
    assert measured["latency_ms"]["p50"] > 0
    assert {"track", "render", "composite"} <= measured["stages_ms"].keys()
    with av.open(str(out)) as video:
        assert 0 < len(list(video.decode(video=0))) <= measured["rendered"]


def test_live_keeps_the_motion_also_when_the_engine_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    failing = make_puppeteer(FakeEngine(fails_after=10))
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: failing)
    track = tmp_path / "track.npz"
    assert _live(monkeypatch, FakeCamera, "--motion-track", str(track)) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (f"{track}\n", "The engine gave up\n")
    assert read_motion_track(track).has_poses


def test_live_swaps_parts_of_the_portraits(monkeypatch: pytest.MonkeyPatch, picture: Path, tmp_path: Path) -> None:
    swapping = SwapEngine()
    puppeteer = make_puppeteer(swapping, shown=False)
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: puppeteer)
    arguments = ("--avatar", str(picture), "--other", str(picture), "--swap", "1", "--swap", "2")
    assert _live(monkeypatch, lambda: FakeCamera(frames=5), *arguments) == 0
    assert swapping.rendered == 0  # nothing was animated


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--swap", "3"), "this pack's segments are 1, 2"),
        (("--swap", "1", "--swap", "2"), "given 2 times for 1 sources"),
        (("--mask", "lips", "--other", "Nobody"), "known portraits"),
        (("--motion-track", "track.mp4"), ".npz"),
    ],
)
def test_live_refuses_what_cannot_be_swapped_or_kept(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    swapping = SwapEngine()
    puppeteer = make_puppeteer(swapping, shown=False)
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: puppeteer)
    assert _live(monkeypatch, FakeCamera, *arguments) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_live_ends_on_ctrl_c_with_a_whole_recording(
    monkeypatch: pytest.MonkeyPatch, engine: FakeEngine, tmp_path: Path
) -> None:
    out = tmp_path / "o.mp4"

    def press_ctrl_c() -> None:
        while engine.rendered < 20:
            threading.Event().wait(0.01)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=press_ctrl_c, daemon=True).start()
    assert _live(monkeypatch, FakeCamera, "--record", str(out)) == 130
    with av.open(str(out)) as video:
        assert list(video.decode(video=0))


def test_an_engine_that_fails_ends_live_with_one_line_and_keeps_what_was_recorded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    failing = make_puppeteer(FakeEngine(fails_after=10))
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: failing)
    out = tmp_path / "o.mp4"
    assert _live(monkeypatch, FakeCamera, "--record", str(out)) == 2
    captured = capsys.readouterr()
    assert captured.err == "The engine gave up\n"
    assert captured.out == f"{out}\n"
    with av.open(str(out)) as video:
        assert list(video.decode(video=0))


def test_a_camera_that_cannot_be_opened_is_waited_for_and_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: FakeEngine, tmp_path: Path
) -> None:
    def in_use() -> FakeCamera:
        raise CameraError("Webcam is in use by another program.")

    stats = tmp_path / "s.json"
    assert _live(monkeypatch, in_use, "--seconds", "0.6", "--stats", str(stats)) == 0
    assert "in use" in capsys.readouterr().err
    assert json.loads(stats.read_text("utf-8"))["state"] == "waiting for camera"


def test_a_recording_without_a_picture_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: FakeEngine, tmp_path: Path
) -> None:
    engine.gate.shut()
    code = _live(monkeypatch, FakeCamera, "--seconds", "0.2", "--record", str(tmp_path / "o.mp4"))
    engine.gate.open()
    assert code == 2
    assert "nothing was recorded" in capsys.readouterr().err
    assert not (tmp_path / "o.mp4").exists()


def test_no_virtual_camera_is_one_line_with_the_next_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: FakeEngine
) -> None:
    import pyvirtualcam

    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {})
    assert _live(monkeypatch, FakeCamera, "--virtual-camera") == 2
    err = capsys.readouterr().err
    assert "No virtual camera" in err
    assert err.count("\n") == 1


def test_a_file_plays_in_a_camera_s_place(engine: FakeEngine, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square((64, 64), 10), even_times(30, 10))
    stats = tmp_path / "s.json"
    arguments = ["live", "--camera", str(clip), "--seconds", "1", "--size", "128x72", "--stats", str(stats)]
    assert command_line.main(arguments) == 0
    assert json.loads(stats.read_text("utf-8"))["rendered"] > 10  # looped


def test_an_engine_error_while_opening_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*arguments: object) -> Puppeteer:
        raise EngineError("unknown engine steam (known: auto)")

    monkeypatch.setattr(opening, "open_puppeteer", failing)
    assert command_line.main(["live"]) == 2
