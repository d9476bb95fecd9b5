"""The bundled portrait of several pictures, from a computed person's sheet of expressions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from puppet.media.portrait_file import Shot, write_portrait

_ROWS = ((20, 377), (468, 825), (919, 1267), (1363, 1710))  # pixels of P009's sheet, inside the white frames
_COLUMNS = ((82, 522), (679, 1119), (1280, 1720), (1878, 2318))
_CELLS = {
    "neutral": (0, 0),
    "happy": (0, 1),
    "surprised": (1, 0),
    "shocked": (3, 1),
    "exhausted": (3, 0),
    "smug": (2, 0),
    "confused": (1, 3),
    "sad": (0, 2),
    "angry": (0, 3),
    "scared": (1, 2),
    "disgusted": (1, 1),
    "flirty": (2, 1),
}
"""Row and column of each expression, the neutral one first; those with a hand or the tongue are left out."""


def write(sheet: Path, path: Path) -> None:
    """Cut the expressions out of a sheet and write them as one portrait file."""
    pixels = np.asarray(Image.open(sheet).convert("RGB"))
    shots = []
    for clip, (name, (row, column)) in enumerate(_CELLS.items()):
        (top, bottom), (left, right) = _ROWS[row], _COLUMNS[column]
        shots.append(Shot(pixels[top:bottom, left:right], clip, f"openpeople P009, {name}"))
    write_portrait(path, shots, overwrite=True)
