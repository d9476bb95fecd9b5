"""Frozen values that travel between the parts of Puppet.

Pictures are uint8 (H, W, 3) RGB everywhere; BGR exists only inside adapters. Pixel coordinates are x right, y down,
with the centre of the top-left pixel at (0, 0). Normalised coordinates are x then y in [-1, 1] over a square crop; −1
and 1 are the centres of its first and last pixels (grid_sample's align_corners=True).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from puppet.controls import Background as Background
from puppet.controls import BackgroundKind as BackgroundKind
from puppet.controls import Badge as Badge
from puppet.controls import Controls as Controls
from puppet.controls import Corner as Corner
from puppet.controls import Framing as Framing
from puppet.controls import Lids as Lids
from puppet.controls import MaskFrom as MaskFrom
from puppet.controls import Motion as Motion
from puppet.controls import Output as Output
from puppet.controls import Overlay as Overlay
from puppet.controls import Parts as Parts
from puppet.controls import PartSwap as PartSwap

Picture: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, C-contiguous."""
Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a camera.

    Attributes:
        image: (H, W, 3) uint8 RGB; not modified after the frame was made.
        captured_s: when the camera delivered the picture, in seconds on the monotonic clock.
        index: number of the camera's frame, from 0; a gap means skipped frames. -1: of no camera.
    """

    image: Picture
    captured_s: float
    index: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """A located face.

    Attributes:
        points: (478, 3) float32: MediaPipe's refined landmarks x, y, z in pixels of the picture; smaller z is nearer.
    """

    points: Floats


BODY_KEYPOINTS = 10
"""Number of body keypoints that a `face` pack detects in addition to the landmarks."""
CHEST = slice(3, 8)
"""Body keypoints on neck, shoulders and chest; those before lie on the hair, those after on the background."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """One pose as a motion model describes it, normalised to its crop; a field that a family lacks is None.

    Attributes:
        points: (K, 2) float32, x then y, in [-1, 1] inside the crop (landmarks may lie outside).
        depth: (K,) float32 in the unit of x: landmarks only.
        jacobians: (K, 2, 2) float32: first-order models.
        covariances: (K, 2, 2) float32: Monkey-Net.
        segmentation: (K + 1, h, w) float32, background first: co-part segmentation.
        body: (BODY_KEYPOINTS, 2) float32, shoulders and hair: `face` packs, in addition to landmarks.
        flow: (h, w, 3) float32, `geometry/flow_grid.py`: motion of everything beside the face since the neutral pose,
            measured in the frames; recorded and sent poses have none.
        appearance: (h, w) float32: grey levels of the performer's square, where `flow` was measured.
    """

    points: Floats
    depth: Floats | None = None
    jacobians: Floats | None = None
    covariances: Floats | None = None
    segmentation: Floats | None = None
    body: Floats | None = None
    flow: Floats | None = None
    appearance: Floats | None = None

    def arrays(self) -> dict[str, Floats]:
        """Return the fields that are not None, by name."""
        return {name: array for name in self.__slots__ if (array := getattr(self, name)) is not None}

    def map(self, function: Callable[..., Floats], *others: Keypoints) -> Keypoints:
        """Return keypoints of `function(own, *theirs)` for each field; None where a pose lacks the field."""
        poses = [pose.arrays() for pose in (self, *others)]
        shared = [name for name in poses[0] if all(name in pose for pose in poses)]
        return Keypoints(**{name: function(*(pose[name] for pose in poses)) for name in shared})


@dataclass(frozen=True, slots=True)
class SavedNeutral:
    """A neutral pose with what it refers to, so that another session can use it.

    Attributes:
        pose: 478 landmarks, normalised to `box`.
        box: centre x, centre y and side in pixels of the (mirrored) frame.
        size: (width, height) of the frame in pixels.
        mirror: True if the frame was mirrored.
        pack: name of the pack that detected the body.
        match: agreement with the portrait's pose, in [0, 1], if the best moment was looked for; else None.
    """

    pose: Keypoints
    box: tuple[float, float, float]
    size: tuple[int, int]
    mirror: bool
    pack: str
    match: float | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """One rendered square with the model's internal maps; a map is None when the graph does not output it.

    Attributes:
        picture: (size, size, 3) uint8 RGB; (0, 0, 3): it was not asked for.
        masks: (M, h, w) float32: weight of each motion at a pixel, the background's first.
        occlusion: (h, w) float32 in [0, 1]: 1 where the source is visible, 0 where it is inpainted.
        flow: (h, w, 2) float32: offset from a pixel to its place in the source, x then y in normalised units.
        mouth: (s, s, 3) float32: correction of the moved pixels in the driving pose's aligned mouth crop, in levels.
        eyes: (2, s, s, 3) float32: the same of the right and the left eye.
    """

    picture: Picture
    masks: Floats | None = None
    occlusion: Floats | None = None
    flow: Floats | None = None
    mouth: Floats | None = None
    eyes: Floats | None = None


class Following(Enum):
    """State of the performer's tracking."""

    SEARCHING = "searching"  # no face found yet
    TOO_SMALL = "too small"  # the face in the picture is too small to follow
    CALIBRATING = "calibrating"  # waiting for a steady frontal pose
    MATCHING = "matching"  # waiting for the moment that agrees best with the portrait's pose
    TRACKING = "tracking"
    HOLDING = "holding"  # face lost for a moment: the last pose is held
    EASING = "easing"  # face lost for longer: the portrait returns to its own pose, or has reached it
    IDLE = "idle"  # nobody is followed: the portrait shows the idle loop


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The library, device and precision that an engine really obtained; as text "onnxruntime · CPU · fp32".

    Attributes:
        library: "onnxruntime", "openvino" or "torch".
        device: the library's own name of the device, "CPU" or "CUDA"; "" before a graph was opened.
        precision: of the render graph, "fp32".
        form: form of the graphs where the library has several: "TorchScript" or "eager"; or "".
    """

    library: str
    device: str
    precision: str
    form: str = ""

    def __str__(self) -> str:
        """Return the parts for a person, joined by " · "."""
        return " · ".join(filter(None, (self.library, self.device, self.precision, self.form)))

    @property
    def off_cpu(self) -> bool:
        """True when a device of its own computes, so that the CPU is free for the next frame meanwhile."""
        return self.device not in ("", "CPU")


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Percentiles of a stage's duration over the last seconds, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


class SinkKind(Enum):
    """Kinds of sinks; a session has at most one of each. The values are keys of the statistics file."""

    RECORDER = "recorder"
    VIRTUAL_CAMERA = "virtual-camera"
    REPLAY = "replay"  # in memory


class SessionState(Enum):
    """Life cycle of a session; the values are shown to people and written to the statistics file."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING_FOR_CAMERA = "waiting for camera"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Recorded:
    """State of the open recording.

    Attributes:
        seconds: length so far, without pauses.
        paused: no pictures are recorded at the moment.
        left_s: seconds until the disk is full at the present rate; None: not known yet.
        sound: a microphone is recorded.
    """

    seconds: float
    paused: bool
    left_s: float | None
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """State and figures of a live session at one moment.

    Attributes:
        state: life cycle.
        following: state of the performer's tracking.
        camera: name of the open camera with the size and rate it delivers, or why none is open.
        camera_fps: frames the camera delivered per second.
        fps: frames rendered per second.
        stages: stage name -> times, in the order of a frame's journey.
        latency: camera timestamp to the frame handed to the sinks; None before the first frame.
        sink_latency: camera timestamp to the picture written by a sink, for each open sink that has written one.
        rendered: frames rendered since the start.
        dropped: camera frames replaced by newer ones before they were rendered.
        recorder_dropped: rendered frames the recorder could not keep.
        engine: library, device and precision in use; None before there is an engine.
        portrait: its name.
        sinks: display name of each open sink ("virtual camera (backend, device)", "recording PATH").
        failed_sinks: why each sink failed that has failed and was not opened again.
        message: one line for the person, or "".
        governor: what the governor reduces to hold the frame rate, or None for nothing.
        segments: number of parts the pack can swap, numbered from 1; 0: it cannot swap.
        microphone: name of the chosen microphone, or "".
        microphone_db: its level in dB of full scale.
        detects: the pack detects keypoints itself, so a box can be drawn around anything.
        recorded: of the open recording; None: nothing is recorded.
        performer_box: left, top and side of the square of the mirrored frames that the performer's poses are normalised
            to, in pixels; None before it is known.
    """

    state: SessionState = SessionState.STARTING
    following: Following = Following.SEARCHING
    camera: str = ""
    camera_fps: float = 0.0
    fps: float = 0.0
    stages: Mapping[str, StageTimes] = field(default_factory=dict)
    latency: StageTimes | None = None
    sink_latency: Mapping[SinkKind, StageTimes] = field(default_factory=dict)
    rendered: int = 0
    dropped: int = 0
    recorder_dropped: int = 0
    engine: EngineInfo | None = None
    portrait: str = ""
    sinks: Mapping[SinkKind, str] = field(default_factory=dict)
    failed_sinks: Mapping[SinkKind, str] = field(default_factory=dict)
    message: str = ""
    governor: Pace | None = None
    segments: int = 0
    microphone: str = ""
    microphone_db: float = -90.0
    detects: bool = False
    recorded: Recorded | None = None
    performer_box: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Amount of work per frame, one level of the governor.

    Attributes:
        preview_every: the preview gets every n-th finished frame; sinks get all.
        track_every: the performer is tracked in every n-th frame; the motion is extrapolated between.
        allow_low_precision: accept a larger deviation of the lower precision from fp32, see Engine; and landmarks as
            they are, without comparing the face with the frame.
        side_px: compose the portrait's own pixels at most so large on the shorter side, and enlarge the picture; 0: no
            limit.
    """

    preview_every: int = 1
    track_every: int = 1
    allow_low_precision: bool = False
    side_px: int = 0

    @property
    def words(self) -> str:
        """The reductions in words, for the user; "" for none."""
        reductions = [
            f"preview every {_ORDINALS[self.preview_every]} frame" if self.preview_every > 1 else "",
            "lower precision" if self.allow_low_precision else "",
            f"composed at {self.side_px} px" if self.side_px else "",
            f"tracking every {_ORDINALS[self.track_every]} frame" if self.track_every > 1 else "",
        ]
        return ", ".join(filter(None, reductions))

    def rate(self, fps: float) -> float:
        """Return previews or tracked frames per second, the smaller of the two, at `fps` finished frames."""
        return fps / max(self.preview_every, self.track_every)


_ORDINALS = {2: "2nd", 3: "3rd"}


class Aim(Enum):
    """Progress of the governor towards the wanted frame rate."""

    AIMING = "aiming at"  # a step down was taken, its effect is not measured yet
    HOLDING = "holding"
    MISSING = "not reaching"


@dataclass(frozen=True, slots=True)
class Pace:
    """The governor's line for the user; `str` gives it in English.

    Attributes:
        aim: progress towards `fps`.
        fps: the wanted frame rate.
        step: what is reduced for it.
    """

    aim: Aim
    fps: float
    step: Step

    @override
    def __str__(self) -> str:
        return ": ".join(filter(None, (f"{self.aim.value} {self.fps:.0f} fps", self.step.words)))
