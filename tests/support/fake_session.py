"""A session without threads or camera: records the calls of the window; a test sets what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from puppet.cameras.base import Camera
from puppet.config import AS_IT_IS, LiveOptions, MicrophoneOptions, RecordingOptions
from puppet.domain import (
    BackgroundKind,
    Controls,
    EngineInfo,
    Following,
    Frame,
    Keypoints,
    Picture,
    Recorded,
    SavedNeutral,
    SessionState,
    SinkKind,
    StageTimes,
    Status,
)
from puppet.errors import PuppetError, TrackingError
from puppet.geometry.crop import CropBox, whole_box
from puppet.live.session_protocol import LiveSession
from puppet.media.portrait_file import Shot
from puppet.motion.motion_track import MotionTrack
from puppet.pipeline.scenes import Portrait, Rendered

RUNNING = Status(
    state=SessionState.RUNNING,
    following=Following.TRACKING,
    camera="Test camera 1280x720, 30 fps",
    camera_fps=29.8,
    fps=29.6,
    latency=StageTimes(38.2, 51.4, 60.0),
    rendered=100,
    engine=EngineInfo("onnxruntime", "CPU", "fp32"),
    portrait="Vera",
)


def rendered(picture: Picture) -> Rendered:
    """A finished frame that shows `picture`."""
    return Rendered(picture, Frame(picture, 0.0), Following.TRACKING, 0.0, {})


class FakeSession(LiveSession):
    """Every method returns at once.

    Attributes:
        opened_with: the options of every session that was asked for.
        refusal: why the next one cannot be opened, or None.
        next: the session that is opened next, or None: this one again.
        opened_portrait: shown since the session was opened.
        refuses_none: no transparent background.
    """

    def __init__(self, controls: Controls | None = None) -> None:
        self.current = RUNNING
        self.rendered: Rendered | None = None
        self.failure: PuppetError | None = None
        self.sink_failure: PuppetError | None = None
        self.calls: list[str] = []
        self.shown: list[str] = []
        self.others: list[str] = []
        self.prepared: list[str] = []
        self.faces = 1
        self.camera: Callable[[], Camera] | None = None
        self.camera_delivers: Callable[[], None] = lambda: None
        self.recording: Path | None = None
        self.opened_portrait: Portrait | None = None
        self.box: CropBox | None = None
        self.opened_with: list[LiveOptions] = []
        self.refusal: PuppetError | None = None
        self.next: FakeSession | None = None
        self.saved: SavedNeutral | None = None
        self.restored: list[SavedNeutral] = []
        self.refuses_none = False
        self.camera_options = AS_IT_IS
        self._controls = controls or Controls()

    @property
    def controls(self) -> Controls:
        return self._controls

    @property
    def portrait(self) -> Portrait | None:
        return self.opened_portrait

    @property
    def running(self) -> bool:
        return "start" in self.calls and "stop" not in self.calls

    def start(self) -> None:
        self.calls.append("start")

    def take_sinks(self, other: LiveSession) -> None:
        self.calls.append("take sinks")
        if isinstance(other, FakeSession) and other is not self:
            self.current = replace(self.current, sinks=other.current.sinks)
            self.recording, other.recording = other.recording, None
            other.current = replace(other.current, sinks={})

    def join(self, timeout_s: float | None = None) -> None:
        self.calls.append("join")

    def stop(self, timeout_s: float = 2.0) -> None:
        self.calls.append("stop")

    def preview(self) -> Rendered | None:
        return self.rendered

    def status(self) -> Status:
        return self.current

    def error(self) -> PuppetError | None:
        return self.failure

    def set_controls(self, controls: Controls) -> None:
        refused = self.refuses_none and controls.background.kind is BackgroundKind.NONE
        self._controls = replace(controls, background=self._controls.background) if refused else controls

    def calibrate(self) -> None:
        self.calls.append("calibrate")

    def take_best_moment(self) -> None:
        self.calls.append("best moment")

    def reanchor(self) -> None:
        self.calls.append("reanchor")

    def restore_neutral(self, saved: SavedNeutral) -> None:
        self.restored.append(saved)
        self.saved = saved

    def saved_neutral(self) -> SavedNeutral | None:
        return self.saved

    def prepare(self, picture: Picture | Sequence[Shot], name: str) -> Portrait:
        self.prepared.append(name)
        if self.faces == 0:
            raise TrackingError(f"{name}: no face was found in this picture; choose one that shows a face")
        picture = picture if isinstance(picture, np.ndarray) else picture[0].picture
        face = np.ascontiguousarray(picture[:64, :64])
        return Portrait(name, picture, whole_box(face), face, Keypoints(np.zeros((1, 2), np.float32)), None, self.faces)

    def show(self, portrait: Portrait, others: Sequence[Portrait] = ()) -> None:
        self.shown.append(portrait.name)
        self.others = [other.name for other in others]

    def choose_camera(self, open_camera: Callable[[], Camera], delivered: Callable[[], None] | None = None) -> None:
        self.camera, self.camera_delivers = open_camera, delivered or (lambda: None)

    def choose_size(self, size: tuple[int, int]) -> None:
        self.calls.append("choose size {}x{}".format(*size))

    def choose_box(self, box: CropBox | None) -> None:
        self.calls.append("choose box")
        self.box = box

    def keep_motion(self) -> None:
        self.calls.append("keep motion")

    def motion(self) -> MotionTrack | None:
        return None

    def choose_microphone(self, options: MicrophoneOptions | None) -> None:
        self.microphone = options

    def start_recording(self, path: Path) -> None:
        self.calls.append(f"record {path}")
        self._open(SinkKind.RECORDER, f"recording {path}")
        self.current = replace(self.current, recorded=Recorded(0.0, False, None))
        self.recording = path

    def save_replay(self, path: Path) -> Path:
        if self.sink_failure is not None:
            raise self.sink_failure
        self.calls.append(f"save replay {path}")
        return path

    def pause_recording(self, paused: bool) -> None:
        self.calls.append("pause" if paused else "resume")
        if self.current.recorded is not None:
            self.current = replace(self.current, recorded=replace(self.current.recorded, paused=paused))

    def choose_recording(self, options: RecordingOptions) -> None:
        self.recording_options = options

    def stop_recording(self) -> Path | None:
        self.calls.append("finish recording")
        path, self.recording = self.recording, None
        self._close(SinkKind.RECORDER)
        self.current = replace(self.current, recorded=None)
        return path

    def start_virtual_camera(self, device: str | None = None) -> None:
        self.calls.append("open virtual camera")
        self._open(SinkKind.VIRTUAL_CAMERA, "virtual camera (fake)")

    def stop_virtual_camera(self) -> None:
        self.calls.append("close virtual camera")
        self._close(SinkKind.VIRTUAL_CAMERA)

    def _open(self, kind: SinkKind, name: str) -> None:
        if self.sink_failure is not None:
            raise self.sink_failure
        self.current = replace(self.current, sinks={**self.current.sinks, kind: name})

    def _close(self, kind: SinkKind) -> None:
        kept = {open_kind: name for open_kind, name in self.current.sinks.items() if open_kind is not kind}
        self.current = replace(self.current, sinks=kept)
