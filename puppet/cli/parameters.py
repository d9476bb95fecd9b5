"""The options that several commands share, as typer's annotations: name, range and help in one place.

None means "not given": then the command's own default counts, or what the window remembers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Avatar = Annotated[str | None, typer.Option("--avatar", metavar="IMAGE", help="A picture, or a gallery name.")]
Pack = Annotated[str, typer.Option("--pack", metavar="NAME|DIR", help="The model pack.")]
Motion = Annotated[
    Literal["relative", "absolute"] | None,
    typer.Option("--motion", help="Relative to the neutral pose (the default), or absolute.", rich_help_panel="Motion"),
]
Framing = Annotated[
    Literal["auto", "none"],
    typer.Option("--framing", help="auto: track and crop faces; none: pictures are framed already."),
]
Output = Annotated[
    Literal["crop", "full"] | None,
    typer.Option("--output", help="The model's square (the default), or pasted back into the whole picture."),
]
Mirror = Annotated[bool | None, typer.Option("--mirror/--no-mirror", help="Flip the camera picture (the default).")]
Strength = Annotated[
    float | None,
    typer.Option("--strength", min=0, max=2, help="Gain of the head's motion; 1 by default.", rich_help_panel="Motion"),
]
Mouth = Annotated[
    float | None,
    typer.Option("--mouth", min=0, max=2, help="Gain of the mouth's motion; 1 by default.", rich_help_panel="Motion"),
]
Eyes = Annotated[
    float | None,
    typer.Option("--eyes", min=0, max=2, help="Gain of lids and brows; 1 by default.", rich_help_panel="Motion"),
]
Smoothing = Annotated[
    float | None,
    typer.Option(
        "--smoothing", min=0, max=1, help="0.5 by default; 0 by default in animate.", rich_help_panel="Motion"
    ),
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Of virtual camera and recording; 1280x720 by default.")
]
Engine = Annotated[str, typer.Option("--engine", metavar="auto|onnxruntime|openvino|torch", rich_help_panel="Engine")]
Precision = Annotated[str, typer.Option("--precision", metavar="auto|fp32|fp16|bf16|int8", rich_help_panel="Engine")]
Device = Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda", rich_help_panel="Engine")]
WindowPack = Annotated[
    str | None, typer.Option("--pack", metavar="NAME|DIR", help="The model pack; by default the window's last one.")
]
WindowEngine = Annotated[
    str | None,
    typer.Option("--engine", metavar="NAME", help="By default the window's last.", rich_help_panel="Engine"),
]
WindowPrecision = Annotated[str | None, typer.Option("--precision", metavar="NAME", rich_help_panel="Engine")]
WindowDevice = Annotated[str | None, typer.Option("--device", metavar="NAME", rich_help_panel="Engine")]
Governor = Annotated[
    bool,
    typer.Option(
        "--governor/--no-governor",
        help="Hold the camera's rate, 30 fps at most, on a busy machine: preview, precision and tracking step back.",
        rich_help_panel="Engine",
    ),
]
Camera = Annotated[
    str | None,
    typer.Option(
        "--camera", metavar="INDEX|NAME|FILE", help="Default: the first camera, else the bundled clip, looped."
    ),
]
Seconds = Annotated[
    float | None, typer.Option("--seconds", min=0.1, max=1_000_000, metavar="S", help="End by itself after S seconds.")
]
Stats = Annotated[
    Path | None, typer.Option("--stats", metavar="FILE.json", help="Write what was measured, at the end.")
]

Box = Annotated[
    str | None,
    typer.Option(
        "--box",
        metavar="X,Y,SIDE",
        help="Look at this square of the driving picture, in pixels, whatever is in it; for packs that detect.",
    ),
]
Overlays = Annotated[
    str | None,
    typer.Option(
        "--overlay",
        metavar="KIND,KIND",
        help="Draw over the model's square: keypoints, masks, occlusion, flow, segments.",
        rich_help_panel="Study",
    ),
]
MotionTrack = Annotated[
    Path | None,
    typer.Option(
        "--motion-track", metavar="OUT.npz", help="Keep the motion, for animate to play.", rich_help_panel="Study"
    ),
]
Mask = Annotated[
    Literal["segments", "lips", "eyes", "brows", "skin", "hair", "head"],
    typer.Option("--mask", help="What outlines the part: the model's segments, or the face.", rich_help_panel="Swap"),
]
Hard = Annotated[bool, typer.Option("--hard", help="Masks without soft edges.", rich_help_panel="Swap")]
SourceMask = Annotated[
    bool,
    typer.Option(
        "--source-mask", help="Parts are outlined in the portrait's picture and move along.", rich_help_panel="Swap"
    ),
]
Codec = Annotated[str, typer.Option("--codec", metavar="h264|ffv1", help="Visually lossless, or lossless RGB (.mkv).")]
Sound = Annotated[bool, typer.Option("--sound/--no-sound", help="Carry the driving clip's sound over.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace OUT when it exists.")]

PackName = Annotated[str, typer.Argument(metavar="PACK", help="A pack's name or folder.")]
