"""The command line: what it accepts, what it refuses in one line with exit code 2, and what it passes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import main as command_line
from puppet.cameras import discovery
from puppet.cameras.discovery import CameraInfo
from puppet.config import LiveOptions, RenderOptions
from puppet.domain import Controls, Framing, Motion, Output
from puppet.prerequisites import has_display
from puppet.userdata.settings import Settings, save_settings
from tests.support.faces import PORTRAITS

ROOT = Path(__file__).parents[1]
AVATAR = str(PORTRAITS / "vera.jpg")


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on stderr of a command that ends with 2."""
    assert command_line.main(arguments) == command_line.FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def _live(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, command: str = "live"
) -> tuple[LiveOptions, float | None, Path | None]:
    """Options that the live loop would run with."""
    given: list[tuple[LiveOptions, float | None, Path | None]] = []

    def run(options: LiveOptions, seconds: float | None, stats: Path | None) -> int:
        given.append((options, seconds, stats))
        return 0

    monkeypatch.setattr(command_line, "run_headless", run)
    assert command_line.main((command, *arguments)) == 0
    return given[0]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> LiveOptions:
    """Options that the window would open with."""
    given: list[LiveOptions] = []

    def run(options: LiveOptions, seconds: float | None, stats: Path | None, screenshot: Path | None) -> int:
        given.append(options)
        return 0

    monkeypatch.setattr(command_line, "_run_window", run)
    assert command_line.main(arguments) == 0
    return given[0]


def test_help_answers_without_loading_anything_heavy() -> None:
    heavy = "{'numpy', 'torch', 'cv2', 'mediapipe', 'onnxruntime', 'av', 'PyQt6'}"
    code = f"import sys, main; code = main.main(['--help']); assert not {heavy} & set(sys.modules); sys.exit(code)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    for command in ("run", "live", "animate", "cameras", "packs", "bench"):
        assert command in done.stdout


@pytest.mark.parametrize("command", ["run", "live", "animate", "cameras", "bench", "packs"])
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert command_line.main([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("dance",), "dance"),
        (("live", "--strenth", "1"), "--strength"),
        (("live", "--strength", "3"), "--strength"),
        (("live", "--strength", "-1"), "--strength"),
        (("live", "--mouth", "wide"), "--mouth"),
        (("live", "--eyes", "nan"), "eyes"),
        (("live", "--smoothing", "1.5"), "--smoothing"),
        (("live", "--seconds", "0"), "--seconds"),
        (("live", "--motion", "sideways"), "'relative', 'absolute'"),
        (("live", "--framing", "gilded"), "'auto', 'none'"),
        (("live", "--output", "half"), "'crop', 'full'"),
        (("live", "--size", "large"), "WIDTHxHEIGHT"),
        (("live", "--size", "641x480"), "even"),
        (("live", "--avatar", "Nobody"), "Vera"),
        (("live", "--camera", "Periscope"), "known cameras"),
        (("run", "--camera", "Periscope"), "known cameras"),
        (("live", "--camera", str(ROOT / "pyproject.toml")), "video"),
        (("live", "--stats", "none/stats.json"), "no such folder"),
        (("run", "--screenshot", "none/w.png"), "no such folder"),
        (("run", "--screenshot", "w.gif"), ".png"),
        (("bench", "--seconds", "0"), "--seconds"),
        (("bench", "--json", "none/b.json"), "no such folder"),
        (("animate",), "SOURCE"),
        (("animate", AVATAR), "DRIVING"),
        (("animate", AVATAR, "clip.mp4"), "-o"),
        (("animate", AVATAR, "clip.mp4", "-o", "o.mp4", "--codec", "gif"), "h264, ffv1"),
        (("animate", AVATAR, "clip.mp4", "-o", "o.mp4", "--neutral", "last"), "first, best"),
        (("packs",), "command"),
        (("packs", "info", "nonesuch"), "known packs"),
        (("packs", "verify", "nonesuch"), "known packs"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], names: str
) -> None:
    assert names in _refusal(capsys, *arguments)


def test_without_a_command_the_window_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch) == _run(monkeypatch, "run") == LiveOptions(takes=True)
    assert _run(monkeypatch, "--avatar", AVATAR).portrait == AVATAR


def test_verbose_may_stand_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "-v") == LiveOptions(takes=True)
    assert _run(monkeypatch, "run", "--verbose", "--camera", AVATAR).camera == AVATAR
    assert _live(monkeypatch, "--mouth", "2", "-v")[0].controls.mouth == 2


def test_the_window_opens_as_it_was_left_but_options_override(monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls(mouth=1.5, eyes=0.5, mirror=False)
    save_settings(Settings(portrait="Nina", camera="Webcam", controls=controls, size=(640, 480)))
    left = LiveOptions(portrait="Nina", camera="Webcam", controls=controls, size=(640, 480), takes=True)
    assert _run(monkeypatch) == left
    given = _run(monkeypatch, "--eyes", "2", "--mirror", "--camera", AVATAR, "--size", "320x240")
    assert given.controls == Controls(mouth=1.5, eyes=2.0, mirror=True)
    assert (given.camera, given.size) == (AVATAR, (320, 240))


def test_a_remembered_portrait_that_is_gone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(Settings(portrait="Aunt Erna"))
    assert _run(monkeypatch).portrait is None


def test_without_a_display_it_says_so_and_records(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("Windows and macOS always have a display")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    options, seconds, _stats = _live(monkeypatch, command="run")
    assert seconds == 20
    assert options.record is not None
    assert options.record.is_relative_to(home)
    assert "No display" in capsys.readouterr().err
    assert _live(monkeypatch, "--seconds", "3", command="run")[1] == 3


@pytest.mark.parametrize(
    ("environment", "display"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
        ({"QT_QPA_PLATFORM": "offscreen:size=1x1"}, True),
        ({"QT_QPA_PLATFORM": "xcb"}, False),
    ],
)
def test_a_display_is_told_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], display: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_display() is display


def test_live_takes_the_options_and_ignores_what_the_window_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(Settings(portrait="Nina", controls=Controls(mouth=1.5)))
    assert _live(monkeypatch) == (LiveOptions(), None, None)
    options, seconds, _stats = _live(
        monkeypatch,
        *("--camera", AVATAR, "--virtual-camera", "--record", "o.mp4", "--avatar", "Vera", "--pack", "other"),
        *("--motion", "absolute", "--framing", "none", "--output", "full", "--size", "640x480", "--no-mirror"),
        *("--strength", "0.5", "--mouth", "1.5", "--eyes", "0", "--smoothing", "1", "--seconds", "2.5"),
        *("--engine", "onnxruntime", "--precision", "fp32", "--device", "cpu"),
    )
    assert seconds == 2.5
    assert (options.camera, options.virtual_camera, options.record) == (AVATAR, True, Path("o.mp4"))
    assert (options.portrait, options.pack, options.framing, options.size) == (
        "Vera",
        "other",
        Framing.NONE,
        (640, 480),
    )
    assert options.controls == Controls(Motion.ABSOLUTE, Output.FULL, False, 0.5, 1.5, 0.0, 1.0)
    engine = options.engine
    assert (engine.engine, engine.precision, engine.device) == ("onnxruntime", "fp32", "cpu")


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: LiveOptions, seconds: float | None, stats: Path | None) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "run_headless", interrupted)
    assert command_line.main(["live"]) == 130


def test_animate_is_exact_by_default() -> None:
    assert RenderOptions().controls == Controls(mirror=False, smoothing=0.0, limits=False)


def test_cameras_are_listed_by_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [CameraInfo(0, "HD Webcam", Path("/dev/video0")), CameraInfo(2, "Capture card")]
    monkeypatch.setattr(discovery, "list_cameras", lambda: found)
    assert command_line.main(["cameras"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[0] for line in lines] == ["index", "0", "2"]
    assert "HD Webcam" in lines[1]
    assert "None" not in lines[2]


def test_no_camera_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(discovery, "list_cameras", list)
    assert command_line.main(["cameras"]) == 0
    assert "bundled clip" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["packs", "list"], ["--help"]])
def test_a_full_standard_output_is_one_line_with_2(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "main.py", *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr.startswith("Standard output cannot be written (")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_standard_error_changes_no_exit_code() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "main.py", "packs", "info", "nope"], cwd=ROOT, stderr=full)
    assert done.returncode == 2


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_any_command_with_its_exit_code(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip("Windows has no such signal")
    before = signal.getsignal(number)

    def busy() -> list[CameraInfo]:
        signal.raise_signal(number)
        raise AssertionError("the signal did not end it")

    monkeypatch.setattr(discovery, "list_cameras", busy)
    assert command_line.main(["cameras"]) == code
    assert signal.getsignal(number) is before
