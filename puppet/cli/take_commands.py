"""The commands about takes: list them, and render them again. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from puppet.cli import parameters as opt
from puppet.cli.batch_command import BatchParameters, run_batch
from puppet.cli.recording_parameters import MarkParameters
from puppet.cli.typer_adapter import given, takes_options
from puppet.config import OFFLINE_ENGINE
from puppet.errors import ConfigError


def takes_list() -> int:
    """List the takes in the folder of recordings, the newest first."""
    from puppet.cli.console import table, tell
    from puppet.takes.take import list_takes, recover_takes

    for line in recover_takes():
        tell(line)
    takes, problems = list_takes()
    for line in problems:
        tell(line)
    if not takes:
        tell("No take yet; record one in the window, or with `live --take`")
        return 0
    rows = []
    for take in takes:
        facts = take.manifest
        sound, again = "sound" if facts.sound else "silent", str(len(take.renderings()))
        rows.append((take.name, f"{facts.seconds:.0f} s", facts.portrait, facts.pack, sound, again))
    table(("name", "length", "portrait", "pack", "", "rendered again"), rows)
    return 0


@takes_options(unset="as recorded")
def takes_render(
    *,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="TAKE PORTRAIT...", help="A take, by name or folder, and pictures or gallery names."),
    ],
    batch: BatchParameters,
    video: opt.AgainVideoParameters,
    picture: opt.BackgroundParameters,
    motion: opt.MotionParameters,
    pack: opt.RecordedPackOption = None,
    engine: opt.EngineParameters,
    mark: MarkParameters,
) -> int:
    """Render a take again with other portraits: same motion, same times, same sound."""
    from puppet.offline.again import find_take, jobs_again, recorded_options
    from puppet.userdata.gallery import Gallery

    name, *portraits = inputs
    if not portraits:
        raise ConfigError("PORTRAIT is missing; name a take, then one or several pictures")
    if batch.jobs is not None or batch.pairs:
        raise ConfigError("--jobs and --pairs belong to animate; name the portraits")
    take, gallery = find_take(name), Gallery()
    options = recorded_options(take)
    controls = mark.with_badge(given(options.controls, picture, motion))
    options = replace(options, controls=controls, engine=given(OFFLINE_ENGINE, engine), mark=mark.mark())
    options = given(replace(options, pack=pack or options.pack), video)
    paths = [gallery.find(portrait).path for portrait in portraits]
    jobs = jobs_again(take, paths, options, video.out)
    return run_batch(jobs, options, batch, overwrite=video.overwrite)
