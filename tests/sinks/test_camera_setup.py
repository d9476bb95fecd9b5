"""The state of the virtual camera on made file systems, and the commands for it; nothing is run as root."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest

import main as command_line
from puppet.errors import SinkError
from puppet.sinks import camera_setup
from puppet.sinks.base import Sink
from puppet.sinks.camera_setup import CameraSetup, SetupState, colour_bars, examine_setup, send_test_card
from tests.support.fakes import FakeSink

SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


@pytest.fixture(autouse=True)
def _linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "release", lambda: "6.1.0")


def _system(root: Path, **files: str) -> Path:
    """Make a file system with a kernel that loads modules and with these files; "__" stands for "/"."""
    for name, text in {"proc__modules": "", **files}.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _release(root: Path, text: str) -> Path:
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/os-release").write_text(text)
    return root


def _loaded(root: Path, exclusive: str = "Y,N", *, device: bool = True) -> Path:
    _system(root, sys__module__v4l2loopback__parameters__exclusive_caps=exclusive)
    if device:
        _system(root, sys__devices__virtual__video4linux__video10__name="Puppet\n", dev__video10="")
    return root


@pytest.mark.parametrize(
    ("release", "package"),
    [
        ("ID=debian\n", "apt-get install -y v4l2loopback-dkms"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt-get install -y v4l2loopback-dkms"),
        ("ID=fedora\n", "akmod-v4l2loopback"),
        ("ID=arch\n", "pacman -S --needed --noconfirm v4l2loopback-dkms"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "v4l2loopback-kmp-default"),
    ],
)
def test_each_distribution_gets_its_own_package(tmp_path: Path, release: str, package: str) -> None:
    setup = examine_setup(_release(_system(tmp_path), release))
    assert setup.state is SetupState.NOT_INSTALLED
    assert package in setup.commands[0]
    assert setup.commands[-1] == "modprobe v4l2loopback"


def test_an_unknown_distribution_is_told_what_to_install(tmp_path: Path) -> None:
    setup = examine_setup(_release(_system(tmp_path), "ID=void\n"))
    assert setup.commands == ()
    assert "Install v4l2loopback" in setup.steps[0]


def test_the_commands_keep_the_options_across_restarts(tmp_path: Path) -> None:
    setup = examine_setup(_release(_system(tmp_path), "ID=debian\n"))
    script = "\n".join(setup.commands[1:-1]).replace("> /", f"> {tmp_path}/")
    for folder in ("etc/modprobe.d", "etc/modules-load.d"):
        (tmp_path / folder).mkdir(parents=True)
    subprocess.run(["sh", "-ec", script], check=True)
    (options,) = (tmp_path / "etc/modprobe.d").glob("*.conf")
    assert options.read_text() == "options v4l2loopback exclusive_caps=1 card_label=Puppet\n"
    assert examine_setup(tmp_path).commands[1:] == ("modprobe v4l2loopback",)


def test_options_that_somebody_else_set_are_left_alone(tmp_path: Path) -> None:
    _system(tmp_path)
    for folder in ("etc/modprobe.d", "etc/modules-load.d"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "obs.conf").write_text("options v4l2loopback video_nr=9\n")
    (tmp_path / "lib/modules/6.1.0/updates").mkdir(parents=True)
    (tmp_path / "lib/modules/6.1.0/updates/v4l2loopback.ko.xz").touch()
    setup = examine_setup(tmp_path)
    assert (setup.state, setup.commands) == (SetupState.NOT_LOADED, ("modprobe v4l2loopback",))


@pytest.mark.parametrize(("byte", "explained"), [(b"\1", True), (b"\0", False)])
def test_secure_boot_is_explained_where_it_is_on(tmp_path: Path, byte: bytes, explained: bool) -> None:
    root = _release(_system(tmp_path), "ID=debian\n")
    (root / SECURE_BOOT).parent.mkdir(parents=True)
    (root / SECURE_BOOT).write_bytes(b"\6\0\0\0" + byte)
    assert any("Secure Boot" in note for note in examine_setup(root).notes) is explained


def test_a_camera_that_works_needs_no_command(tmp_path: Path) -> None:
    setup = examine_setup(_loaded(tmp_path))
    assert (setup.state, setup.commands) == (SetupState.READY, ())
    assert setup.found == "/dev/video10 (Puppet), until the next restart"


def test_a_camera_hidden_from_browsers_is_loaded_again(tmp_path: Path) -> None:
    setup = examine_setup(_loaded(tmp_path, "N,N"))
    assert setup.state is SetupState.HIDDEN
    assert setup.commands[-2:] == (
        "modprobe -r v4l2loopback",
        "modprobe v4l2loopback exclusive_caps=1 card_label=Puppet",
    )


def test_a_module_without_a_device_is_loaded_again(tmp_path: Path) -> None:
    assert examine_setup(_loaded(tmp_path, device=False)).state is SetupState.NOT_LOADED


def test_a_user_without_access_joins_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    monkeypatch.setenv("USER", "ann o'hara")
    setup = examine_setup(_loaded(tmp_path))
    assert setup.state is SetupState.NO_ACCESS
    assert setup.commands == ("usermod -aG video 'ann o'\"'\"'hara'",)


def test_a_container_is_told_to_use_its_host(tmp_path: Path) -> None:
    setup = examine_setup(tmp_path)
    assert setup.state is SetupState.UNSUPPORTED
    assert "on its host" in setup.found


@pytest.mark.parametrize("system", ["Windows", "Darwin"])
def test_elsewhere_obs_brings_the_camera(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    def missing() -> Sink:
        raise SinkError("'obs' backend: not installed; install OBS Studio")

    monkeypatch.setattr(platform, "system", lambda: system)
    setup = examine_setup(open_sink=missing)
    assert setup.state is SetupState.NOT_INSTALLED
    assert "obsproject.com" in setup.steps[0]
    sink = FakeSink()
    assert examine_setup(open_sink=lambda: sink).state is SetupState.READY


def test_the_test_card_moves_and_reaches_the_camera() -> None:
    sink, waits = FakeSink(), list[float]()
    assert send_test_card(0.1, lambda: sink, waits.append) == sink.name
    assert len(waits) == 3
    assert not np.array_equal(colour_bars((64, 48), 0), colour_bars((64, 48), 1))


def test_the_command_shows_but_does_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = CameraSetup(SetupState.NOT_LOADED, "found", ("false",))
    monkeypatch.setattr(camera_setup, "examine_setup", lambda: setup)
    monkeypatch.setattr(subprocess, "run", lambda *given, **options: pytest.fail("was run"))
    assert command_line.main(["camera-setup", "--dry-run"]) == 0
    assert "false" in capsys.readouterr().out


def test_a_command_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    setup = CameraSetup(SetupState.NOT_LOADED, "found", ("false",), notes=("Secure Boot is on",))
    monkeypatch.setattr(camera_setup, "examine_setup", lambda: setup)
    monkeypatch.setattr(CameraSetup, "as_root", lambda self: ["sh", "-ec", "false"])
    monkeypatch.setattr(camera_setup, "has_root_tool", lambda: True)
    assert command_line.main(["camera-setup"]) == 2
    assert "exit code 1; Secure Boot is on" in capsys.readouterr().err
