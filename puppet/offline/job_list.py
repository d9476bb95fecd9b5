"""The jobs of a batch: every combination or pairs of portraits and drivers, or the rows of a job list. Any thread."""

from __future__ import annotations

import csv
import glob
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from puppet.config import RenderOptions
from puppet.errors import ConfigError, MediaError
from puppet.media.animation import holds_still
from puppet.media.files import PART
from puppet.media.formats import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from puppet.media.portrait_file import EXTENSION as PORTRAIT_EXTENSION
from puppet.media.portrait_file import holds_portrait
from puppet.motion.motion_track import EXTENSIONS as TRACK_EXTENSIONS
from puppet.motion.motion_track import holds_motion_track
from puppet.regular_files import read_regular
from puppet.schema import validate
from puppet.takes.take import is_take

PORTRAIT, DRIVING = "{portrait}", "{driving}"
"""Placeholders in the name of the output: the names of the two inputs without their extensions."""
_NAMES = f"{PORTRAIT}-{DRIVING}"
_MOST_BYTES = 64 << 20
_LIST_EXTENSIONS = (".csv", ".jsonl")
_KNOWN = (*PICTURE_SUFFIXES, PORTRAIT_EXTENSION, *VIDEO_SUFFIXES, *TRACK_EXTENSIONS)


@dataclass(frozen=True, slots=True)
class Job:
    """One video to render.

    Attributes:
        source: the portrait's picture.
        driving: the video, animation, motion track or take that moves it.
        out: the video.
        options: of this job; None: those of the batch.
    """

    source: Path
    driving: Path
    out: Path
    options: RenderOptions | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a job list, as it is written."""

    source: str
    driving: str
    out: str = ""


def is_batch(inputs: Sequence[Path], out: Path) -> bool:
    """True when a command line asks for several videos: more than two inputs, a folder, a glob or a placeholder."""
    several = len(inputs) != 2 or any(_is_folder(path) or _is_glob(path) for path in inputs)
    return several or PORTRAIT in str(out) or DRIVING in str(out)


def jobs_of(inputs: Sequence[Path], out: Path, *, pairs: bool = False, suffix: str = ".mp4") -> list[Job]:
    """Return the jobs for files, folders and globs of portraits and drivers; a file's content tells which it is.

    Args:
        inputs: single pictures and portrait files are portraits; videos, animations and motion tracks are drivers.
        out: the output's name with placeholders, or a folder.
        pairs: the first portrait with the first driver and so on, instead of every combination.
        suffix: extension of the outputs in a folder; "": they are folders.

    Raises:
        ConfigError: no portrait or no driver, unequal numbers for pairs, one output for two jobs, or a folder of
            inputs that is the outputs' folder, too.
        MediaError: an input does not exist or is neither.
    """
    sources, drivers = list[Path](), list[Path]()
    for path in _files(inputs):
        (drivers if _is_driver(path) else sources).append(path)
    if not sources or not drivers:
        missing = "portrait" if not sources else "driver"
        raise ConfigError(f"No {missing} among the inputs; give pictures, and videos or motion tracks to move them")
    if pairs and len(sources) != len(drivers):
        raise ConfigError(f"--pairs: found {len(sources)} portraits and {len(drivers)} drivers; give as many of each")
    chosen = zip(sources, drivers, strict=True) if pairs else product(sources, drivers)
    jobs = [Job(source, driving, _named(out, source, driving, suffix)) for source, driving in chosen]
    folders = {path.resolve() for path in inputs if _is_folder(path)}
    if shared := folders & {job.out.parent.resolve() for job in jobs}:
        raise ConfigError(f"{shared.pop()}: is a folder of inputs; choose another folder for the outputs")
    return checked_jobs(jobs)


def read_jobs(path: Path, out: Path | None, suffix: str = ".mp4") -> list[Job]:
    """Read a job list: CSV with the columns source, driving and out, or JSON Lines with these keys.

    Paths are relative to the list's folder. A row without `out` gets its name from `out` and `suffix`, as in `jobs_of`.

    Raises:
        ConfigError: the file cannot be read, a row is not one, or one output is named twice.
    """
    kind = path.suffix.lower()
    if kind not in _LIST_EXTENSIONS:
        raise ConfigError(f'--jobs {path}: found extension "{path.suffix}"; use one of {", ".join(_LIST_EXTENSIONS)}')
    try:
        text = read_regular(path, _MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--jobs {path}: cannot be read ({error}); choose another file") from error
    rows = _csv_rows(text) if kind == ".csv" else _json_rows(text, path)
    jobs = [
        _job(validate(_Row, row, f"{path}, line {line}", ConfigError), path.parent, out, suffix) for line, row in rows
    ]
    if not jobs:
        raise ConfigError(f"--jobs {path}: has no rows; write one for each video")
    return checked_jobs(jobs)


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    reader = csv.DictReader(text.splitlines(), restkey="more columns than the header")
    for row in reader:
        yield reader.line_num, {name: value for name, value in row.items() if value is not None}


def _json_rows(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path}, line {number}: is not JSON ({error}); write one object in each line") from error
        if not isinstance(row, dict):
            raise ConfigError(f"{path}, line {number}: is not an object; write one object in each line")
        yield number, row


def _job(row: _Row, folder: Path, out: Path | None, suffix: str) -> Job:
    source, driving = folder / row.source, folder / row.driving
    if not row.out and out is None:
        raise ConfigError(f"The row of {row.source} and {row.driving} has no out; write one, or give -o")
    return Job(source, driving, folder / row.out if row.out else _named(out or Path(), source, driving, suffix))


def _named(out: Path, source: Path, driving: Path, suffix: str) -> Path:
    """Return the name of an output, which gives names in a folder the usual form."""
    named = PORTRAIT in str(out) or DRIVING in str(out)
    pattern = out / f"{_NAMES}{suffix}" if out.is_dir() or not (out.suffix or named) else out
    return Path(str(pattern).replace(PORTRAIT, source.stem).replace(DRIVING, driving.stem))


def checked_jobs(jobs: list[Job]) -> list[Job]:
    """Return the jobs. Raises ConfigError when two have one output."""
    counts = Counter(job.out.resolve() for job in jobs)
    twice = next((out for out, count in counts.items() if count > 1), None)
    if twice is not None:
        raise ConfigError(f"{twice}: is the output of {counts[twice]} jobs; use {PORTRAIT} and {DRIVING} in its name")
    return jobs


def _files(inputs: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that the inputs stand for, in order."""
    for path in inputs:
        if _is_folder(path):
            yield from _media_in(path)
        elif _is_glob(path):
            found = sorted(glob.glob(str(path), recursive=True))
            if not found:
                raise MediaError(f"{path}: matches no file; check the pattern")
            yield from map(Path, found)
        else:
            yield path


def _media_in(folder: Path) -> list[Path]:
    files = (path for path in folder.iterdir() if is_take(path) or (path.is_file() and path.suffix.lower() in _KNOWN))
    return sorted(path for path in files if not path.name.startswith(".") and PART not in path.name)


def _is_folder(path: Path) -> bool:
    """True for a folder of inputs; a take is one input."""
    return path.is_dir() and not is_take(path)


def _is_glob(path: Path) -> bool:
    return glob.has_magic(str(path)) and not path.exists()


def _is_driver(path: Path) -> bool:
    """True for a video, an animation, a motion track and a take; for a damaged file, by its extension."""
    if is_take(path):
        return True
    try:
        return not holds_portrait(path) and (holds_motion_track(path) or not holds_still(path))
    except MediaError:
        if not path.is_file():
            raise
        return path.suffix.lower() not in (*PICTURE_SUFFIXES, PORTRAIT_EXTENSION)
