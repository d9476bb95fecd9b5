"""Rendering a take again: same motion and sound, another portrait, pack, size, background or gains. Any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from puppet.config import RenderOptions
from puppet.domain import Overlay
from puppet.errors import MediaError
from puppet.media.folders import recordings_folder
from puppet.offline.job_list import Job, checked_jobs
from puppet.takes.take import Take, is_take, read_take


def find_take(name: str) -> Take:
    """Return a take by its folder, or by its name in the folder of recordings. Raises MediaError."""
    path = Path(name)
    return read_take(path if is_take(path) else recordings_folder() / name)


def recorded_options(take: Take) -> RenderOptions:
    """Return the options that render a take as it was recorded, but for the part swap, which needs the camera."""
    manifest = take.manifest
    controls = replace(manifest.controls, idle=False, swap=None, overlay=Overlay.NONE)
    return RenderOptions(pack=manifest.pack, controls=controls, size=manifest.size)


def jobs_again(
    take: Take, portraits: Sequence[Path], options: RenderOptions, out: Path | None = None, *, numbered: bool = False
) -> list[Job]:
    """Return a job for each portrait.

    Args:
        take: has motion.
        portraits: pictures or portrait files.
        options: of every job.
        out: the video, for one portrait, or a name with {portrait}, or a folder; None: beside the take's own video.
        numbered: an output that exists gets the next number that is free.

    Raises:
        ConfigError: one output for two jobs.
        MediaError: the take has no motion.
    """
    if not take.motion.exists():
        raise MediaError(f"{take.folder}: holds no motion, because no face was seen; record another take")
    pattern = out or take.folder / "take-{portrait}.mp4"
    if pattern.is_dir():
        pattern = pattern / f"{take.name}-{{portrait}}.mp4"
    named = [(path, Path(str(pattern).replace("{portrait}", path.stem))) for path in portraits]
    if numbered:
        named = [(path, _free(name)) for path, name in named]
    return checked_jobs([Job(path, take.folder, name, options) for path, name in named])


def _free(path: Path) -> Path:
    numbers = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(each for each in chain([path], numbers) if not each.exists())
