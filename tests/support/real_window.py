"""The real window with the real session and engine, driven by keys; run in a process of its own on a display.

Argument: a folder, for screenshots and `seen.json`: what was seen. The camera plays the
bundled clip, and is unplugged and plugged in by the scenario; the virtual camera is a fake driver that keeps the
pictures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvirtualcam
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

import ui.app
from puppet.cameras import opening
from puppet.cameras.base import Camera
from puppet.cameras.file_cameras import VideoFile
from puppet.config import EngineOptions, LiveOptions
from puppet.domain import Following, Frame, Picture, SessionState, Status
from puppet.errors import CameraError
from puppet.userdata.settings import Settings
from tests.support.fakes import FakeVirtualCamera
from ui.main_window import MainWindow
from ui.style.theme import ThemeSwitcher

ONNX = EngineOptions("onnxruntime", "fp32")
PORTRAIT = Path(__file__).parent / "portraits" / "kenji.jpg"


class Unpluggable(VideoFile):
    """The bundled clip; while `gone`, it fails like a camera without a plug."""

    gone = False

    def read(self, timeout_s: float) -> Frame | None:
        self._check()
        return super().read(timeout_s)

    def reopen(self) -> VideoFile:
        self._check()
        return Unpluggable(opening.BUNDLED_CLIP)

    def _check(self) -> None:
        if Unpluggable.gone:
            raise CameraError("/secret/path: Studio Cam stopped delivering pictures; check that it is plugged in")


def open_camera(which: str | None = None, **_options: object) -> Camera:
    return Unpluggable(opening.BUNDLED_CLIP)


class Scenario:
    """Presses keys and waits for what follows."""

    def __init__(self, app: QApplication, window: MainWindow, folder: Path) -> None:
        self.app, self.window, self.folder = app, window, folder
        self.seen: dict[str, object] = {}

    def until(self, happened: Callable[[], object], what: str, timeout_s: float = 90.0) -> None:
        ends_s = time.monotonic() + timeout_s
        while not happened():
            if time.monotonic() > ends_s:
                raise AssertionError(
                    f"{what} did not happen; notice: {self.window.notices.text}; status: {self.status()}"
                )
            self.app.processEvents()
            time.sleep(0.005)

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window, key)  # type: ignore[call-overload]

    def shoot(self, name: str) -> None:
        self.app.processEvents()
        self.window.grab().save(str(self.folder / f"{name}.png"))

    def sent(self, count: int = 5) -> list[Picture]:
        """The next pictures of the virtual camera."""
        driver = FakeVirtualCamera.opened[-1]
        pictures: list[Picture] = []
        for _ in range(count):
            before = driver.count
            self.until(lambda before=before: driver.count > before, "a picture of the virtual camera")  # type: ignore[misc]
            pictures.append(driver.sent[-1])
        return pictures

    def pass_repeated(self) -> None:
        """Wait for a new picture: the virtual camera repeats the last one until the idle loop's first is painted."""
        last = self.sent(1)[0]
        self.until(lambda: not np.array_equal(self.sent(1)[0], last), "a new picture")

    def status(self) -> Status:
        return self.window.bridge.status

    def following(self) -> Following:
        return self.status().following

    def drop(self, file: Path) -> None:
        dropped = QMimeData()
        dropped.setUrls([QUrl.fromLocalFile(str(file))])
        place, action, button = QPointF(200, 200), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        event = QDropEvent(place, action, dropped, button, Qt.KeyboardModifier.NoModifier)
        self.window.preview.dropEvent(event)

    def begin(self) -> None:
        """A first minute: calibrate, add a picture, go back to another portrait in mid-sentence."""
        self.press(Qt.Key.Key_C)
        self.until(lambda: self.following() is Following.CALIBRATING, "calibration")
        self.until(lambda: self.following() is Following.TRACKING, "tracking after calibration")
        self.drop(PORTRAIT)
        self.until(lambda: self.status().portrait == PORTRAIT.stem, "the added portrait")
        self.until(lambda: self.following() is Following.TRACKING, "tracking with it")
        self.shoot("added")
        before = self.status().rendered
        self.press(Qt.Key.Key_2)
        self.until(lambda: self.status().portrait == "Elias", "the other portrait")
        self.until(lambda: self.following() is Following.TRACKING, "tracking with the other portrait")
        self.seen["went_on"] = self.status().rendered > before  # a new session would count from 0
        self.press(Qt.Key.Key_O)
        self.until(lambda: self.window.clean_output.is_open, "the output window")
        self.press(Qt.Key.Key_O)

    def run(self) -> None:
        bridge = self.window.bridge
        bridge.start()
        self.until(lambda: self.following() is Following.TRACKING, "tracking")
        self.begin()
        self.press(Qt.Key.Key_R)
        self.press(Qt.Key.Key_V)
        self.until(lambda: len(bridge.status.sinks) == 2, "recording and virtual camera")
        self.until(lambda: self.window.recording.path is not None, "the recording's name")
        path = self.window.recording.path
        driver = FakeVirtualCamera.opened[-1]
        self.shoot("on-air")

        self.press(Qt.Key.Key_H)
        self.until(lambda: self.following() is Following.IDLE, "hidden")
        self.pass_repeated()
        at_rest = self.sent()[-1]
        self.seen["hidden_spread"] = [float(np.abs(p - at_rest.astype(float)).mean()) for p in self.sent(8)]
        self.shoot("hidden")
        self.press(Qt.Key.Key_H)
        self.until(lambda: self.following() is Following.TRACKING, "tracking again")

        Unpluggable.gone = True
        self.until(lambda: bridge.status.state is SessionState.WAITING_FOR_CAMERA, "a lost camera")
        self.until(lambda: self.following() is Following.IDLE, "the idle loop")
        self.pass_repeated()
        self.seen["lost_spread"] = [float(np.abs(p - at_rest.astype(float)).mean()) for p in self.sent(8)]
        self.shoot("camera-lost")
        Unpluggable.gone = False
        self.until(lambda: bridge.status.state is SessionState.RUNNING, "the camera")
        self.until(lambda: self.following() is Following.TRACKING, "tracking after the camera was back")

        before, count = bridge.session, driver.count
        self.window.model.choose_pack("learned")
        self.until(lambda: bridge.session is not None and bridge.session is not before, "another model")
        self.until(lambda: bridge.status.rendered > 5 and len(bridge.status.sinks) == 2, "its frames")
        self.seen["pack"] = bridge.options.pack
        self.seen["same_driver"] = FakeVirtualCamera.opened[-1] is driver and not driver.closed
        self.seen["sent_meanwhile"] = driver.count - count
        self.shoot("another-model")

        self.press(Qt.Key.Key_R)
        self.until(lambda: "Recording saved" in self.window.notices.text, "the recording")
        self.seen["recording"] = str(path)
        self.shoot("saved")


def main() -> None:
    opening.open_camera = open_camera
    sys.modules["puppet.live.opening"].open_camera = open_camera  # type: ignore[attr-defined]
    pyvirtualcam.camera.BACKENDS.clear()
    pyvirtualcam.register_backend("fake", FakeVirtualCamera)
    app = ui.app._application()
    _theme = ThemeSwitcher(app, "dark")
    options = LiveOptions(camera="Studio Cam", portrait="Vera", engine=ONNX, governor=False, size=(640, 360))
    window = ui.app._window(options, Settings())
    window.apply_theme()
    window.resize(1280, 720)
    window.show()
    window.activateWindow()
    scenario = Scenario(app, window, Path(sys.argv[1]))
    try:
        scenario.run()
    finally:
        window.quit()
    (scenario.folder / "seen.json").write_text(json.dumps(scenario.seen))


if __name__ == "__main__":
    import puppet.live.opening  # noqa: F401 - its name of `open_camera` is replaced

    main()
