"""Make the bundled portraits: the pictures in puppet/assets/avatars and avatars.toml. A developer's tool.

    PYTHONPATH=. python tools/assets/avatars.py FOLDER [--out puppet/assets/avatars]

FOLDER holds the originals: `openpeople`, the folder of that name in openpeople==0.1.2 from PyPI; faker_male_59.jpg,
which is male/512/59.jpg of faker-js/assets-person-portrait; The-Laughing-Cavalier.jpg, which is in data/images of
TMElyralab/MuseV. Photographs are cropped so that the face's landmarks span
about half the picture's height; the painting is one of them repainted by painting.py; the drawing is drawn by
drawing.py. Needs Puppet's own packages. The painting takes minutes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import several
from drawing import draw
from painting import paint
from PIL import Image

from puppet.domain import Picture
from puppet.media.portrait_file import EXTENSION
from puppet.tracking.tracker import largest_face

SIDE_PX = 1280
QUALITY = 84
FACE_SHARE = 0.48  # of the picture's height, where the original has enough around the face
FACE_HEIGHT = 0.55  # of the face's middle, from the top: room for hair
WIDE, WIDE_PX = 1.65, 1024  # width by height, and height


@dataclass(frozen=True)
class Portrait:
    """One entry of the list: a file name, the words shown, and the origin of the picture."""

    file: str
    title: str
    kind: str
    licence: str
    source: str
    original: str = ""
    wide: bool = False
    whole: bool = False


def computed(file: str, title: str, person: str, picture: str, *, wide: bool = False) -> Portrait:
    """Return the entry of a computed person of OpenPeople."""
    original = f"openpeople/data/curated/{person}/assets/{picture}.jpg"
    source = f"openpeople 0.1.2 (PyPI, Prompt-Haus/OpenPeople), {person}/assets/{picture}.jpg, cropped"
    return Portrait(file, title, "photograph", "MIT", source, original, wide)


# The order is that of the keys 1 to 9, and the first six are what the contact sheet shows by default.
PORTRAITS = (
    computed("vera.jpg", "Vera", "P002", "studio_portrait"),
    computed("elias.jpg", "Elias", "P005", "studio_portrait"),
    Portrait(
        "painting.jpg",
        "Oil painting",
        "painting",
        "CC0-1.0",
        "faker-js/assets-person-portrait, male_59.jpg, repainted by Puppet",
        "faker_male_59.jpg",
    ),
    computed("priya.jpg", "Priya", "P006", "amateur_selfie"),
    Portrait("drawing.png", "Drawing", "drawing", "CC0-1.0", "drawn by Puppet (tools/assets/drawing.py)"),
    computed("samuel.jpg", "Samuel", "P007", "studio_portrait"),
    computed("salma.jpg", "Salma", "P010", "studio_portrait"),
    computed("jonas.jpg", "Jonas", "P008", "studio_portrait"),
    computed("nina.jpg", "Nina", "P001", "amateur_selfie", wide=True),
    computed("amara.jpg", "Amara", "P009", "studio_portrait"),
    Portrait(
        "cavalier.jpg",
        "Cavalier",
        "painting",
        "public domain",
        "Frans Hals, 1624; photograph in TMElyralab/MuseV (MIT), data/images/The-Laughing-Cavalier.jpg",
        "The-Laughing-Cavalier.jpg",
        whole=True,
    ),
    computed("amara.portrait", "Amara in 12 pictures", "P009", "emotions_sheet"),
)


def main() -> None:
    """Make every picture and the list."""
    parser = argparse.ArgumentParser(description="Make the bundled portraits.")
    parser.add_argument("folder", type=Path, help="the originals")
    parser.add_argument("--out", type=Path, default=Path("puppet/assets/avatars"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for portrait in PORTRAITS:
        if portrait.file.endswith(EXTENSION):
            several.write(arguments.folder / portrait.original, arguments.out / portrait.file)
            continue
        _save(_picture(portrait, arguments.folder), arguments.out / portrait.file)
    (arguments.out / "avatars.toml").write_text(_listing(), encoding="utf-8")


def _picture(portrait: Portrait, folder: Path) -> Picture:
    """Return the finished RGB picture."""
    if portrait.kind == "drawing":
        return draw(SIDE_PX)
    original = Image.open(folder / portrait.original).convert("RGB")
    if portrait.whole:
        return np.asarray(original)
    if portrait.kind == "painting":
        return paint(np.asarray(_around_face(original, 1).resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)))
    cropped = _around_face(original, WIDE if portrait.wide else 1)
    cropped.thumbnail(
        (round(WIDE * WIDE_PX), WIDE_PX) if portrait.wide else (SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS
    )
    return np.asarray(cropped)


def _around_face(picture: Image.Image, aspect: float) -> Image.Image:
    """Return the rectangle in which the face spans FACE_SHARE of the height, as far as the picture reaches."""
    points = largest_face(np.asarray(picture))[0].points[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low + high) / 2
    height = int(min((high[1] - low[1]) / FACE_SHARE, picture.height, picture.width / aspect))
    width = int(height * aspect)
    left = int(np.clip(x - width / 2, 0, picture.width - width))
    top = int(np.clip(y - FACE_HEIGHT * height, 0, picture.height - height))
    return picture.crop((left, top, left + width, top + height))


def _save(picture: Picture, path: Path) -> None:
    if path.suffix == ".png":
        Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    else:
        Image.fromarray(picture).save(path, quality=QUALITY, subsampling=0, optimize=True)


def _listing() -> str:
    """Return avatars.toml; no value contains a character that TOML has to escape."""
    fields = ("file", "title", "kind", "licence", "source")
    entries = ("\n".join(f'{name} = "{getattr(portrait, name)}"' for name in fields) for portrait in PORTRAITS)
    return "".join(f"[[avatar]]\n{entry}\n\n" for entry in entries).rstrip("\n") + "\n"


if __name__ == "__main__":
    main()
