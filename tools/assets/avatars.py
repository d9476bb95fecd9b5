"""Make the bundled portraits: the pictures in puppet/assets/avatars and avatars.toml. A developer's tool.

    python tools/assets/avatars.py FOLDER [--out puppet/assets/avatars]

FOLDER holds the CC0-1.0 portraits of faker-js/assets-person-portrait (512 x 512), as faker_female_N.jpg and
faker_male_N.jpg. Photographs are cropped to head and shoulders so that the face's landmarks span about half the
picture's height; the painting is one of them repainted by painting.py; the drawing is drawn by drawing.py; the
astronaut comes with scikit-image. Needs the app's own packages, scikit-image and Pillow.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from drawing import draw
from numpy.typing import NDArray
from painting import paint
from PIL import Image
from skimage.data import astronaut

SIDE_PX = 512
FACE_SHARE = 0.48  # of the picture's height, where the original has enough around the face
FAKER = "faker-js/assets-person-portrait"


@dataclass(frozen=True)
class Portrait:
    """One entry of the list: a file name, what a person reads, and where the picture comes from."""

    file: str
    title: str
    kind: str
    licence: str
    source: str
    original: str = ""


def photo(file: str, title: str, original: str, kind: str = "photograph") -> Portrait:
    """A CC0 portrait, cropped."""
    return Portrait(file, title, kind, "CC0-1.0", f"{FAKER}, {original.removeprefix('faker_')}, cropped", original)


PAINTED = "faker_male_59.jpg"
# The order is that of the keys 1 to 9, and the first six are what the contact sheet shows by default.
PORTRAITS = (
    photo("vera.jpg", "Vera", "faker_female_68.jpg"),
    photo("jonas.jpg", "Jonas", "faker_male_32.jpg"),
    Portrait(
        "painting.jpg", "Oil painting", "painting", "CC0-1.0", f"{FAKER}, male_59.jpg, repainted by Puppet", PAINTED
    ),
    photo("amara.jpg", "Amara", "faker_female_67.jpg"),
    Portrait("drawing.png", "Drawing", "drawing", "CC0-1.0", "drawn by Puppet (tools/assets/drawing.py)"),
    photo("kenji.jpg", "Kenji", "faker_male_95.jpg"),
    photo("nina.jpg", "Nina", "faker_female_99.jpg"),
    photo("samuel.jpg", "Samuel", "faker_male_36.jpg"),
    photo("maria.jpg", "Maria", "faker_female_18.jpg"),
    Portrait(
        "astronaut.jpg", "Astronaut", "photograph", "public domain", "NASA, Eileen Collins; scikit-image, astronaut.png"
    ),
)


def main() -> None:
    """Make every picture and the list."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for portrait in PORTRAITS:
        _save(_picture(portrait, arguments.folder), arguments.out / portrait.file)
    (arguments.out / "avatars.toml").write_text(_listing(), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the bundled portraits.")
    parser.add_argument("folder", type=Path, help="the CC0 originals, faker_*.jpg")
    parser.add_argument("--out", type=Path, default=Path("puppet/assets/avatars"))
    return parser.parse_args()


def _picture(portrait: Portrait, folder: Path) -> NDArray[np.uint8]:
    """The finished (SIDE_PX, SIDE_PX, 3) RGB picture."""
    if portrait.kind == "drawing":
        return draw(SIDE_PX)
    original = np.asarray(Image.open(folder / portrait.original).convert("RGB")) if portrait.original else astronaut()
    picture = _head_and_shoulders(original)
    return paint(picture) if portrait.kind == "painting" else picture


def _head_and_shoulders(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The square in which the face's landmarks span FACE_SHARE of the height, as far as the picture reaches."""
    x, y, height = _face(picture)
    side = int(min(height / FACE_SHARE, *picture.shape[:2]))
    left = int(np.clip(x - side / 2, 0, picture.shape[1] - side))
    top = int(np.clip(y - 0.53 * side, 0, picture.shape[0] - side))
    square = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LANCZOS4), np.uint8)


def _face(picture: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Centre x, centre y and height of the face's landmarks in pixels."""
    with mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True) as mesh:
        faces = mesh.process(picture).multi_face_landmarks
    points = np.array([(p.x * picture.shape[1], p.y * picture.shape[0]) for p in faces[0].landmark])
    low, high = points.min(axis=0), points.max(axis=0)
    return float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2), float(high[1] - low[1])


def _save(picture: NDArray[np.uint8], path: Path) -> None:
    if path.suffix == ".png":
        Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    else:
        Image.fromarray(picture).save(path, quality=90, subsampling=0, optimize=True)


def _listing() -> str:
    """Return avatars.toml; no value contains a character that TOML has to escape."""
    fields = ("file", "title", "kind", "licence", "source")
    entries = ("\n".join(f'{name} = "{getattr(portrait, name)}"' for name in fields) for portrait in PORTRAITS)
    return "".join(f"[[avatar]]\n{entry}\n\n" for entry in entries).rstrip("\n") + "\n"


if __name__ == "__main__":
    main()
