"""Options of the commands and their checks.

Frozen values, checked once when they are made; only main.py and the window make them. Any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from puppet.domain import Controls, Framing, MaskFrom, Motion, Output, Overlay, PartSwap
from puppet.errors import ConfigError

DEFAULT_SIZE = (1280, 720)
SIZE_RANGE_PX = (64, 4096)
GAIN_RANGE = (0.0, 2.0)
SMOOTHING_RANGE = (0.0, 1.0)
SMALLEST_BOX_PX, LARGEST_BOX_PX = 16, 16384
CODECS = ("h264", "ffv1")

Square: TypeAlias = tuple[float, float, float]
"""Left, top and side of an upright square, in pixels."""

LIVE_CONTROLS = Controls()
OFFLINE_CONTROLS = Controls(mirror=False, smoothing=0.0, limits=False)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Which engine computes, how exactly and where; names are checked where engines are opened."""

    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"


OFFLINE_ENGINE = EngineOptions("onnxruntime", "fp32")
"""Nobody waits for a frame offline: the exact one, and no trial of what is fastest."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a live session begins.

    Attributes:
        camera: an index, a name or a video file; None: the first camera, else the bundled clip.
        portrait: a picture file or the name of a portrait in the gallery; None: the gallery's first.
        pack: the name or the folder of a model pack.
        controls: what can be changed while it runs.
        framing: whether faces are tracked and cropped.
        size: (width, height) in pixels of the virtual camera and the recording, even numbers.
        engine: which engine renders.
        governor: hold the camera's rate, 30 fps at most, by giving up a little of preview, precision and tracking.
        virtual_camera: open the virtual camera at the start.
        record: the file to record to from the start, or None.
        notice: one line to show the person at the start, or "".
        box: left, top and side in pixels of the square of the camera's picture to look at, for packs that detect.
        others: pictures or gallery names of further portraits that give parts.
        motion_track: the .npz to keep the performer's motion in, or None.
    """

    camera: str | None = None
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

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        check_controls(self.controls)
        check_size(self.size)


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How `animate` renders a driving clip.

    Attributes:
        pack: the name or the folder of a model pack.
        controls: no smoothing, limits or mirror by default.
        framing: NONE: both pictures are framed already and only scaled to the pack's square.
        neutral: which driving frame is the neutral pose: "first", "best" (the most like the source) or its number.
        codec: "h264" (visually lossless) or "ffv1" (lossless RGB).
        sound: carry the driving clip's sound over.
        engine: which engine renders.
        box: left, top and side in pixels of the square of the driving picture to look at, for packs that detect.
        motion_track: the .npz to keep the driving motion in, or None.
    """

    pack: str = "face"
    controls: Controls = OFFLINE_CONTROLS
    framing: Framing = Framing.AUTO
    neutral: str | int = "first"
    codec: str = "h264"
    sound: bool = True
    engine: EngineOptions = OFFLINE_ENGINE
    box: Square | None = None
    motion_track: Path | None = None

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        check_controls(self.controls)
        if self.codec not in CODECS:
            raise ConfigError(f'--codec "{self.codec}" is unknown; known: {", ".join(CODECS)}.')
        if self.neutral not in ("first", "best") and not (isinstance(self.neutral, int) and self.neutral >= 0):
            raise ConfigError(
                f'--neutral "{self.neutral}" must be first, best or the number of a frame, counted from 0.'
            )


def parse_size(text: str) -> tuple[int, int]:
    """Read "1280x720"; the size itself is checked where options are made."""
    width, separator, height = text.lower().partition("x")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise ConfigError(f'--size "{text}" must be WIDTHxHEIGHT in pixels, like 1280x720.')
    return int(width), int(height)


def parse_box(text: str) -> Square:
    """Read "X,Y,SIDE": the left, the top and the side in pixels of a square."""
    try:
        left, top, side = (float(number) for number in text.split(","))
    except ValueError as error:
        raise ConfigError(f'--box "{text}" must be X,Y,SIDE in pixels, like 320,40,480.') from error
    if not (math.isfinite(left + top + side) and SMALLEST_BOX_PX <= side <= LARGEST_BOX_PX):
        raise ConfigError(f'--box "{text}": the side must be from {SMALLEST_BOX_PX} to {LARGEST_BOX_PX} pixels.')
    return left, top, side


def parse_swap(segments: Sequence[str], mask: str, hard: bool, source_mask: bool) -> PartSwap | None:
    """What to swap; None without segments and with no other mask.

    Args:
        segments: "2,4" for each source in turn.
        mask: the name of a MaskFrom.
        hard: masks are 0 or 1.
        source_mask: they lie on the source.
    """
    if not segments and mask == MaskFrom.SEGMENTS.value:
        return None
    try:
        given = [tuple(int(number) for number in text.split(",")) for text in segments] or [()]
    except ValueError as error:
        raise ConfigError(f'--segments "{" ".join(segments)}" must be numbers, like 2,4.') from error
    return PartSwap(given[0], MaskFrom(mask), hard, source_mask, tuple(given[1:]))


def parse_overlay(text: str) -> Overlay:
    """Read "keypoints,flow"."""
    overlay = Overlay.NONE
    for name in text.lower().split(","):
        known = {kind.name.lower(): kind for kind in Overlay if kind.name}
        if name.strip() not in known:
            raise ConfigError(f'--overlay "{name.strip()}" is unknown; known: {", ".join(known)}.')
        overlay |= known[name.strip()]
    return overlay


def parse_neutral(text: str) -> str | int:
    """Read "first", "best" or a frame's number; checked where options are made."""
    return int(text) if text.isdecimal() else text


def changed(
    base: Controls,
    motion: str | None,
    output: str | None,
    mirror: bool | None,
    strength: float | None,
    mouth: float | None,
    eyes: float | None,
    smoothing: float | None,
) -> Controls:
    """`base` with what was given on the command line; None leaves a control as it is."""
    return Controls(
        motion=base.motion if motion is None else Motion(motion),
        output=base.output if output is None else Output(output),
        mirror=base.mirror if mirror is None else mirror,
        strength=base.strength if strength is None else strength,
        mouth=base.mouth if mouth is None else mouth,
        eyes=base.eyes if eyes is None else eyes,
        smoothing=base.smoothing if smoothing is None else smoothing,
        limits=base.limits,
        swap=base.swap,
        overlay=base.overlay,
    )


def check_controls(controls: Controls) -> None:
    """Raise ConfigError when a gain is outside its range or not a number."""
    for name in ("strength", "mouth", "eyes"):
        _check_number(name, getattr(controls, name), GAIN_RANGE)
    _check_number("smoothing", controls.smoothing, SMOOTHING_RANGE)


def check_size(size: tuple[int, int]) -> None:
    """Raise ConfigError when an output size is out of range or odd: H.264 halves the colour planes."""
    low, high = SIZE_RANGE_PX
    if not all(low <= side <= high and side % 2 == 0 for side in size):
        raise ConfigError(f"size {size[0]}x{size[1]}: both numbers must be even and from {low} to {high}.")


def _check_number(name: str, value: float, allowed: tuple[float, float]) -> None:
    if not (math.isfinite(value) and allowed[0] <= value <= allowed[1]):
        raise ConfigError(f"{name} {value:g}: must be from {allowed[0]:g} to {allowed[1]:g}.")
