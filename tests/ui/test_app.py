"""The window from start to exit code: settings, files, signals and errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import ui.app
from puppet.cli.live_command import saved_options
from puppet.config import EngineOptions, LiveOptions
from puppet.domain import Controls
from puppet.errors import MediaError, PackError
from puppet.live.session_protocol import LiveSession
from puppet.userdata.gallery import Gallery
from puppet.userdata.settings import Settings, load_settings, save_settings, settings_path
from tests.support.fake_session import FakeSession, rendered
from tests.support.waiting import until
from ui.dialogs.questions import Question
from ui.main_window import MainWindow
from ui.single_instance import SingleInstance
from ui.widgets.notice_bar import Notice, NoticeBar

Act = Callable[[MainWindow], object]


@pytest.fixture
def open_with(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, session: FakeSession, gallery: Gallery
) -> Callable[..., int]:
    """Run the window on the fake session; `act` is done once the session is there, then the window closes."""
    monkeypatch.setattr(ui.app, "_open_session", lambda options: session)
    monkeypatch.setattr(ui.app, "list_cameras", list)
    monkeypatch.setattr(ui.app, "Gallery", lambda: gallery)

    def run(act: Act = lambda window: None, **options: object) -> int:
        def begin() -> None:
            windows = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
            window = next(window for window in windows if window.isVisible())
            window.bridge.opened.connect(lambda: (act(window), window.close()))

        QTimer.singleShot(0, begin)
        arguments = {"seconds": 30, "stats": None, "screenshot": None} | options
        return ui.app.run_window(LiveOptions(), **arguments)  # type: ignore[arg-type]

    return run


def test_settings_are_remembered(open_with: Callable[..., int]) -> None:
    def change(window: MainWindow) -> None:
        window.panel.sliders["mouth"].slider.setValue(140)
        window.panel.theme.buttons["dark"].click()
        window.strip.tiles()[1].click()

    assert open_with(change) == 0
    settings = load_settings().settings
    assert (settings.controls.mouth, settings.theme, settings.portrait) == (1.4, "dark", "Bo")
    assert settings.geometry


def test_options_of_one_start_are_not_remembered_unless_changed(open_with: Callable[..., int]) -> None:
    save_settings(Settings(controls=Controls(eyes=0.5), camera="Studio Cam"))
    open_with(lambda window: window.bridge.controls.update(mouth=0.3))
    assert load_settings().settings.camera == "Studio Cam"


def test_settings_of_two_windows_are_kept(open_with: Callable[..., int]) -> None:
    def change_and_save_elsewhere(window: MainWindow) -> None:
        window.bridge.controls.update(mouth=0.3)
        save_settings(Settings(controls=Controls(eyes=0.5), theme="dark", portrait="Cy"))

    open_with(change_and_save_elsewhere)
    settings = load_settings().settings
    assert (settings.controls.mouth, settings.controls.eyes) == (0.3, 0.5)
    assert (settings.theme, settings.portrait) == ("dark", "Cy")


def _answer(label: str) -> list[str]:
    """Press a button of the question that will be open soon; return its texts then."""
    seen = list[str]()

    def press() -> None:
        question = next(box for box in QApplication.topLevelWidgets() if isinstance(box, Question) and box.isVisible())
        seen.append(question.text())
        next(button for button in question.buttons() if button.text() == label).click()

    QTimer.singleShot(100, press)
    return seen


def test_a_second_start_shows_the_first_window_if_wanted(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SingleInstance()
    first.listen()
    monkeypatch.setattr(ui.app, "_window", lambda *_args: pytest.fail("a window was made"))
    seen = _answer("Show it")
    with qtbot.waitSignal(first.show_wanted):
        assert ui.app.run_window(LiveOptions(), seconds=None, stats=None, screenshot=None) == 0
    assert seen == ["Puppet is open already"]
    first.close()


def test_a_second_start_opens_another_window_if_wanted(
    open_with: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, opened, make = SingleInstance(), list[bool](), ui.app._window
    first.listen()

    def make_and_close(options: LiveOptions, settings: Settings) -> MainWindow:
        window = make(options, settings)
        window.bridge.opened.connect(lambda: opened.append(window.isVisible()))
        window.bridge.opened.connect(window.quit)
        return window

    monkeypatch.setattr(ui.app, "_window", make_and_close)
    seen = _answer("Open another window")
    assert ui.app.run_window(LiveOptions(), seconds=None, stats=None, screenshot=None) == 0
    assert seen
    assert opened == [True]
    first.close()


def test_the_command_hide_reaches_the_open_window(open_with: Callable[..., int], session: FakeSession) -> None:
    hidden = list[bool]()

    def hide_twice(window: MainWindow) -> None:
        for _ in range(2):
            command = [sys.executable, "main.py", "hide"]
            process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
            before = session.controls.idle
            while session.controls.idle is before:
                QApplication.processEvents()
            hidden.append(session.controls.idle)
            assert process.wait(30) == 0

    open_with(hide_twice)
    assert hidden == [True, False]


def test_the_command_hide_without_a_window_is_one_line() -> None:
    command = [sys.executable, "main.py", "hide"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip() == "No window of Puppet is open; open it with `python main.py run`"


def test_a_socket_that_a_killed_window_left_is_replaced(qtbot: QtBot, tmp_path: Path) -> None:
    code = "import os; from PyQt6.QtCore import QCoreApplication as A; from ui.single_instance import SingleInstance"
    code += "; app = A([]); SingleInstance().listen(); os._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    first, second = SingleInstance(), SingleInstance()
    assert not first.other_runs()
    first.listen()
    assert second.other_runs()
    with qtbot.waitSignal(first.show_wanted):
        assert second.show_other()
    first.close()
    assert not second.show_other()


def test_a_damaged_settings_file_means_defaults_and_a_line(open_with: Callable[..., int]) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text("theme = [broken")
    said: list[str] = []
    open_with(lambda window: said.append(window.notices.text))
    assert "settings were damaged" in said[0]
    assert len(list(settings_path().parent.glob("*damaged*"))) == 1


def test_what_a_killed_run_left_is_told(
    open_with: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".a.0123abcd.puppet-part.mp4").touch()
    monkeypatch.setattr(ui.app, "own_folders", lambda: [tmp_path])
    post, told = NoticeBar.post, list[str]()

    def note_and_close(notices: NoticeBar, notice: Notice) -> None:
        post(notices, notice)
        told.append(notice.text)
        window = notices.window()
        assert window is not None
        window.close()

    monkeypatch.setattr(NoticeBar, "post", note_and_close)
    assert ui.app.run_window(LiveOptions(), seconds=30, stats=None, screenshot=None) == 0
    assert told == [f"{tmp_path}: an earlier run was ended before it had finished; incomplete files were removed: 1"]
    assert not list(tmp_path.glob("*puppet-part*"))


def test_it_ends_by_itself_with_a_screenshot_and_figures(
    open_with: Callable[..., int],
    session: FakeSession,
    tmp_path: Path,
) -> None:
    grey = np.full((72, 128, 3), 99, np.uint8)
    session.rendered = rendered(grey)
    shot, stats = tmp_path / "w.png", tmp_path / "s.json"
    assert ui.app.run_window(LiveOptions(), seconds=1.0, stats=stats, screenshot=shot) == 0
    with Image.open(shot) as picture:
        assert picture.width >= 700
    figures = json.loads(stats.read_text())
    assert 0 <= figures["window_s"] <= figures["first_picture_s"]
    assert figures["engine"] == "onnxruntime · CPU · fp32"


def test_a_session_that_cannot_be_opened_ends_with_2(
    open_with: Callable[..., int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(options: LiveOptions) -> LiveSession:
        raise PackError("the pack is damaged")

    monkeypatch.setattr(ui.app, "_open_session", refuse)
    assert ui.app.run_window(LiveOptions(), seconds=0.5, stats=None, screenshot=None) == 2
    assert "the pack is damaged" in caplog.text


def test_ctrl_c_closes_cleanly_with_130(open_with: Callable[..., int], session: FakeSession) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert open_with(lambda window: signal.raise_signal(signal.SIGINT)) == 130
    assert session.calls[-1] == "stop"
    assert signal.getsignal(signal.SIGINT) is before


def test_an_uncaught_exception_is_shown_once(open_with: Callable[..., int], caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []

    def fail(window: MainWindow) -> None:
        for _ in range(2):
            sys.excepthook(ValueError, ValueError("odd"), None)
        window.bridge.io_worker.deliver()
        said.append(window.notices.text)

    open_with(fail)
    assert "ValueError: odd" in said[0]
    assert caplog.text.count("Uncaught exception") == 1


def test_a_plugin_path_of_another_qt_is_dropped(open_with: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/lib/python/cv2/qt/plugins")
    open_with()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ


def test_no_thread_of_the_window_is_left(open_with: Callable[..., int]) -> None:
    open_with()
    # The window does not wait for files of a share that is gone: their workers end with what they are reading.
    until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("ui ")], "the workers' end")


def test_importing_the_window_imports_nothing_heavy() -> None:
    heavy = "cv2 mediapipe onnxruntime torch av puppet.live.session puppet.pipeline.puppeteer puppet.tracking.tracker"
    code = f"import sys, ui.app; print([name for name in {heavy.split()} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_a_remembered_portrait_that_is_damaged_does_not_keep_the_window_from_working(
    monkeypatch: pytest.MonkeyPatch, session: FakeSession
) -> None:
    asked: list[str | None] = []

    def open_session(options: LiveOptions) -> FakeSession:
        asked.append(options.portrait)
        if options.portrait is not None:
            raise MediaError("the picture is damaged")
        return session

    module = ModuleType("puppet.live.opening")
    monkeypatch.setattr(module, "open_session", open_session, raising=False)
    monkeypatch.setitem(sys.modules, "puppet.live.opening", module)
    assert cast("object", ui.app._open_session(LiveOptions(portrait="Me"))) is session
    assert asked == ["Me", None]
    with pytest.raises(MediaError):
        ui.app._open_session(LiveOptions(portrait=__file__))


def test_a_chosen_pack_and_engine_are_those_of_the_next_start(open_with: Callable[..., int], tmp_path: Path) -> None:
    def choose(window: MainWindow) -> None:
        window.model.pack_used.emit(str(tmp_path))
        window.model.engine_used.emit(EngineOptions("torch", "fp32", "cpu"))

    open_with(choose)
    settings = load_settings().settings
    assert (settings.pack, settings.engine, settings.precision) == (str(tmp_path), "torch", "fp32")
    remembered = saved_options()
    assert remembered.engine == EngineOptions("torch", "fp32", "cpu")
    assert remembered.pack == "face"  # the folder contains no pack any more


def test_another_attempt_that_works_ends_with_0(
    open_with: Callable[..., int], monkeypatch: pytest.MonkeyPatch, session: FakeSession
) -> None:
    failures = [PackError("not yet")]

    def open_session(options: LiveOptions) -> LiveSession:
        if failures:
            raise failures.pop()
        return session

    monkeypatch.setattr(ui.app, "_open_session", open_session)

    def retry_when_it_failed() -> None:
        windows = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        window = next(window for window in windows if window.isVisible())
        window.bridge.failed.connect(lambda _error: QTimer.singleShot(0, window.try_again))

    QTimer.singleShot(0, retry_when_it_failed)
    assert open_with() == 0
    assert session.calls[0] == "start"
