"""Controls: everything a user may change while a portrait is animated, with its ranges.

Frozen values without NumPy, so that the command line can read them and `--help` stays quick. `puppet.domain` passes
them on beside the other values. Any thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, Flag, auto

from puppet.errors import ConfigError

GAIN_RANGE = (0, 2)
SMOOTHING_RANGE = (0, 1)
FADE_RANGE_S = (0, 0.5)
GAINS = ("strength", "mouth", "eyes", "turn", "tilt", "shift", "brows", "gaze", "left_lid", "right_lid")
"""Fields of Controls with this range."""
BADGE_SIZE_RANGE = (0.01, 0.25)
LONGEST_BADGE = 60


class Motion(Enum):
    """Use of the performer's pose: as its change since the neutral pose, or as it is."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


class Framing(Enum):
    """AUTO: track and crop faces. NONE: the pictures are framed already."""

    AUTO = "auto"
    NONE = "none"


class Output(Enum):
    """CROP: the model's square. FULL: the square pasted back into the portrait's whole picture."""

    CROP = "crop"
    FULL = "full"


class BackgroundKind(Enum):
    """Picture behind the person."""

    KEEP = "keep"  # the portrait's own
    BLUR = "blur"  # the portrait's own, blurred
    COLOUR = "colour"
    PICTURE = "picture"  # a file
    NONE = "none"  # transparent


@dataclass(frozen=True, slots=True)
class Background:
    """The background behind the person.

    Attributes:
        kind: the portrait's own background, or what replaces it.
        colour: "#rrggbb", for COLOUR.
        picture: path of the file, for PICTURE.

    Raises:
        ConfigError: the colour is none.
    """

    kind: BackgroundKind = BackgroundKind.KEEP
    colour: str = "#00b140"
    picture: str = ""

    def __post_init__(self) -> None:
        """Check the colour."""
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.colour):
            raise ConfigError(f'Colour "{self.colour}": expected #rrggbb, like #00b140')

    def __str__(self) -> str:
        """Return the value of the option --background."""
        shown = {BackgroundKind.COLOUR: self.colour, BackgroundKind.PICTURE: self.picture}
        return shown.get(self.kind, self.kind.value)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue


KEPT_BACKGROUND = Background()


class MaskFrom(Enum):
    """Origin of a part swap's mask: the model's segments, outlines of landmarks, or selfie segmentation."""

    SEGMENTS = "segments"
    LIPS = "lips"
    EYES = "eyes"
    BROWS = "brows"
    SKIN = "skin"
    HAIR = "hair"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class PartSwap:
    """Part swap: parts of portraits shown on the performer's own picture, in place of animation.

    Attributes:
        segments: numbers of the first portrait's segments to show, from 1 (0 is the background); for mask SEGMENTS.
        mask: origin of the mask.
        hard: threshold the mask to 0 or 1; else keep it soft.
        source_mask: outline the part in the portrait's picture and move the outline; else in the performer's picture.
        others: segments of each further portrait, in order.
    """

    segments: tuple[int, ...] = ()
    mask: MaskFrom = MaskFrom.SEGMENTS
    hard: bool = False
    source_mask: bool = False
    others: tuple[tuple[int, ...], ...] = ()


class Overlay(Flag):
    """Model internals drawn onto the model's square; can be combined."""

    NONE = 0
    KEYPOINTS = auto()
    MASKS = auto()
    OCCLUSION = auto()
    FLOW = auto()
    SEGMENTS = auto()


class Parts(Enum):
    """The part of the performer's motion that the portrait repeats; for packs of landmarks."""

    ALL = "all"
    HEAD = "head"
    EXPRESSION = "expression"


class Lids(Enum):
    """Lids of both eyes: each as performed, both by their mean, or a narrowed eye closed while the other stays open."""

    EACH = "each"
    TOGETHER = "together"
    WINK = "wink"


class Corner(Enum):
    """A corner of the finished picture."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"


@dataclass(frozen=True, slots=True)
class Badge:
    """A visible label that tells viewers that the picture is AI-made.

    Attributes:
        text: one line of ASCII, which is what the bundled font has.
        corner: where it is drawn.
        size: height of a line of text, as a share of the picture's shorter side.

    Raises:
        ConfigError: the text is empty, too long or not one line, or the size is outside its range.
    """

    text: str = "Made with AI"
    corner: Corner = Corner.BOTTOM_RIGHT
    size: float = 0.04

    def __post_init__(self) -> None:
        """Check text and size."""
        if not (self.text.strip() and self.text.isprintable() and len(self.text) <= LONGEST_BADGE):
            raise ConfigError(f"Badge {self.text!r}: expected one line of 1 to {LONGEST_BADGE} characters")
        if not self.text.isascii():
            raise ConfigError(f"Badge {self.text!r}: the font has letters without accents only; use these")
        low, high = BADGE_SIZE_RANGE
        if not low <= self.size <= high:
            raise ConfigError(f"Badge size is {self.size:g}; expected {low:g} to {high:g}")


@dataclass(frozen=True, slots=True)
class Controls:
    """Settings that may change between two frames; replaced as a whole.

    Attributes:
        motion: relative to the neutral pose, or absolute.
        output: the model's square, or the portrait's whole picture.
        mirror: flip the camera picture, so that the portrait moves like a mirror image.
        strength: gain of the head's motion, 0 to 2, 1 as performed.
        mouth: gain of the mouth's motion, 0 to 2.
        eyes: gain of the eyes' and brows' motion, 0 to 2.
        smoothing: 0 (none) to 1 (heavy).
        limits: limit extreme poses, which distort the picture.
        swap: part swap; None: animate the portrait.
        overlay: model internals to draw.
        background: what is shown behind the person.
        idle: show the portrait at rest, blinking and breathing, and nothing of the performer.
        badge: visible label on the finished picture; None: no label.
        parts: head and expression, or one of them.
        turn, tilt, shift: factors of `strength`, 0 to 2: for turning, for nodding and leaning, for moving.
        brows, gaze: factors of `eyes`, 0 to 2; like `turn` to `shift` and `parts`, for packs of landmarks.
        left_lid, right_lid: factors of `eyes`, 0 to 2: for the lids of the eye on the picture's left and right.
        fade_s: seconds in which another portrait fades in, 0 to 0.5.
        lids: lids each as performed, both together, or with winks carried out fully.

    Raises:
        ConfigError: a gain or the smoothing is outside its range or not a number.
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
    background: Background = KEPT_BACKGROUND
    idle: bool = False
    badge: Badge | None = None
    parts: Parts = Parts.ALL
    turn: float = 1.0
    tilt: float = 1.0
    shift: float = 1.0
    brows: float = 1.0
    gaze: float = 1.0
    left_lid: float = 1.0
    right_lid: float = 1.0
    lids: Lids = Lids.EACH
    fade_s: float = 0.2

    def __post_init__(self) -> None:
        """Check the ranges; NaN is outside of every range."""
        ranges = dict.fromkeys(GAINS, GAIN_RANGE) | {"smoothing": SMOOTHING_RANGE, "fade_s": FADE_RANGE_S}
        for name, (low, high) in ranges.items():
            if not low <= (value := getattr(self, name)) <= high:
                raise ConfigError(f"{name} is {value:g}; expected {low} to {high}")

    @property
    def limited_to_parts(self) -> Controls:
        """The controls with gains of 0 for what `parts` leaves out."""
        if self.parts is Parts.HEAD:
            return replace(self, mouth=0.0, eyes=0.0)
        return replace(self, strength=0.0) if self.parts is Parts.EXPRESSION else self
