"""A session without threads or camera: what the window asks of it is written down, what it tells is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from puppet.config import LiveOptions
from puppet.domain import Controls, Following, Frame, Picture, StageTimes, Status
from puppet.errors import PuppetError, TrackingError

if TYPE_CHECKING:
    from puppet.cameras.base import Camera
    from puppet.geometry.crop import CropBox


@dataclass(frozen=True)
class FakeAvatar:
    """As much of a Portrait as the window looks at."""

    name: str
    face: Picture
    faces: int = 1


@dataclass(frozen=True)
class FakeRendered:
    """As much of a Rendered as the window looks at."""

    picture: Picture
    frame: Frame


RUNNING = Status(
    state="running",
    following=Following.TRACKING,
    camera="Test camera 1280x720, 30 fps",
    camera_fps=29.8,
    fps=29.6,
    latency=StageTimes(38.2, 51.4, 60.0),
    rendered=100,
    engine="onnxruntime · CPU · fp32",
    portrait="Vera",
)


class FakeSession:
    """See puppet.live.session.Session.

    Attributes:
        opened_with: the options of every session that was asked for.
        refusal: why the next one cannot be opened, or None.
        next: the session that is opened next, or None: this one again.
    """

    def __init__(self, controls: Controls | None = None) -> None:
        self.controls = controls or Controls()
        self.current = RUNNING
        self.rendered: FakeRendered | None = None
        self.failure: PuppetError | None = None
        self.sink_failure: PuppetError | None = None
        self.calls: list[str] = []
        self.shown: list[str] = []
        self.others: list[str] = []
        self.prepared: list[str] = []
        self.faces = 1
        self.camera: Callable[[], Camera] | None = None
        self.recording: Path | None = None
        self.box: CropBox | None = None
        self.opened_with: list[LiveOptions] = []
        self.refusal: PuppetError | None = None
        self.next: FakeSession | None = None

    def start(self) -> None:
        self.calls.append("start")

    def stop(self, timeout_s: float = 2.0) -> None:
        self.calls.append("stop")

    def preview(self) -> FakeRendered | None:
        return self.rendered

    def status(self) -> Status:
        return self.current

    def error(self) -> PuppetError | None:
        return self.failure

    def set_controls(self, controls: Controls) -> None:
        self.controls = controls

    def calibrate(self) -> None:
        self.calls.append("calibrate")

    def prepare(self, picture: Picture, name: str) -> FakeAvatar:
        self.prepared.append(name)
        if self.faces == 0:
            raise TrackingError(f"{name}: no face was found in this picture; choose one that shows a face.")
        return FakeAvatar(name, np.ascontiguousarray(picture[:64, :64]), self.faces)

    def show(self, avatar: FakeAvatar, others: Sequence[FakeAvatar] = ()) -> None:
        self.shown.append(avatar.name)
        self.others = [other.name for other in others]

    def choose_camera(self, open_camera: Callable[[], Camera]) -> None:
        self.camera = open_camera

    def choose_box(self, box: CropBox | None) -> None:
        self.calls.append("choose box")
        self.box = box

    def start_recording(self, path: Path) -> None:
        self._open(f"recording {path}")
        self.recording = path

    def stop_recording(self) -> Path | None:
        path, self.recording = self.recording, None
        self._close("recording")
        return path

    def start_virtual_camera(self, device: str | None = None) -> None:
        self._open("virtual camera (fake)")

    def stop_virtual_camera(self) -> None:
        self._close("virtual camera")

    def _open(self, name: str) -> None:
        if self.sink_failure is not None:
            raise self.sink_failure
        self.current = replace(self.current, sinks=(*self.current.sinks, name))

    def _close(self, kind: str) -> None:
        kept = tuple(name for name in self.current.sinks if not name.startswith(kind))
        self.current = replace(self.current, sinks=kept)
