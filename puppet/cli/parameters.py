"""Options that several commands share, each declared once; for `takes_options`. A class's docstring titles its panel.

None means "not given". Parsers import what they need when they run, so that `--help` answers at once.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from puppet import config
from puppet.cli.typer_adapter import option
from puppet.controls import (
    GAIN_RANGE,
    SMOOTHING_RANGE,
    Background,
    BackgroundKind,
    Framing,
    MaskFrom,
    Motion,
    Output,
    Overlay,
    PartSwap,
)


def ice_option() -> Any:
    """Return the field of the STUN and TURN servers, an option at both ends."""
    text = "STUN and TURN servers to reach the other machine through: stun:HOST:PORT, turn:USER:PASSWORD@HOST:PORT."
    return option("--ice", "URL[,URL]", text, parser=config.parse_ice, shown="none")


SIZES = "|".join(["WxH", *config.NAMED_SIZES])


def _pack_option(shown: str | bool) -> Any:
    return typer.Option(
        "--pack", metavar="NAME|DIR", help="The model pack.", show_default=shown, rich_help_panel="Model and engine"
    )


PackOption = Annotated[str, _pack_option(True)]
LastPackOption = Annotated[str | None, _pack_option("last used")]
RecordedPackOption = Annotated[str | None, _pack_option("as recorded")]
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="Name or folder of a pack.")]


def known_camera(which: str) -> str:
    """Return the name of a camera that exists; a file in its place can be played. Raises CameraError."""
    from puppet.cameras.opening import camera_opener

    opener = camera_opener(which)
    if Path(which).is_file():
        opener().close()
    return which


def known_portrait(name: str) -> str:
    """Return the name of a portrait that exists. Raises ConfigError with the known names."""
    from puppet.userdata.gallery import Gallery

    Gallery().find(name)
    return name


def known_background(text: str) -> Background:
    """Return what is shown behind the person; a picture can be read. Raises ConfigError, MediaError."""
    background = config.parse_background(text)
    if background.kind is BackgroundKind.PICTURE:
        from puppet.media.pictures import read_picture

        read_picture(Path(background.picture))
    return background


def writable_file(name: str) -> Path:
    """Return the path of a file that can be written and may be replaced. Raises MediaError."""
    from puppet.media.files import check_output

    check_output(Path(name), (), overwrite=True)
    return Path(name)


def writable_picture(name: str) -> Path:
    """Return the path of a picture that can be written and may be replaced. Raises MediaError."""
    from puppet.media.files import PICTURE_EXTENSIONS, check_output

    check_output(Path(name), PICTURE_EXTENSIONS, overwrite=True)
    return Path(name)


@dataclass(frozen=True, slots=True)
class CameraParameters:
    """Camera and portrait."""

    camera: str | None = option(
        "--camera",
        "INDEX|NAME|FILE|ADDRESS",
        "The camera; or a file that is played in a loop, the address of a phone's camera, or screen:X,Y,WxH.",
        parser=known_camera,
        shown="the first camera, else the bundled clip",
    )
    mirror: bool | None = option("--mirror/--no-mirror", None, "Flip the camera picture, as a mirror does.")
    portrait: str | None = option(
        "--avatar",
        "IMAGE",
        "The portrait: a picture file, or a name in the gallery.",
        parser=known_portrait,
        shown="the gallery's first",
    )


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """Picture."""

    framing: Framing = option(
        "--framing", None, "auto: track and crop faces; none: both pictures are framed already.", default=Framing.AUTO
    )
    box: config.Square | None = option(
        "--box",
        "X,Y,SIDE",
        "Animate from this square of the driving picture, in pixels; for packs that detect.",
        parser=config.parse_box,
        shown=False,
    )
    output: Output | None = option(
        "--output", None, "crop: the model's square; full: the square pasted back into the whole picture."
    )


@dataclass(frozen=True, slots=True)
class BackgroundParameters(PictureParameters):
    """Picture."""

    background: Background | None = option(
        "--background",
        "keep|blur|#rrggbb|FILE|none",
        "Behind the person: the portrait's own background, the same blurred, a colour, a picture, or nothing.",
        parser=known_background,
        shown="keep",
    )


@dataclass(frozen=True, slots=True)
class MotionParameters:
    """Motion."""

    motion: Motion | None = option(
        "--motion", None, "relative: apply the change since the neutral pose; absolute: apply the pose as it is."
    )
    strength: float | None = option("--strength", "F", "Gain of the head's motion.", within=GAIN_RANGE)
    mouth: float | None = option("--mouth", "F", "Gain of the mouth's motion.", within=GAIN_RANGE)
    eyes: float | None = option("--eyes", "F", "Gain of the eyelids' and brows' motion.", within=GAIN_RANGE)
    smoothing: float | None = option("--smoothing", "F", "Smoothing of the motion; 0: none.", within=SMOOTHING_RANGE)


@dataclass(frozen=True, slots=True)
class EngineParameters:
    """Model and engine."""

    engine: str | None = option("--engine", "|".join(config.ENGINES), "auto: the fastest here, measured once.")
    precision: str | None = option("--precision", "|".join(config.PRECISIONS), "Precision of the model.")
    device: str | None = option("--device", "|".join(config.DEVICES), "auto: a GPU where there is one.")


@dataclass(frozen=True, slots=True)
class DrivenMotionParameters(MotionParameters):
    """Motion."""

    neutral: str | int | None = option(
        "--neutral",
        "rest|first|best|N",
        "Neutral pose. rest: the head as in the first frame with a face, lids, brows and mouth as they usually are; or "
        "one frame: the first, the most like SOURCE, or its number.",
        parser=config.parse_neutral,
        shown="rest; first with --framing none",
    )


@dataclass(frozen=True, slots=True)
class SessionParameters:
    """Session."""

    size: tuple[int, int] | None = option(
        "--size",
        SIZES,
        "Size of the virtual camera and the recording, in pixels.",
        parser=config.parse_size,
        shown="{}x{}".format(*config.DEFAULT_SIZE),
    )
    governor: bool = option(
        "--governor/--no-governor",
        None,
        "Reduce preview rate, precision, size and tracking rate to hold the camera's rate, 30 fps at most.",
        default=True,
    )
    remote: str | None = option(
        "--remote", "HOST[:PORT]", "Render on another machine, where `puppet serve` runs.", shown=False
    )
    fallback: config.Fallback | None = option(
        "--fallback",
        None,
        "While that machine does not answer: paint here, paint the idle loop here, or hold the last picture.",
        shown="local",
    )
    ice: tuple[config.IceServer, ...] | None = ice_option()
    seconds: float | None = option("--seconds", "S", "Stop after S seconds.", within=(0.1, 1_000_000), shown=False)
    stats: Path | None = option(
        "--stats",
        "FILE.json",
        "Write frame rate, drops and times of every stage to this file at the end.",
        parser=writable_file,
        shown=False,
    )


@dataclass(frozen=True, slots=True)
class WindowParameters(SessionParameters):
    """Session."""

    screenshot: Path | None = option(
        "--screenshot", "FILE.png", "Save a picture of the window at the end.", parser=writable_picture, shown=False
    )


@dataclass(frozen=True, slots=True)
class SinkParameters:
    """Sinks."""

    virtual_camera: bool = option("--virtual-camera", None, "Show the picture to other programs.", default=False)
    record: Path | None = option("--record", "OUT.mp4", "Record to a new file.")
    api_port: int | None = option(
        "--api-port", "PORT", "Let programs that were allowed in the window control the session.", within=(1024, 65535)
    )


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """Video."""

    out: Path = option(
        "-o", "OUT.mp4", "The video to write: .mp4, .mkv or .mov; see --codec for others.", default=MISSING
    )
    codec: str = option(
        "--codec",
        "|".join(config.CODECS),
        "h264: visually lossless; ffv1: lossless RGB, for .mkv. With transparency: vp9, for .webm and .mkv; prores, "
        "for .mov; png: OUT is a folder.",
        default="h264",
    )
    sound: bool = option("--sound/--no-sound", None, "Copy the driving clip's sound.", default=True)
    overwrite: bool = option("--overwrite", None, "Replace OUT when it exists.", default=False)
    strict: bool = option(
        "--strict", None, "Refuse damaged files, instead of using them as far as they go.", default=False
    )


@dataclass(frozen=True, slots=True)
class SwapVideoParameters(VideoParameters):
    """Video."""

    out: Path = option(
        "-o", "OUT", "The video to write: .mp4, .mkv or .mov; for a picture as TARGET .png or .jpg.", default=MISSING
    )


@dataclass(frozen=True, slots=True)
class AnimatedVideoParameters(VideoParameters):
    """Video."""

    out: Path | None = option(  # type: ignore[assignment] # a job list may name the outputs
        "-o",
        "OUT.mp4",
        "The video to write: .mp4, .mkv or .mov; for several a folder, or a name with {portrait} and {driving}.",
        shown=False,
    )
    size: tuple[int, int] | None = option(
        "--size",
        SIZES,
        "Size of the video, in pixels.",
        parser=config.parse_size,
        shown="the portrait's own, 1080 on the shorter side at most; with --framing none the pack's square",
    )


@dataclass(frozen=True, slots=True)
class AgainVideoParameters(VideoParameters):
    """Video."""

    out: Path | None = option(  # type: ignore[assignment] # beside the take's own video
        "-o",
        "OUT.mp4",
        "The video to write, or a folder, or a name with {portrait}.",
        shown="take-PORTRAIT.mp4 in the take's folder",
    )
    size: tuple[int, int] | None = option(
        "--size", SIZES, "Size of the video, in pixels.", parser=config.parse_size, shown="as recorded"
    )


@dataclass(frozen=True, slots=True)
class OverlayParameters:
    """Study of the model."""

    overlay: Overlay | None = option(
        "--overlay",
        "KIND,KIND",
        "Draw over the model's square: keypoints, masks, occlusion, flow, segments.",
        parser=config.parse_overlay,
    )


@dataclass(frozen=True, slots=True)
class StudyParameters(OverlayParameters):
    """Study of the model."""

    motion_track: Path | None = option("--motion-track", "OUT.npz", "Save a motion track that `animate` can replay.")


@dataclass(frozen=True, slots=True)
class SwapParameters:
    """Part swap."""

    segments: list[str] | None = option(
        "--segments", "2,4", "Segments that SOURCE gives, by number; with several sources, one option for each."
    )
    mask: MaskFrom = option(
        "--mask", None, "Outline of the parts: the model's segments, or parts of the face.", default=MaskFrom.SEGMENTS
    )
    hard: bool = option("--hard", None, "Masks without soft edges.", default=False)
    source_mask: bool = option(
        "--source-mask", None, "Take the outline from the portrait's picture and move it along.", default=False
    )

    def part_swap(self) -> PartSwap | None:
        """Return the swap that was asked for; None without segments and with the model's own masks."""
        if not self.segments and self.mask is MaskFrom.SEGMENTS:
            return None
        first, *others = map(config.parse_segments, self.segments) if self.segments else [()]
        return PartSwap(first, self.mask, self.hard, self.source_mask, tuple(others))


@dataclass(frozen=True, slots=True)
class LiveSwapParameters(SwapParameters):
    """Part swap."""

    segments: list[str] | None = option(
        "--swap", "2,4", "Put these segments of the portrait on the camera picture; once more for each --other."
    )
    others: list[str] | None = option("--other", "IMAGE", "A further portrait that gives parts.")

    def other_portraits(self) -> tuple[str, ...]:
        """Return the names of the further portraits. Raises ConfigError when one does not exist."""
        return tuple(map(known_portrait, self.others or ()))
