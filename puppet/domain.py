"""The words of Puppet: plain frozen values that travel between its parts.

Pictures are uint8 (H, W, 3) RGB everywhere; BGR exists only inside adapters. Pixel coordinates are x right, y down,
with the centre of the top-left pixel at (0, 0). Normalised coordinates are x then y in [-1, 1] over a square crop, −1
and 1 being the centres of its first and last pixels (grid_sample's align_corners=True).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, Flag, auto
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, C-contiguous."""
Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a camera.

    Attributes:
        image: (H, W, 3) uint8 RGB; never written to after the frame was made.
        captured_s: when the camera delivered it, on the monotonic clock.
        index: counts the camera's frames from 0; gaps are frames nobody took.
    """

    image: Picture
    captured_s: float
    index: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """A located face.

    Attributes:
        points: (478, 3) float32: MediaPipe's refined landmarks in pixels of the picture; z too, smaller is nearer.
    """

    points: Floats


BODY_KEYPOINTS = 10
"""How many a `face` pack finds beside the landmarks."""
CHEST = slice(3, 8)
"""Which of them lie on neck, shoulders and chest; before these come hair's, after them those of what is behind."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """What a motion model sees of a pose, normalised to its crop.

    Attributes:
        points: (K, 2) float32, x then y, in [-1, 1] inside the crop (landmarks may lie outside).
        depth: (K,) float32 in the unit of x, or None: only landmarks have it.
        jacobians: (K, 2, 2) float32, or None: first-order models.
        covariances: (K, 2, 2) float32, or None: Monkey-Net.
        segmentation: (K + 1, h, w) float32, background first, or None: co-part segmentation.
        body: (BODY_KEYPOINTS, 2) float32, or None: beside landmarks, what a `face` pack finds of shoulders and hair.
    """

    points: Floats
    depth: Floats | None = None
    jacobians: Floats | None = None
    covariances: Floats | None = None
    segmentation: Floats | None = None
    body: Floats | None = None


class Motion(Enum):
    """How the performer's pose becomes the portrait's."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


class Framing(Enum):
    """AUTO: faces are tracked and cropped. NONE: the pictures are framed already."""

    AUTO = "auto"
    NONE = "none"


class Output(Enum):
    """CROP: the model's square. FULL: pasted back into the portrait's whole picture."""

    CROP = "crop"
    FULL = "full"


class MaskFrom(Enum):
    """What says where a swapped part lies: the model's segments, landmarks' outlines, or a selfie segmentation."""

    SEGMENTS = "segments"
    LIPS = "lips"
    EYES = "eyes"
    BROWS = "brows"
    SKIN = "skin"
    HAIR = "hair"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class PartSwap:
    """Parts of the portrait on the driver's own picture, in place of animation.

    Attributes:
        segments: of the model, counted from 1 (0 is the background): what the portrait gives when `mask` is SEGMENTS.
        mask: where the parts lie.
        hard: masks are 0 or 1; else as soft as they come.
        source_mask: the part is outlined in the portrait's picture and moves along; else in the driver's.
        others: the segments that each further portrait gives, in their order.
    """

    segments: tuple[int, ...] = ()
    mask: MaskFrom = MaskFrom.SEGMENTS
    hard: bool = False
    source_mask: bool = False
    others: tuple[tuple[int, ...], ...] = ()


class Overlay(Flag):
    """What is drawn onto the model's square, for people who study the models; any of them together."""

    NONE = 0
    KEYPOINTS = auto()
    MASKS = auto()
    OCCLUSION = auto()
    FLOW = auto()
    SEGMENTS = auto()


@dataclass(frozen=True, slots=True)
class Inspection:
    """One rendered square and what the model thought about it.

    Attributes:
        picture: (size, size, 3) uint8 RGB.
        masks: (M, h, w) float32: which motion moves a place, the background's first; None: the graph does not tell.
        occlusion: (h, w) float32 in [0, 1], 1 where the source is shown; or None.
        flow: (h, w, 2) float32: how far away a place's colour comes from, x then y in normalised units; or None.
    """

    picture: Picture
    masks: Floats | None = None
    occlusion: Floats | None = None
    flow: Floats | None = None


@dataclass(frozen=True, slots=True)
class Controls:
    """What a person may change while the loop runs; replaced whole, between two frames.

    Attributes:
        motion: relative to the neutral pose, or absolute.
        output: what is shown around the model's square.
        mirror: show the portrait as a mirror would (flips the camera picture).
        strength: gain of the head's motion, 0 to 2, 1 as performed.
        mouth: gain of the mouth's motion, 0 to 2.
        eyes: gain of the eyes' and brows' motion, 0 to 2.
        smoothing: 0 (none) to 1 (heavy).
        limits: keep a wild pose from tearing the picture; on when live, off offline.
        swap: parts of the portrait on the driver's picture; None: the portrait is animated.
        overlay: what is drawn over the model's square.
    """

    motion: Motion = Motion.RELATIVE
    output: Output = Output.CROP
    mirror: bool = True
    strength: float = 1.0
    mouth: float = 1.0
    eyes: float = 1.0
    smoothing: float = 0.5
    limits: bool = True
    swap: PartSwap | None = None
    overlay: Overlay = Overlay.NONE


class Following(Enum):
    """What the portrait is doing about the performer's face."""

    SEARCHING = "searching"  # no face seen yet
    CALIBRATING = "calibrating"  # waiting for a steady frontal pose
    TRACKING = "tracking"
    HOLDING = "holding"  # face lost a moment ago: the last pose is held
    EASING = "easing"  # lost for longer: on the way to neutral, or resting there


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
    """Milliseconds a stage took over the last seconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float


class SinkKind(Enum):
    """Kinds of sinks; a session has at most one of each. The values are keys of the statistics file."""

    RECORDER = "recorder"
    VIRTUAL_CAMERA = "virtual-camera"


class SessionState(Enum):
    """Life cycle of a session; the values are shown to people and written to the statistics file."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING_FOR_CAMERA = "waiting for camera"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """State and figures of a live session at one moment.

    Attributes:
        state: life cycle.
        following: what the portrait does about the performer's face.
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
        message: one line for the person, or "".
        governor: what the governor reduces to hold the frame rate, or "" for nothing.
        segments: number of parts the pack can swap, numbered from 1; 0: it cannot swap.
        detects: the pack detects keypoints itself, so a box can be drawn around anything.
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
    message: str = ""
    governor: str = ""
    segments: int = 0
    detects: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """How much is done for each frame.

    Attributes:
        preview_every: every how many finished frames the preview gets a new one; sinks get all.
        track_every: every how many frames the performer is looked at; between, the motion goes on as it was.
        allow_low_precision: render at the lower precision also where it is visibly less exact; see Engine.
    """

    preview_every: int = 1
    track_every: int = 1
    allow_low_precision: bool = False

    @property
    def words(self) -> str:
        """What is given up, for a person; "" for nothing."""
        given_up = [
            f"preview every {_ORDINALS[self.preview_every]} frame" if self.preview_every > 1 else "",
            "lower precision" if self.allow_low_precision else "",
            f"tracking every {_ORDINALS[self.track_every]} frame" if self.track_every > 1 else "",
        ]
        return ", ".join(filter(None, given_up))

    def rate(self, fps: float) -> float:
        """Previews or looks a second, whichever are rarer, when so many frames a second are finished."""
        return fps / max(self.preview_every, self.track_every)


_ORDINALS = {2: "2nd", 3: "3rd"}
