"""Options that several commands share, each declared once: name, range, help and panel; for `takes_options`.

None means "not given". Parsers import what they need when they run, so that `--help` answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from puppet.config import DEFAULT_SIZE, Square, parse_box, parse_overlay, parse_segments, parse_size
from puppet.controls import GAIN_RANGE, SMOOTHING_RANGE, Framing, MaskFrom, Motion, Output, Overlay, PartSwap

_MODEL = "Model and engine"
_STUDY = "Study of the model"


def known_camera(which: str) -> str:
    """Return the name of a camera that exists; a file in its place can be played. Raises CameraError."""
    from puppet.cameras.opening import camera_opener

    opener = camera_opener(which)
    if Path(which).is_file():
        opener().close()
    return which


def known_portrait(name: str) -> str:
    """Return the name of a portrait that exists. Raises ConfigError with the known names."""
    from puppet.gallery import Gallery

    Gallery().find(name)
    return name


def writable_file(name: str) -> Path:
    """Return the path of a file that can be written and may be replaced. Raises MediaError."""
    return _writable(name, ())


def writable_picture(name: str) -> Path:
    """Return the path of a picture that can be written and may be replaced. Raises MediaError."""
    from puppet.media.files import PICTURE_EXTENSIONS

    return _writable(name, PICTURE_EXTENSIONS)


def _writable(name: str, extensions: tuple[str, ...]) -> Path:
    from puppet.media.files import check_output

    path = Path(name)
    check_output(path, extensions, overwrite=True)
    return path


@dataclass(frozen=True, slots=True)
class CameraParameters:
    """Camera and portrait of a live session."""

    panel: ClassVar[str] = "Camera and portrait"

    camera: Annotated[
        str | None,
        typer.Option(
            "--camera",
            metavar="INDEX|NAME|FILE",
            parser=known_camera,
            help="The camera, or a file that is played in its place, in a loop.",
            show_default="the first camera, else the bundled clip",
        ),
    ] = None
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Flip the camera picture, as a mirror does.")
    ] = None
    portrait: Annotated[
        str | None,
        typer.Option(
            "--avatar",
            metavar="IMAGE",
            parser=known_portrait,
            help="The portrait: a picture file, or a name in the gallery.",
            show_default="the gallery's first",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """Input and output picture of the model."""

    panel: ClassVar[str] = "Picture"

    framing: Annotated[
        Framing,
        typer.Option("--framing", help="auto: track and crop faces; none: both pictures are framed already."),
    ] = Framing.AUTO
    box: Annotated[
        Square | None,
        typer.Option(
            "--box",
            metavar="X,Y,SIDE",
            parser=parse_box,
            help="Animate from this square of the driving picture, in pixels; for packs that detect keypoints.",
            show_default=False,
        ),
    ] = None
    output: Annotated[
        Output | None,
        typer.Option("--output", help="crop: the model's square; full: pasted back into the whole picture."),
    ] = None


@dataclass(frozen=True, slots=True)
class MotionParameters:
    """Motion transfer."""

    panel: ClassVar[str] = "Motion"

    motion: Annotated[
        Motion | None, typer.Option("--motion", help="Relative to the neutral pose, or the performer's pose itself.")
    ] = None
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength", metavar="F", min=GAIN_RANGE[0], max=GAIN_RANGE[1], help="Gain of the head's motion."
        ),
    ] = None
    mouth: Annotated[
        float | None,
        typer.Option("--mouth", metavar="F", min=GAIN_RANGE[0], max=GAIN_RANGE[1], help="Gain of the mouth's motion."),
    ] = None
    eyes: Annotated[
        float | None,
        typer.Option("--eyes", metavar="F", min=GAIN_RANGE[0], max=GAIN_RANGE[1], help="Gain of eyelids and brows."),
    ] = None
    smoothing: Annotated[
        float | None,
        typer.Option(
            "--smoothing",
            metavar="F",
            min=SMOOTHING_RANGE[0],
            max=SMOOTHING_RANGE[1],
            help="Smoothing of the motion; 0: none.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class EngineParameters:
    """Inference engine; the names are checked where engines are opened."""

    panel: ClassVar[str] = _MODEL

    engine: Annotated[
        str | None,
        typer.Option(
            "--engine", metavar="auto|onnxruntime|openvino|torch", help="auto: the fastest here, measured once."
        ),
    ] = None
    precision: Annotated[
        str | None, typer.Option("--precision", metavar="auto|fp32|fp16|bf16|int8", help="Precision of the model.")
    ] = None
    device: Annotated[
        str | None, typer.Option("--device", metavar="auto|cpu|cuda", help="auto: a GPU where there is one.")
    ] = None


@dataclass(frozen=True, slots=True)
class SessionParameters:
    """Size, speed and end of a live session."""

    panel: ClassVar[str] = "Session"

    size: Annotated[
        tuple[int, int] | None,
        typer.Option(
            "--size",
            metavar="WxH",
            parser=parse_size,
            help="Size of the virtual camera and the recording, in pixels.",
            show_default="{}x{}".format(*DEFAULT_SIZE),
        ),
    ] = None
    governor: Annotated[
        bool,
        typer.Option(
            "--governor/--no-governor",
            help="Reduce preview rate, precision and tracking rate to hold the camera's rate, 30 fps at most.",
        ),
    ] = True
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", min=0.1, max=1_000_000, metavar="S", help="Stop after S seconds.", show_default=False
        ),
    ] = None
    stats: Annotated[
        Path | None,
        typer.Option(
            "--stats",
            metavar="FILE.json",
            parser=writable_file,
            help="Write frame rate, drops and times of every stage to this file at the end.",
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class SinkParameters:
    """Sinks that a live session opens at its start."""

    panel: ClassVar[str] = "Sinks"

    virtual_camera: Annotated[bool, typer.Option("--virtual-camera", help="Show the picture to other programs.")] = (
        False
    )
    record: Annotated[
        Path | None, typer.Option("--record", metavar="OUT.mp4", help="Record to a new file.", show_default=False)
    ] = None


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """Video that a rendering writes."""

    panel: ClassVar[str] = "Video"

    out: Annotated[Path, typer.Option("-o", metavar="OUT.mp4", help="The video to write: .mp4, .mkv or .mov.")]
    codec: Annotated[
        str,
        typer.Option("--codec", metavar="h264|ffv1", help="h264: visually lossless; ffv1: lossless RGB, for .mkv."),
    ] = "h264"
    sound: Annotated[bool, typer.Option("--sound/--no-sound", help="Copy the driving clip's sound.")] = True
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT when it exists.")] = False


@dataclass(frozen=True, slots=True)
class SwapParameters:
    """Part swap."""

    panel: ClassVar[str] = "Part swap"

    segments: Annotated[
        list[str] | None,
        typer.Option(
            "--segments",
            metavar="2,4",
            help="Segments that SOURCE gives, by number; with several sources, one option for each.",
            show_default=False,
        ),
    ] = None
    mask: Annotated[
        MaskFrom, typer.Option("--mask", help="Outline of the parts: the model's segments, or parts of the face.")
    ] = MaskFrom.SEGMENTS
    hard: Annotated[bool, typer.Option("--hard", help="Masks without soft edges.")] = False
    source_mask: Annotated[
        bool,
        typer.Option("--source-mask", help="Take the outline from the portrait's picture and move it along."),
    ] = False

    def part_swap(self) -> PartSwap | None:
        """Return the swap that was asked for; None without segments and with the model's own masks."""
        if not self.segments and self.mask is MaskFrom.SEGMENTS:
            return None
        first, *others = map(parse_segments, self.segments) if self.segments else [()]
        return PartSwap(first, self.mask, self.hard, self.source_mask, tuple(others))


@dataclass(frozen=True, slots=True)
class LiveSwapParameters(SwapParameters):
    """Part swap in a live session, from the portrait and further ones."""

    segments: Annotated[
        list[str] | None,
        typer.Option(
            "--swap",
            metavar="2,4",
            help="Put these segments of the portrait on the camera picture; once more for each --other.",
            show_default=False,
        ),
    ] = None
    others: Annotated[
        list[str] | None,
        typer.Option("--other", metavar="IMAGE", help="A further portrait that gives parts.", show_default=False),
    ] = None

    def other_portraits(self) -> tuple[str, ...]:
        """Return the names of the further portraits. Raises ConfigError when one does not exist."""
        return tuple(map(known_portrait, self.others or ()))


_PACK = typer.Option("--pack", metavar="NAME|DIR", help="The model pack.", rich_help_panel=_MODEL)
PackOption = Annotated[str, _PACK]
LastPackOption = Annotated[str | None, _PACK]
OverlayOption = Annotated[
    Overlay | None,
    typer.Option(
        "--overlay",
        metavar="KIND,KIND",
        parser=parse_overlay,
        help="Draw over the model's square: keypoints, masks, occlusion, flow, segments.",
        show_default=False,
        rich_help_panel=_STUDY,
    ),
]
MotionTrackOption = Annotated[
    Path | None,
    typer.Option(
        "--motion-track",
        metavar="OUT.npz",
        help="Save a motion track that `animate` can replay.",
        show_default=False,
        rich_help_panel=_STUDY,
    ),
]
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="Name or folder of a pack.")]
