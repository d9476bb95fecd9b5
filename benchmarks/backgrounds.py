"""Quality of the background behind a person: LPIPS inside a hole whose content is known.

    python -m benchmarks.backgrounds FOLDER... --lpips FILE [--pictures N] [--aside SHARE] [--sheet OUT.png]

The person of each picture is cut out. The silhouette of the person of another picture, moved aside, is cut out as
well; both are painted over together, as if nothing were known there. What the second silhouette hides beside the first
is known, and scored: LPIPS (AlexNet), the mean over these pixels, at 640 pixels. By how far the silhouette is moved
decides how far from known background pixels are scored; a head that turns uncovers about an eighth of the width.
Compared are push and pull on a pyramid of 256 pixels (the background that `face` graphs compute), the soft fill, patch
search, and the mixture of the last two that is used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.command_line import exit_code
from puppet.cli.console import log_to_stderr, table
from puppet.compositing.cutout import cut_out
from puppet.compositing.inpainting import patch_fill, soft_fill, spread
from puppet.compositing.mixed_fill import mixed_fill
from puppet.domain import Floats, Picture
from puppet.errors import ConfigError, MediaError, TrackingError
from puppet.geometry.crop import face_box
from puppet.geometry.face_mesh import OVAL
from puppet.media.pictures import read_picture, write_picture
from puppet.tracking.tracker import largest_face
from puppet.training.evaluation.metrics import Lpips

_SCORED_SIDE_PX = 640
_PUSH_PULL_PX = 256
_LEAST_SCORED, _LEAST_KNOWN = 0.03, 0.12  # of the picture
_CELL_PX = 200
_KINDS = ("push and pull", "soft", "patches", "mixed")


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A picture with a hole.

    Attributes:
        name: of the file.
        pixels: (h, w, 3).
        person: (h, w) bool: what stands before the background, and a margin.
        scored: (h, w) bool: hidden background.
    """

    name: str
    pixels: Picture
    person: NDArray[np.bool_]
    scored: NDArray[np.bool_]


def run(
    folders: Annotated[list[Path], typer.Argument(help="Folders of portraits; subfolders are read.")],
    lpips: Annotated[Path, typer.Option("--lpips", help="LPIPS weights (AlexNet), .npz.")],
    pictures: Annotated[int, typer.Option("--pictures", help="Number of portraits.", min=2)] = 24,
    aside: Annotated[
        float, typer.Option("--aside", help="Shift of the second silhouette, a share of the width.", min=0.05, max=0.5)
    ] = 0.125,
    sheet: Annotated[Path | None, typer.Option("--sheet", help="Contact sheet, .png.")] = None,
) -> None:
    """Compare the ways to paint over a person."""
    log_to_stderr(False)
    metric = Lpips(lpips)
    rows, cells = list[list[float]](), list[Picture]()
    cases = _cases(folders, pictures, aside)
    if not cases:
        raise ConfigError("The folders hold no portraits with enough background; give others")
    for case in cases:
        fills = _fills(case)
        rows.append([_distance(metric, case, fill) for fill in fills])
        hole = np.where(case.scored[..., None], np.array([255, 0, 255], np.uint8), case.pixels)
        cells.append(np.hstack([_cell(picture) for picture in (case.pixels, hole, *fills)]))
    means = np.mean(rows, 0)
    named = [(case.name, *(f"{value:.3f}" for value in row)) for case, row in zip(cases, rows, strict=True)]
    table(("portrait", *_KINDS), [*named, ("mean", *(f"{value:.4f}" for value in means))])
    table(
        ("mixed against", "ratio"),
        [(kind, f"×{means[3] / value:.3f}") for kind, value in zip(_KINDS[:3], means[:3], strict=True)],
    )
    if sheet is not None:
        write_picture(sheet, np.vstack(cells), overwrite=True)


def _cases(folders: Sequence[Path], count: int, aside: float) -> list[_Case]:
    """Return the pictures, evenly chosen, each with the silhouette of another one."""
    found = sorted(path for folder in folders for path in folder.rglob("*.jpg"))
    mattes = [cut for path in found[:: max(1, len(found) // count)] if (cut := _cut(path)) is not None]
    cases = []
    for index, (name, pixels, matte) in enumerate(mattes):
        height, width = matte.shape
        step = round(aside * width) * (1 if index % 2 else -1)
        other = cv2.resize(mattes[(index * 7 + 5) % len(mattes)][2], (width, height))
        moved = cv2.warpAffine(other, np.array([[1, 0, step], [0, 1, 0]], np.float32), (width, height)) > 0
        margin = 2 * max(2, max(height, width) // 96) + 1
        person = cv2.dilate((matte > 0).astype(np.uint8), np.ones((margin, margin))) > 0
        scored = moved & ~person
        if scored.mean() >= _LEAST_SCORED and (~(person | moved)).mean() >= _LEAST_KNOWN:
            cases.append(_Case(name, pixels, person, scored))
    return cases


def _cut(path: Path) -> tuple[str, Picture, NDArray[np.uint8]] | None:
    try:
        picture = read_picture(path)
        face, _ = largest_face(picture)
    except (MediaError, TrackingError):
        return None
    cutout = cut_out(picture, face_box(face).within(picture), face.points[OVAL, :2])
    return None if cutout is None else (path.stem, cutout.region.pixels(picture), cutout.matte)


def _fills(case: _Case) -> list[Picture]:
    """Return the picture painted over in each way, with its person."""
    hole = (case.person | case.scored).astype(np.uint8)
    soft = soft_fill(case.pixels, hole)
    searched = (fill(case.pixels, hole) for fill in (patch_fill, mixed_fill))
    fills = [_push_and_pull(case.pixels, hole), soft, *(soft if fill is None else fill for fill in searched)]
    return [np.where(case.person[..., None], case.pixels, fill) for fill in fills]


def _push_and_pull(pixels: Picture, hole: NDArray[np.uint8]) -> Picture:
    height, width = hole.shape
    size = (_PUSH_PULL_PX, _PUSH_PULL_PX)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    empty = cv2.dilate(cv2.resize(hole, size, interpolation=cv2.INTER_NEAREST), np.ones((3, 3)))
    filled = np.where(empty[..., None] > 0, spread(small, 1 - empty.astype(np.float32)), small)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255)
    return np.where(hole[..., None] > 0, large, pixels).astype(np.uint8)


def _distance(metric: Lpips, case: _Case, fill: Picture) -> float:
    size = _reduced_size(case.pixels.shape[1], case.pixels.shape[0])
    scored = cv2.resize(case.scored.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return float(metric.distance(_reduced(fill, size), _reduced(case.pixels, size))[scored].mean())


def _reduced_size(width: int, height: int) -> tuple[int, int]:
    zoom = min(1.0, _SCORED_SIDE_PX / max(width, height))
    return round(width * zoom), round(height * zoom)


def _reduced(picture: Picture, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def _cell(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, (_CELL_PX, _CELL_PX), interpolation=cv2.INTER_AREA), np.uint8)


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
