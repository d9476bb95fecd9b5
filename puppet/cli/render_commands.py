"""The commands that write a video from files: animate and swap. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puppet.cli.adapter import given, takes_options
from puppet.cli.parameters import (
    EngineParameters,
    MotionParameters,
    MotionTrackOption,
    OverlayOption,
    PackOption,
    PictureParameters,
    SwapParameters,
    VideoParameters,
)
from puppet.config import OFFLINE_CONTROLS, OFFLINE_ENGINE, RenderOptions, parse_neutral
from puppet.controls import Overlay, PartSwap
from puppet.errors import ConfigError

if TYPE_CHECKING:
    from puppet.offline.render import Progress

_INTERRUPTED = 130


@takes_options(OFFLINE_CONTROLS, OFFLINE_ENGINE)
def animate(
    *,
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Picture to animate.")],
    driving: Annotated[Path, typer.Argument(metavar="DRIVING", help="Video to animate it with, or a motion track.")],
    video: VideoParameters,
    picture: PictureParameters,
    motion: MotionParameters,
    neutral: Annotated[
        str,
        typer.Option(
            "--neutral",
            metavar="first|best|N",
            help="Driving frame with the neutral pose: the first with a face, the most like SOURCE, or its number.",
            rich_help_panel=MotionParameters.panel,
        ),
    ] = "first",
    pack: PackOption = "face",
    engine: EngineParameters,
    overlay: OverlayOption = None,
    motion_track: MotionTrackOption = None,
) -> int:
    """Animate a picture with a video: every driving frame is rendered, none dropped."""
    from puppet.offline.render import animate as render

    options = RenderOptions(
        pack=pack,
        controls=replace(given(OFFLINE_CONTROLS, picture, motion), overlay=overlay or Overlay.NONE),
        neutral=parse_neutral(neutral),
        engine=given(OFFLINE_ENGINE, engine),
        motion_track=motion_track,
    )
    options = given(options, picture, video)
    return _render(
        "Animating",
        video.out,
        lambda progress: render(source, driving, video.out, options, overwrite=video.overwrite, progress=progress),
    )


@takes_options(OFFLINE_CONTROLS, OFFLINE_ENGINE)
def swap(
    *,
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE... TARGET", help="Source images, then the target video or image."),
    ],
    video: VideoParameters,
    parts: SwapParameters,
    picture: PictureParameters,
    pack: PackOption = "parts",
    engine: EngineParameters,
    overlay: OverlayOption = None,
) -> int:
    """Put parts of one or several pictures onto a video or a picture."""
    from puppet.offline.render import swap as render

    if len(sources) < 2:
        raise ConfigError("swap: give at least one SOURCE, and the TARGET last")
    *sources, target = sources
    options = RenderOptions(
        pack=pack,
        controls=replace(
            given(OFFLINE_CONTROLS, picture), swap=parts.part_swap() or PartSwap(), overlay=overlay or Overlay.NONE
        ),
        engine=given(OFFLINE_ENGINE, engine),
    )
    options = given(options, picture, video)
    return _render(
        "Swapping",
        video.out,
        lambda progress: render(sources, target, video.out, options, overwrite=video.overwrite, progress=progress),
    )


def _render(doing: str, out: Path, render: Callable[[Progress], int]) -> int:
    """Call `render` with a progress bar; return the exit code."""
    from puppet.cli.console import progress, tell

    try:
        with progress(doing) as advance:
            frames = render(advance)
    except KeyboardInterrupt:
        tell(f"Stopped: {out} was not written")
        return _INTERRUPTED
    tell(f"{out}: {frames} frame{'s' * (frames != 1)}")
    return 0
