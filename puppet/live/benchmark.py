"""Measures the whole live loop on this machine: a moving face at 1280x720, with recorder and virtual camera.

Two runs: *unpaced*, with frames on demand, gives the frame rate that the machine can reach; *paced*, with the clip at
its own 30 frames per second, gives the latency. Included: decoding the clip on the capture thread, tracking, networks,
compositing, encoding of the recording, the copy to the virtual camera. Not included: the window. Then the frame rate of
other sizes of the picture, each in a shorter unpaced run.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyvirtualcam

from puppet.cameras.file_cameras import Pace, VideoFile
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.concurrency.timing import percentiles
from puppet.config import DEFAULT_SIZE, LIVE_CONTROLS, EngineOptions
from puppet.domain import Framing, StageTimes, Status
from puppet.errors import PuppetError
from puppet.hardware import this_machine
from puppet.live.session import Session
from puppet.live.statistics import percentiles as as_json
from puppet.live.statistics import resident_mb
from puppet.media.files import temporary_folder
from puppet.media.portrait_file import read_portrait
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer, show_pictures
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Rendered
from puppet.userdata.gallery import Gallery

SIZES = (640, 360), (960, 540), (1280, 720), (1920, 1080)
"""Sizes of the picture, (width, height), whose frame rates are measured."""
WARM_UP_FRAMES = 60
_SIZE_SHARE = 0.25  # of a run's duration for each of the other sizes
_POLL_S = 0.004
_TIMEOUT_S = 30.0
BACKEND = "discard"
_NO_PICTURE = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Figures of one run, after its warm-up.

    Attributes:
        fps: finished frames per second.
        frames: number of measured frames.
        stages: stage of `Puppeteer.step` -> milliseconds.
        latency: camera timestamp to finished picture, in milliseconds.
        dropped: camera frames that were not rendered.
        recorder_dropped: frames the recorder could not keep.
    """

    fps: float
    frames: int
    stages: Mapping[str, StageTimes]
    latency: StageTimes
    dropped: int
    recorder_dropped: int

    def as_json(self) -> dict[str, object]:
        """Return the figures under the names that scripts rely on."""
        return {
            "fps": round(self.fps, 2),
            "frames": self.frames,
            "stages_ms": {stage: as_json(times) for stage, times in self.stages.items()},
            "latency_ms": as_json(self.latency),
            "dropped": self.dropped,
            "recorder_dropped": self.recorder_dropped,
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """Result of `bench`.

    Attributes:
        pack: its name.
        unpaced: with frames on demand.
        paced: at the clip's own rate.
        fps_by_size: (width, height) of the picture -> frames per second, unpaced.
        status: at the end of the paced run: engine, sinks and their latency.
        rss_mb: resident memory at the end, in megabytes.
    """

    pack: str
    unpaced: Measurement
    paced: Measurement
    fps_by_size: Mapping[tuple[int, int], float]
    status: Status
    rss_mb: float

    def as_json(self) -> dict[str, object]:
        """Return frame rate and stages of the unpaced run, latency of the paced one, and both runs in full."""
        unpaced, paced = self.unpaced.as_json(), self.paced.as_json()
        return {
            "fps": unpaced["fps"],
            "latency_ms": paced["latency_ms"],
            "sink_latency_ms": {kind.value: as_json(times) for kind, times in self.status.sink_latency.items()},
            "stages_ms": unpaced["stages_ms"],
            "rss_mb": round(self.rss_mb, 1),
            "pack": self.pack,
            "engine": str(self.status.engine or ""),
            "sinks": list(self.status.sinks.values()),
            "machine": this_machine().as_json(),
            "fps_by_size": {f"{width}x{height}": round(fps, 2) for (width, height), fps in self.fps_by_size.items()},
            "unpaced": unpaced,
            "paced": paced,
        }

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures as rows of a table: name and value."""
        rows = [
            ("frames per second, unpaced", f"{self.unpaced.fps:.1f}"),
            ("latency at 30 fps, p50 / p95 / p99", _milliseconds(self.paced.latency)),
            *(
                (f"the same to the {kind.value}", _milliseconds(times))
                for kind, times in self.status.sink_latency.items()
            ),
            ("frames per second, paced", f"{self.paced.fps:.1f} ({self.paced.dropped} dropped)"),
        ]
        rows += [
            (f"{width}x{height}, frames per second", f"{fps:.1f}") for (width, height), fps in self.fps_by_size.items()
        ]
        rows += [(f"{stage}, p50 / p95 / p99", _milliseconds(times)) for stage, times in self.unpaced.stages.items()]
        rows += [
            ("resident memory", f"{self.rss_mb:.0f} MB"),
            ("engine", str(self.status.engine or "")),
            ("pack", self.pack),
        ]
        return rows + [(name, _listed(value)) for name, value in this_machine().as_json().items()]


def bench(pack: str, engine: EngineOptions, seconds: float, clip: Path = BUNDLED_CLIP) -> Figures:
    """Measure both runs, then the sizes; blocks.

    Args:
        pack: name or folder.
        engine: engine, precision and device.
        seconds: duration of each run after its warm-up.
        clip: plays in place of a camera.

    Raises:
        PackError, EngineError, TrackingError: see `open_puppeteer`.
        CameraError: the clip cannot be played.
    """
    VideoFile(clip).close()  # a session would wait for a camera for ever
    pyvirtualcam.register_backend(BACKEND, DiscardingBackend)
    unpaced, _ = _run(pack, engine, seconds, clip, pace="unpaced")
    paced, status = _run(pack, engine, seconds, clip, pace="own")
    rss_mb = resident_mb()
    fps_by_size = {
        size: unpaced.fps
        if size == DEFAULT_SIZE
        else _run(pack, engine, seconds * _SIZE_SHARE, clip, pace="unpaced", size=size)[0].fps
        for size in SIZES
    }
    return Figures(pack, unpaced, paced, fps_by_size, status, rss_mb)


class DiscardingBackend:
    """A back-end for pyvirtualcam without a driver: copies each frame and discards it. Tried after the real ones."""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        """Accept any size. Raises RuntimeError for a named device."""
        if device is not None:
            raise RuntimeError("has no devices")
        self._kept = np.empty(width * height * 3, np.uint8)

    def close(self) -> None:
        """Release nothing."""

    def send(self, frame: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> None:
        """Copy a frame."""
        np.copyto(self._kept, frame.reshape(-1))

    def device(self) -> str:
        """Return a device name."""
        return "nothing"

    def native_fourcc(self) -> int | None:
        """Return None: RGB is taken as it is."""
        return None


def _run(
    pack: str, engine: EngineOptions, seconds: float, clip: Path, *, pace: Pace, size: tuple[int, int] = DEFAULT_SIZE
) -> tuple[Measurement, Status]:
    """Run a session on the clip with both sinks, and poll its preview as a window does."""
    session = Session(_puppeteer(pack, engine, size), partial(VideoFile, clip, True, pace), LIVE_CONTROLS)
    with temporary_folder() as folder:
        try:
            session.start()
            session.start_recording(folder / "bench.mp4")
            session.start_virtual_camera()
            if len(_collect(session, WARM_UP_FRAMES, _TIMEOUT_S)) < WARM_UP_FRAMES:
                reason = session.status().message or "the machine is too slow"
                raise PuppetError(f"Less than {WARM_UP_FRAMES} frames in {_TIMEOUT_S:g} s; {reason}")
            before = session.status()
            finished = _collect(session, None, seconds)
            after = session.status()
        finally:
            session.stop()
    dropped, recorder_dropped = after.dropped - before.dropped, after.recorder_dropped - before.recorder_dropped
    return measure(finished, dropped, recorder_dropped), after


def _puppeteer(pack: str, engine: EngineOptions, size: tuple[int, int]) -> Puppeteer:
    puppeteer = open_puppeteer(pack, engine, Framing.AUTO, size, own_pixels=OwnPixels.AT_ONCE)
    portrait = Gallery().portraits()[0]
    show_pictures(puppeteer, [(read_portrait(portrait.path), portrait.name)])
    return puppeteer


def _collect(session: Session, frames: int | None, seconds: float) -> list[Rendered]:
    """Collect finished frames for `seconds`, or until there are `frames`. Raises the error that ended the session."""
    newest, collected, until_s = session.preview(), list[Rendered](), time.monotonic() + seconds
    while session.running and len(collected) != frames and time.monotonic() < until_s:
        latest = session.preview()
        if latest is not None and latest is not newest:
            newest, frame = latest, replace(latest.frame, image=_NO_PICTURE)
            collected.append(replace(latest, picture=_NO_PICTURE, frame=frame))
        time.sleep(_POLL_S)
    if error := session.error():
        raise error
    return collected


def measure(finished: list[Rendered], dropped: int, recorder_dropped: int) -> Measurement:
    """Return rate and percentiles of the frames of one run. Raises PuppetError if there are fewer than two."""
    if len(finished) < 2:
        raise PuppetError("Fewer than two frames were finished; measure longer with --seconds")
    spent_s = finished[-1].finished_s - finished[0].finished_s
    stages = {stage: percentiles([each.stages_ms[stage] for each in finished]) for stage in finished[0].stages_ms}
    latency = percentiles([(each.finished_s - each.frame.captured_s) * 1000 for each in finished])
    return Measurement((len(finished) - 1) / spent_s, len(finished), stages, latency, dropped, recorder_dropped)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _milliseconds(times: StageTimes) -> str:
    return f"{times.p50_ms:.1f} / {times.p95_ms:.1f} / {times.p99_ms:.1f} ms"
