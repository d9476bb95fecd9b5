"""Options of a live session and of a rendering, with their checks.

Frozen values, checked when they are made. The command line, the window and scripts make them. Any thread.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal, TypeAlias

from puppet.controls import Background, BackgroundKind, Controls, Framing, Overlay
from puppet.errors import ConfigError

DEFAULT_SIZE = (1280, 720)
SIZE_RANGE_PX = (64, 4096)
BOX_RANGE_PX = (16, 16384)
NAMED_SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "square": (1080, 1080), "vertical": (1080, 1920)}
CODECS = ("h264", "ffv1", "vp9", "prores", "png")
NO_ALPHA = (
    "--background none: recording and virtual camera cannot hold transparency; take a snapshot, or use animate with "
    "--codec vp9, prores or png"
)
ALPHA_CODECS = ("vp9", "prores", "png")
ENGINES = ("auto", "onnxruntime", "openvino", "torch")
PRECISIONS = ("auto", "fp32", "fp16", "bf16", "int8")
DEVICES = ("auto", "cpu", "cuda", "webgpu", "tensorrt-rtx", "openvino")
"""The last three are plug-ins of ONNX Runtime (puppet/engines/runtimes/plugins.py)."""

Square: TypeAlias = tuple[float, float, float]
"""Left, top and side of an upright square, in pixels."""

LIVE_CONTROLS = Controls()
OFFLINE_CONTROLS = Controls(mirror=False, smoothing=0.0, limits=False)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Engine, precision and device by name; puppet.engines.factory checks the names."""

    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"

    def __str__(self) -> str:
        """Return the names as one text, "openvino bf16 cpu"; without the device when it is "auto"."""
        return f"{self.engine} {self.precision}" + ("" if self.device == "auto" else f" {self.device}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Signs a C2PA manifest.

    Attributes:
        chain: PEM file with the certificate, then those that signed it.
        key: PEM file with the private key.
    """

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of AI-made media in the files that are written; puppet.media.mark says what it holds.

    Attributes:
        certificate: signs a C2PA manifest in addition, where the container can hold one; None: no manifest.
    """

    certificate: Certificate | None = None


MARK = Mark()

MICROPHONE_GAIN_RANGE_DB = (-30, 30)
MICROPHONE_DELAY_RANGE_MS = (-500, 1000)


@dataclass(frozen=True, slots=True)
class MicrophoneOptions:
    """The microphone of a live session.

    Attributes:
        name: the device's name, a part of it, or "default".
        gain_db: louder or quieter, in dB.
        delay_ms: plays the sound later than the picture that was captured at the same time: for cameras that deliver
            their pictures late.

    Raises:
        ConfigError: gain or delay is outside its range.
    """

    name: str = "default"
    gain_db: float = 0.0
    delay_ms: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges; NaN is outside of every range."""
        ranges = {"gain_db": MICROPHONE_GAIN_RANGE_DB, "delay_ms": MICROPHONE_DELAY_RANGE_MS}
        for name, (low, high) in ranges.items():
            if not low <= (value := getattr(self, name)) <= high:
                raise ConfigError(f"Microphone's {name} is {value:g}; expected {low} to {high}")


Quality = Literal["small", "good", "best"]


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """Options of the recordings of a live session.

    Attributes:
        quality: smaller files or better pictures.
        hardware: encode on the graphics card where a trial works.
        side_by_side: show the performer's own picture to the right of the finished one.
        replay: keep the last half minute in memory, to be saved by a key.
    """

    quality: Quality = "good"
    hardware: bool = True
    side_by_side: bool = False
    replay: bool = False


RECORDING = RecordingOptions()


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """Options of a camera: its mode, and the turn of its picture.

    Attributes:
        size: (width, height) in pixels to ask for; None: 1280x720.
        fps: frames per second to ask for.
        turned_deg: turn the picture clockwise by so many degrees.
        flip: then flip it left to right.
        exposure: exposure time in units of 0.1 ms, where the driver has it; None: automatic.
    """

    size: tuple[int, int] | None = None
    fps: int = 30
    turned_deg: Literal[0, 90, 180, 270] = 0
    flip: bool = False
    exposure: int | None = None


AS_IT_IS = CameraOptions()

OFFLINE_ENGINE = EngineOptions("onnxruntime", "fp32")
"""Exact, without a trial of which engine is fastest: offline, quality goes before speed."""


REMOTE_PORT = 8470
"""TCP port of `serve`; its page for browsers is at the next one."""


class Fallback(Enum):
    """Pictures while the machine that renders does not answer: painted here, the idle loop painted here, or none."""

    LOCAL = "local"
    REST = "rest"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class IceServer:
    """A server that helps two machines to reach one another (RFC 8445).

    Attributes:
        url: "stun:HOST:PORT", "turn:HOST:PORT" or "turns:HOST:PORT".
        user, password: for a TURN server, which relays what it cannot read.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def parse_ice(text: str) -> tuple[IceServer, ...]:
    """Read "stun:HOST:PORT" and "turn:USER:PASSWORD@HOST:PORT", separated by commas. Raises ConfigError."""
    servers = []
    for part in filter(None, text.replace(" ", "").split(",")):
        found = re.fullmatch(r"(stun|turns?):(?:([^:@]+):([^@]+)@)?([^@,/]+)", part)
        if found is None or (found[1] == "stun") == bool(found[2]):
            raise ConfigError(f'--ice "{text}": expected stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT')
        servers.append(IceServer(f"{found[1]}:{found[4]}", found[2], found[3]))
    return tuple(servers)


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Options of a live session.

    Attributes:
        camera: an index, a name, a video file, an address or "screen:X,Y,WxH"; None: the first camera, else the
            bundled clip.
        camera_options: its mode, and how its picture is turned.
        portrait: a picture file or the name of a portrait in the gallery; None: the gallery's first.
        pack: name or folder of a model pack.
        controls: controls at the start.
        framing: AUTO tracks and crops faces.
        size: (width, height) in pixels of the virtual camera and the recording, even numbers.
        engine: engine, precision and device.
        governor: hold the camera's rate, 30 fps at most, by reducing preview rate, precision, size and tracking rate.
        virtual_camera: open the virtual camera at the start.
        record: file to record to from the start, or None.
        notice: one line to show at the start, or "".
        box: square of the camera picture to animate from, in pixels, for packs that detect keypoints; None: all of it.
        others: pictures or gallery names of further portraits for a part swap.
        motion_track: .npz file for the performer's motion, or None.
        mark: marks the recording as AI-made; None: no mark.
        microphone: recorded with the picture; None: recordings are silent.
        recording: quality of recordings, and what they show.
        takes: record takes (picture, sound and motion in a folder of their own) where no file is named.
        api_port: port of the local API of a session without a window, or None.
        remote: HOST or HOST:PORT of the machine that renders; None: this one.
        fallback: pictures while that one does not answer.
        ice: STUN and TURN servers through which it is reached.
    """

    camera: str | None = None
    camera_options: CameraOptions = AS_IT_IS
    portrait: str | None = None
    pack: str = "face"
    controls: Controls = LIVE_CONTROLS
    framing: Framing = Framing.AUTO
    size: tuple[int, int] = DEFAULT_SIZE
    engine: EngineOptions = EngineOptions()
    governor: bool = True
    virtual_camera: bool = False
    record: Path | None = None
    notice: str = ""
    box: Square | None = None
    others: tuple[str, ...] = ()
    motion_track: Path | None = None
    mark: Mark | None = MARK
    microphone: MicrophoneOptions | None = None
    recording: RecordingOptions = RECORDING
    takes: bool = False
    api_port: int | None = None
    remote: str | None = None
    fallback: Fallback = Fallback.LOCAL
    ice: tuple[IceServer, ...] = ()

    def __post_init__(self) -> None:
        """Raise ConfigError when the size cannot be recorded, or the background is none and a sink is to be opened."""
        check_size(self.size)
        if self.controls.background.kind is BackgroundKind.NONE and (self.virtual_camera or self.record):
            raise ConfigError(NO_ALPHA)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Options of `serve`.

    Attributes:
        port: TCP port of the signalling; the page for browsers is at the next one.
        web: serve that page.
        sessions: clients at the same time.
        ice: STUN and TURN servers through which clients reach this machine.
        announce: let `pair` and the window find this machine in the local network.
    """

    port: int = REMOTE_PORT
    web: bool = False
    sessions: int = 1
    ice: tuple[IceServer, ...] = ()
    announce: bool = False


NEUTRALS = ("rest", "first", "best")


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Options of `animate` and `swap`.

    Attributes:
        pack: name or folder of a model pack.
        controls: no smoothing or mirror by default; poses are limited with framing AUTO, not in the papers' protocol.
        framing: NONE: both pictures are framed already and only scaled to the pack's square.
        neutral: the neutral pose: "rest" (head pose of the first frame with a face, expression as it usually is; packs
            that detect keypoints themselves take the first frame), or a driving frame: "first", "best" (the most like
            the source) or its number. None: "rest", or "first" with framing NONE, the papers' protocol.
        codec: "h264" (visually lossless), "ffv1" (lossless RGB), "vp9", "prores" or "png" (a folder of pictures).
        sound: copy the driving clip's sound.
        engine: engine, precision and device.
        box: square of the driving picture to animate from, in pixels, for packs that detect keypoints; None: all of it.
        motion_track: .npz file for the driving motion, or None.
        strict: refuse pictures and clips that are damaged or cut off, instead of using them as far as they go.
        size: (width, height) of the video in pixels, even numbers; None: with `face` packs and framing AUTO the
            portrait's own size, at most 1080 on the shorter side, else the pack's square.
        mark: marks the file as AI-made; None: no mark.
    """

    pack: str = "face"
    controls: Controls = OFFLINE_CONTROLS
    framing: Framing = Framing.AUTO
    neutral: str | int | None = None
    codec: str = "h264"
    sound: bool = True
    engine: EngineOptions = OFFLINE_ENGINE
    box: Square | None = None
    motion_track: Path | None = None
    strict: bool = False
    size: tuple[int, int] | None = None
    mark: Mark | None = MARK

    def __post_init__(self) -> None:
        """Raise ConfigError for an unknown codec or neutral frame, or a size that cannot be written."""
        if self.size is not None:
            check_size(self.size)
        if self.codec not in CODECS:
            raise ConfigError(f'--codec "{self.codec}" is unknown; known: {", ".join(CODECS)}')
        if self.controls.background.kind is BackgroundKind.NONE and self.codec not in ALPHA_CODECS:
            raise ConfigError(
                f"--background none: {self.codec} cannot hold transparency; use --codec {', '.join(ALPHA_CODECS[:-1])} "
                f"or {ALPHA_CODECS[-1]}"
            )
        known = self.neutral is None or self.neutral in NEUTRALS
        if not known and not (isinstance(self.neutral, int) and self.neutral >= 0):
            raise ConfigError(
                f'--neutral "{self.neutral}": expected {", ".join(NEUTRALS)} or the number of a frame, from 0'
            )

    @property
    def neutral_pose(self) -> str | int:
        """`neutral`, or its default for the framing."""
        if self.neutral is not None:
            return self.neutral
        return "first" if self.framing is Framing.NONE else "rest"


def parse_size(text: str) -> tuple[int, int]:
    """Read "1280x720", or one of `NAMED_SIZES`, as (width, height) in pixels; `check_size` checks the range."""
    if text.lower() in NAMED_SIZES:
        return NAMED_SIZES[text.lower()]
    width, separator, height = text.lower().partition("x")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise ConfigError(
            f'--size "{text}": expected WIDTHxHEIGHT in pixels, like 1280x720, or {", ".join(NAMED_SIZES)}'
        )
    return int(width), int(height)


def parse_background(text: str) -> Background:
    """Read "keep", "blur", "none", "#rrggbb" or the path of a picture; the picture is not opened."""
    kinds = {kind.value: kind for kind in (BackgroundKind.KEEP, BackgroundKind.BLUR, BackgroundKind.NONE)}
    if text in kinds:
        return Background(kinds[text])
    if text.startswith("#"):
        return Background(BackgroundKind.COLOUR, colour=text)
    return Background(BackgroundKind.PICTURE, picture=text)


def parse_box(text: str) -> Square:
    """Read "X,Y,SIDE": left, top and side of a square in pixels."""
    low, high = BOX_RANGE_PX
    try:
        left, top, side = (float(number) for number in text.split(","))
    except ValueError as error:
        raise ConfigError(f'--box "{text}": expected X,Y,SIDE in pixels, like 320,40,480') from error
    if not (math.isfinite(left + top) and low <= side <= high):
        raise ConfigError(f'--box "{text}": expected numbers, and a side of {low} to {high} pixels')
    return left, top, side


def parse_segments(text: str) -> tuple[int, ...]:
    """Read "2,4": numbers of segments."""
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise ConfigError(f'Segments "{text}": expected numbers, like 2,4') from error


def parse_overlay(text: str) -> Overlay:
    """Read "keypoints,flow"."""
    known = {kind.name.lower(): kind for kind in Overlay if kind.name}
    overlay = Overlay.NONE
    for name in map(str.strip, text.lower().split(",")):
        if name not in known:
            raise ConfigError(f'--overlay "{name}" is unknown; known: {", ".join(known)}')
        overlay |= known[name]
    return overlay


def parse_neutral(text: str) -> str | int:
    """Read one of `NEUTRALS` or the number of a frame; RenderOptions checks it."""
    return int(text) if text.isdecimal() else text


def check_size(size: tuple[int, int]) -> None:
    """Raise ConfigError when an output size is out of range or odd: H.264 halves the colour planes."""
    low, high = SIZE_RANGE_PX
    if not all(low <= side <= high and side % 2 == 0 for side in size):
        raise ConfigError(f"Size {size[0]}x{size[1]}: both numbers must be even and from {low} to {high}")
