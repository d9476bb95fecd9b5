"""The commands that write a video from files: animate and swap. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puppet.cli import parameters as opt
from puppet.cli.batch_command import BatchParameters, run_batch
from puppet.cli.recording_parameters import MarkParameters
from puppet.cli.typer_adapter import given, takes_options
from puppet.config import OFFLINE_CONTROLS, OFFLINE_ENGINE, RenderOptions
from puppet.controls import PartSwap
from puppet.errors import ConfigError

if TYPE_CHECKING:
    from puppet.offline.writing import Progress


@takes_options(OFFLINE_CONTROLS, OFFLINE_ENGINE)
def animate(
    *,
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SOURCE... DRIVING...",
            help="Picture to animate, and video, picture or motion track to animate it with; or several of both, "
            "folders and globs.",
        ),
    ] = None,
    batch: BatchParameters,
    video: opt.AnimatedVideoParameters,
    picture: opt.BackgroundParameters,
    motion: opt.DrivenMotionParameters,
    pack: opt.PackOption = "face",
    engine: opt.EngineParameters,
    study: opt.StudyParameters,
    mark: MarkParameters,
) -> int:
    """Animate pictures with videos: every driving frame is rendered, none dropped."""
    from puppet.offline.render import animate as render

    controls = mark.with_badge(given(OFFLINE_CONTROLS, picture, motion, study))
    options = given(RenderOptions(pack=pack, engine=given(OFFLINE_ENGINE, engine), mark=mark.mark()), video)
    options = given(replace(options, controls=controls), picture, motion, study)
    jobs = batch.chosen_jobs(inputs or [], video.out, options.codec)
    if jobs is not None:
        return run_batch(jobs, options, batch, overwrite=video.overwrite)
    assert inputs
    assert video.out is not None
    (source, driving), out = inputs, video.out
    return _render(
        "Animating",
        out,
        lambda progress: render(source, driving, out, options, overwrite=video.overwrite, progress=progress),
    )


@takes_options(OFFLINE_CONTROLS, OFFLINE_ENGINE)
def swap(
    *,
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE... TARGET", help="Pictures that give parts, then the video or picture they are put on."
        ),
    ],
    video: opt.SwapVideoParameters,
    parts: opt.SwapParameters,
    picture: opt.PictureParameters,
    pack: opt.PackOption = "parts",
    engine: opt.EngineParameters,
    study: opt.OverlayParameters,
    mark: MarkParameters,
) -> int:
    """Put parts of one or several pictures onto a video or a picture."""
    from puppet.offline.render import swap as render

    if len(sources) < 2:
        raise ConfigError("SOURCE or TARGET is missing; give at least one SOURCE, and the TARGET last")
    *sources, target = sources
    controls = replace(given(OFFLINE_CONTROLS, picture, study), swap=parts.part_swap() or PartSwap())
    controls = mark.with_badge(controls)
    options = RenderOptions(pack=pack, controls=controls, engine=given(OFFLINE_ENGINE, engine), mark=mark.mark())
    options = given(options, video, picture)
    return _render(
        "Swapping",
        video.out,
        lambda progress: render(sources, target, video.out, options, overwrite=video.overwrite, progress=progress),
    )


def _render(doing: str, out: Path, render: Callable[[Progress], int]) -> int:
    """Call `render` with a progress bar; return the exit code."""
    from puppet.cli.console import progress, tell
    from puppet.media.leftovers import recover_leftovers

    for line in recover_leftovers([out.parent]):
        tell(line)
    try:
        with progress(doing) as advance:
            frames = render(advance)
    except KeyboardInterrupt as error:
        notes = getattr(error, "__notes__", [f"{out} was not written"])
        tell(f"Stopped: {'; '.join(notes)}; the same command begins again")
        raise
    tell(f"{out}: {frames} frame{'s' * (frames != 1)}")
    return 0
