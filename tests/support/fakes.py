"""Fakes for clock, camera, tracker, engine, sink and driver. tests/test_fakes.py holds them to their protocols."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import pyvirtualcam

from puppet.domain import Controls, EngineInfo, Face, Frame, Framing, Inspection, Keypoints, Picture
from puppet.engines.base import Engine, PoseInputs, SwapPart
from puppet.errors import CameraError, EngineError, SinkError
from puppet.pipeline.puppeteer import Puppeteer
from puppet.sinks.base import Finished

FACE_PX = 32
CAMERA_SIZE = (64, 48)


class FakeClock:
    """A clock that advances only when a test sets it, or in `wait`."""

    def __init__(self, now_s: float = 100.0) -> None:
        self.now_s = now_s
        self.waits_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> bool:
        self.waits_s.append(seconds)
        self.now_s += seconds
        return False


class FakeCamera:
    """Delivers grey frames whose brightness counts them.

    Args:
        frames: the stream ends after so many; None: never.
        vanish_after: CameraError after so many frames; None: never.
        returns: how often `reopen` fails before the camera is back.
        blocks: `read` hangs, until `close` or for good ("deaf").
        paced: about 200 frames a second; else as fast as frames are taken.
    """

    def __init__(
        self,
        name: str = "fake camera",
        *,
        size: tuple[int, int] = CAMERA_SIZE,
        frames: int | None = None,
        vanish_after: int | None = None,
        returns: int = 0,
        blocks: str = "",
        paced: bool = True,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.name, self.size, self.fps, self.paced = name, size, 30.0, paced
        self.closed = threading.Event()
        self.released = threading.Event()  # a deaf camera's read returns
        self.reopened = 0
        self.delivered = 0
        self._frames, self._vanish_after, self._returns, self._blocks = frames, vanish_after, returns, blocks
        self._clock = clock or time.monotonic

    def read(self, timeout_s: float) -> Frame | None:
        if self._blocks:
            (self.released if self._blocks == "deaf" else self.closed).wait()
        elif self.paced:
            self.closed.wait(0.005)
        if self.closed.is_set() or self.delivered == self._frames:
            return None
        if self.delivered == self._vanish_after:
            raise CameraError(f"{self.name} stopped delivering pictures; check that it is plugged in")
        self.delivered += 1
        picture = np.full((self.size[1], self.size[0], 3), self.delivered % 256, np.uint8)
        return Frame(picture, self._clock(), self.delivered - 1)

    def reopen(self) -> FakeCamera:
        self.reopened += 1
        if self.reopened <= self._returns:
            raise CameraError(f"{self.name} is not plugged in")
        return FakeCamera(self.name, size=self.size)

    def close(self) -> None:
        self.closed.set()


class Gate:
    """Open at first. When shut, `pass_through` blocks; `held` is set when a thread waits in it."""

    def __init__(self) -> None:
        self.held = threading.Event()
        self._open = threading.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        if not self._open.is_set():
            self.held.set()
            self._open.wait()


class FakeTracker:
    """Finds no face, which is enough for packs that detect keypoints themselves."""

    too_small = False

    def __init__(self) -> None:
        self.closed = False

    def locate(self, image: Picture) -> Face | None:
        return None

    def reset(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


FAKE_INFO = EngineInfo("fake engine", "CPU", "fp32")


class FakeEngine:
    """Returns the source picture; a shut `gate` makes a render wait."""

    size = detect_size = FACE_PX
    info = FAKE_INFO
    detects = True
    segments = 0
    allow_low_precision = has_low_precision = moves_pixels = False
    fine_size = 0

    def __init__(self, fails_after: int | None = None) -> None:
        self.rendered = 0
        self.closed = 0
        self.gate = Gate()
        self._fails_after = fails_after

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        return landmarks or Keypoints(np.zeros((10, 2), np.float32))

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> object:
        return face

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        self.gate.pass_through()
        if self.rendered == self._fails_after:
            raise EngineError("The engine gave up")
        self.rendered += 1
        assert isinstance(code, np.ndarray)
        return code.copy()

    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        return {}

    def inspect(
        self, code: object, source: Keypoints, driving: Keypoints, *, picture: bool = True, inputs: object = None
    ) -> Inspection:
        return Inspection(self.render(code, source, driving))

    def prepare_motion(self) -> None: ...

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        return target_face.copy()

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1


class SlowEngine(FakeEngine):
    """Takes 30 ms to detect and 20 ms to render, by a clock of the test."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        self._clock.wait(0.03)
        return super().detect(face, landmarks)

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        self._clock.wait(0.02)
        return super().render(code, source, driving)


class SwapEngine(FakeEngine):
    """Two segments: the left half and the right half. A part's pixels are pasted where its mask is, unmoved."""

    segments = 2

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        halves = np.zeros((3, FACE_PX, FACE_PX), np.float32)
        halves[1, :, : FACE_PX // 2] = halves[2, :, FACE_PX // 2 :] = 1
        points = np.array([(-0.5, 0), (0.5, 0)], np.float32)
        jacobians = np.broadcast_to(np.eye(2, dtype=np.float32), (2, 2, 2))
        return Keypoints(points, jacobians=jacobians, segmentation=halves)

    def inspect(
        self, code: object, source: Keypoints, driving: Keypoints, *, picture: bool = True, inputs: object = None
    ) -> Inspection:
        masks = self.detect(np.zeros((0,), np.uint8)).segmentation
        flow = np.zeros((FACE_PX, FACE_PX, 2), np.float32)
        return Inspection(self.render(code, source, driving), masks, None, flow)

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        swapped = target_face.copy()
        for part in parts:
            assert isinstance(part.code, np.ndarray)
            swapped[part.mask > 0.5] = part.code[part.mask > 0.5]
        return swapped


class FakeSink:
    """Records the pictures' times; a shut `gate` makes a write wait; raises SinkError from picture `fails_at` on."""

    def __init__(self, name: str = "fake sink", fails_at: int | None = None) -> None:
        self.name = name
        self.times_s: list[float] = []
        self.closed = 0
        self.gate = Gate()
        self.wait_s: float | None = None
        self.problem = ""
        self._fails_at = fails_at

    def write(self, finished: Finished) -> None:
        self.gate.pass_through()
        if len(self.times_s) == self._fails_at:
            raise SinkError(f"{self.name}: the disk is full")
        self.times_s.append(finished.captured_s)

    def idle(self) -> None:
        raise AssertionError("No waiting time was set")

    def close(self) -> None:
        self.closed += 1


class FakeVirtualCamera:
    """A back-end for pyvirtualcam that keeps the newest pictures; register it with `pyvirtualcam.register_backend`."""

    opened: list[FakeVirtualCamera] = []  # noqa: RUF012 - every one that was made, for the test to look at

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        self.size = (width, height)
        self.sent: list[Picture] = []
        self.count = 0
        self.closed = False
        self._device = device or "fake device"
        FakeVirtualCamera.opened.append(self)

    def send(self, frame: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
        self.count += 1
        self.sent = [*self.sent[-4:], frame.reshape(self.size[1], self.size[0], 3).copy()]

    def close(self) -> None:
        self.closed = True

    def device(self) -> str:
        return self._device

    def native_fourcc(self) -> int | None:
        return None


def register_virtual_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `FakeVirtualCamera` the only back-end until the test ends."""
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {})
    pyvirtualcam.register_backend("fake", FakeVirtualCamera)
    FakeVirtualCamera.opened.clear()


def portrait(side_px: int = 96) -> Picture:
    """A picture with something in it."""
    return np.random.default_rng(3).integers(0, 256, (side_px, side_px, 3), np.uint8)


def make_puppeteer(
    engine: Engine | None = None,
    size: tuple[int, int] = (128, 72),
    shown: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Puppeteer:
    """The real puppeteer around a fake engine, with a portrait that is shown."""
    puppeteer = Puppeteer(engine or FakeEngine(), FakeTracker(), framing=Framing.NONE, size=size, clock=clock)
    if shown:
        puppeteer.show(puppeteer.prepare(portrait(), "fake portrait"))
    return puppeteer


STILL = Controls(mirror=False, smoothing=0.0, limits=False)
