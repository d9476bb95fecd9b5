"""The commands that write a video from files: animate and swap. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puppet.cli import parameters as opt

if TYPE_CHECKING:
    from puppet.domain import Overlay
    from puppet.offline.render import Progress

_INTERRUPTED = 130
_Out = Annotated[Path, typer.Option("-o", metavar="OUT.mp4", help="The video to write: .mp4, .mkv or .mov.")]


def animate(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The picture to move.")],
    driving: Annotated[Path, typer.Argument(metavar="DRIVING", help="The video that moves it, or a motion track.")],
    out: _Out,
    pack: opt.Pack = "face",
    motion: opt.Motion = None,
    neutral: Annotated[
        str,
        typer.Option(
            "--neutral", metavar="first|best|N", help="The driving frame taken as neutral.", rich_help_panel="Motion"
        ),
    ] = "first",
    framing: opt.Framing = "auto",
    box: opt.Box = None,
    output: opt.Output = None,
    codec: opt.Codec = "h264",
    sound: opt.Sound = True,
    strength: opt.Strength = None,
    mouth: opt.Mouth = None,
    eyes: opt.Eyes = None,
    smoothing: opt.Smoothing = None,
    overlay: opt.Overlays = None,
    motion_track: opt.MotionTrack = None,
    overwrite: opt.Overwrite = False,
    engine: opt.Engine = "onnxruntime",
    precision: opt.Precision = "fp32",
    device: opt.Device = "auto",
) -> int:
    """Animate a picture with a video: every driving frame is rendered, none dropped."""
    from puppet.config import OFFLINE_CONTROLS, EngineOptions, RenderOptions, changed, parse_box, parse_neutral
    from puppet.domain import Framing
    from puppet.offline.render import animate as render

    controls = changed(OFFLINE_CONTROLS, motion, output, None, strength, mouth, eyes, smoothing)
    options = RenderOptions(
        pack=pack,
        controls=replace(controls, overlay=_overlay(overlay)),
        framing=Framing(framing),
        neutral=parse_neutral(neutral),
        codec=codec,
        sound=sound,
        engine=EngineOptions(engine, precision, device),
        box=None if box is None else parse_box(box),
        motion_track=motion_track,
    )
    return _finish(
        "Animating",
        out,
        lambda progress: render(source, driving, out, options, overwrite=overwrite, progress=progress),
    )


def swap(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE... TARGET", help="Who gives parts, and to whom.")],
    out: _Out,
    pack: opt.Pack = "parts",
    segments: Annotated[
        list[str] | None,
        typer.Option("--segments", metavar="2,4", help="What SOURCE gives; several sources: once for each."),
    ] = None,
    mask: opt.Mask = "segments",
    hard: opt.Hard = False,
    source_mask: opt.SourceMask = False,
    framing: opt.Framing = "auto",
    box: opt.Box = None,
    output: opt.Output = None,
    codec: opt.Codec = "h264",
    sound: opt.Sound = True,
    overlay: opt.Overlays = None,
    overwrite: opt.Overwrite = False,
    engine: opt.Engine = "onnxruntime",
    precision: opt.Precision = "fp32",
    device: opt.Device = "auto",
) -> int:
    """Put parts of one or several pictures onto a video or a picture, with a co-part segmentation pack."""
    from puppet.config import OFFLINE_CONTROLS, EngineOptions, RenderOptions, parse_box, parse_swap
    from puppet.domain import Framing, Output, PartSwap
    from puppet.errors import ConfigError
    from puppet.offline.render import swap as render

    if len(sources) < 2:
        raise ConfigError("swap: give at least one SOURCE, and the TARGET last.")
    *givers, target = sources
    controls = replace(
        OFFLINE_CONTROLS,
        output=Output(output or "crop"),
        swap=parse_swap(segments or (), mask, hard, source_mask) or PartSwap(),
        overlay=_overlay(overlay),
    )
    options = RenderOptions(
        pack=pack,
        controls=controls,
        framing=Framing(framing),
        codec=codec,
        sound=sound,
        engine=EngineOptions(engine, precision, device),
        box=None if box is None else parse_box(box),
    )
    return _finish(
        "Swapping",
        out,
        lambda progress: render(givers, target, out, options, overwrite=overwrite, progress=progress),
    )


def _overlay(text: str | None) -> Overlay:
    from puppet.config import parse_overlay
    from puppet.domain import Overlay

    return Overlay.NONE if text is None else parse_overlay(text)


def _finish(doing: str, out: Path, render: Callable[[Progress], int]) -> int:
    """Run it with a progress bar; the exit code."""
    from puppet.cli.console import progress, tell

    try:
        with progress(doing) as advance:
            frames = render(advance)
    except KeyboardInterrupt:
        tell(f"Stopped: {out} was not written.")
        return _INTERRUPTED
    tell(f"{out}: {frames} frame{'s' * (frames != 1)}.")
    return 0
