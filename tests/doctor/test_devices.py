"""Cameras by name without opening any, virtual cameras with the reason, codecs by encoding."""

from __future__ import annotations

import platform
from pathlib import Path

import av
import pytest

from puppet.cameras.discovery import CameraInfo
from puppet.doctor import devices
from puppet.doctor.report import Level
from puppet.errors import SinkError
from tests.support.fakes import FakeSink


def test_a_camera_that_may_be_opened_is_listed_by_name(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    (finding,) = devices.cameras(lambda: [CameraInfo(0, "Integrated Camera", node)])
    assert (finding.name, finding.level) == ("0 Integrated Camera", Level.OK)


def test_a_camera_of_another_group_names_the_command(tmp_path: Path) -> None:
    (finding,) = devices.cameras(lambda: [CameraInfo(0, "Camera", tmp_path / "gone")])
    assert finding.level is Level.WARNING
    assert "usermod -aG video" in finding.mend


def test_no_camera_is_no_fault() -> None:
    (finding,) = devices.cameras(list)
    assert finding.level is Level.MISSING
    assert "clip" in finding.found


def test_microphones_are_listed_and_none_is_no_fault() -> None:
    first, second = devices.microphones(lambda: ["Webcam", "Headset"])
    assert (first.name, first.found, second.name) == ("Webcam", "the system's default", "Headset")
    (finding,) = devices.microphones(list)
    assert finding.level is Level.MISSING
    assert "pipewire" in finding.mend


def test_a_virtual_camera_that_opens_is_closed_again(tmp_path: Path) -> None:
    sink = FakeSink("virtual camera (fake, device)")
    *_, finding = devices.virtual_camera(lambda: sink, tmp_path)
    assert (finding.level, finding.found) == (Level.OK, sink.name)
    assert sink.closed == 1


def test_every_back_end_s_reason_is_told_with_what_helps(tmp_path: Path) -> None:
    def refuse() -> FakeSink:
        raise SinkError("no virtual camera (obs: not installed; unity: not found); install OBS Studio")

    *_, finding = devices.virtual_camera(refuse, tmp_path)
    assert finding.level is Level.MISSING
    assert "obs: not installed; unity: not found" in finding.found
    assert finding.mend == "install OBS Studio"


@pytest.mark.parametrize(("caps", "level"), [("Y,N,N", Level.OK), ("N,N,N", Level.WARNING), (None, Level.MISSING)])
def test_browsers_need_the_loopback_module_with_exclusive_caps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caps: str | None, level: Level
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    if caps:
        parameters = tmp_path / "sys/module/v4l2loopback/parameters"
        device = tmp_path / "sys/devices/virtual/video4linux/video9"
        for folder in (parameters, device, tmp_path / "dev"):
            folder.mkdir(parents=True)
        (parameters / "exclusive_caps").write_text(caps)
        (device / "name").write_text("Puppet")
        (tmp_path / "dev/video9").touch()
    first, *_ = devices.virtual_camera(FakeSink, tmp_path)
    assert (first.name, first.level) == ("v4l2loopback", level)


def test_the_encoders_encode() -> None:
    found = {finding.name: finding.level for finding in devices.codecs()}
    assert found == {"libx264": Level.OK, "ffv1": Level.OK, "decoders": Level.OK}


def test_a_pyav_without_an_encoder_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def create(codec: str, mode: str) -> None:
        raise av.codec.codec.UnknownCodecError(codec)

    monkeypatch.setattr(av.CodecContext, "create", create)
    levels = {finding.name: finding.level for finding in devices.codecs()}
    assert levels["libx264"] is Level.BROKEN
