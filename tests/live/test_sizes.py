"""A change of the pictures' size: at once without sinks; else when they are closed, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from puppet.domain import SinkKind
from puppet.errors import ConfigError
from puppet.live.session import Session
from puppet.media.video import VideoReader
from tests.support.fakes import FakeVirtualCamera, register_virtual_camera
from tests.support.waiting import until

SIZE, OTHER = (128, 72), (72, 128)


def _shows(live: Session, size: tuple[int, int]) -> bool:
    preview = live.preview()
    return preview is not None and preview.picture.shape[1::-1] == size


def test_without_sinks_the_next_pictures_have_the_new_size(open_session: Callable[..., Session]) -> None:
    live = open_session()
    until(lambda: _shows(live, SIZE))
    live.choose_size(OTHER)
    until(lambda: _shows(live, OTHER))
    assert live.status().message == ""


def test_a_recording_keeps_its_size_and_a_line_says_so(open_session: Callable[..., Session], tmp_path: Path) -> None:
    live = open_session()
    live.start_recording(tmp_path / "first.mp4")
    live.choose_size(OTHER)
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 10)
    assert _shows(live, SIZE)
    assert live.status().message == "72×128 is used once recording and virtual camera are off"
    live.stop_recording()
    until(lambda: _shows(live, OTHER))
    live.start_recording(tmp_path / "second.mp4")
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 10)
    live.stop_recording()
    for name, size in (("first.mp4", SIZE), ("second.mp4", OTHER)):
        with VideoReader(tmp_path / name) as reader:
            assert reader.size == size
            assert len(list(reader.pictures())) > 3
    assert live.status().recorder_dropped == 0 or live.status().sinks == {}


def test_a_session_takes_over_a_virtual_camera_with_its_size(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    register_virtual_camera(monkeypatch)
    old = open_session()
    old.start_virtual_camera()
    new = open_session(start=False)
    new.choose_size(OTHER)
    new.take_sinks(old)
    new.start()
    until(lambda: _shows(new, SIZE))
    sent = FakeVirtualCamera.opened[0].count
    until(lambda: FakeVirtualCamera.opened[0].count > sent + 5)
    assert list(new.status().sinks) == [SinkKind.VIRTUAL_CAMERA]
    new.stop_virtual_camera()
    until(lambda: _shows(new, OTHER))


def test_an_odd_size_is_refused(open_session: Callable[..., Session]) -> None:
    live = open_session()
    with pytest.raises(ConfigError, match="even"):
        live.choose_size((121, 80))
