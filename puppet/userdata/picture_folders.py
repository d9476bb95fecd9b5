"""Pictures in a folder of the user's. A dead network share may block a call for minutes: use a thread of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from puppet.errors import MediaError
from puppet.media.formats import PICTURE_SUFFIXES
from puppet.media.portrait_file import EXTENSION
from puppet.userdata.gallery import GalleryItem

MOST = 2000
_SUFFIXES = (*PICTURE_SUFFIXES, EXTENSION)


def pictures_in(folder: Path) -> tuple[list[GalleryItem], bool]:
    """Return the pictures of a folder by their endings, 2 before 10, and True if there are more than MOST of them.

    No picture is opened, and no folder below it is searched.

    Raises:
        MediaError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            names = [entry.name for entry in found if entry.name.lower().endswith(_SUFFIXES)]
    except OSError as error:
        raise MediaError(f"{folder}: the folder cannot be read ({error.strerror}); plug it in, or remove it") from error
    names.sort(key=lambda name: [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name.lower())])
    items = [GalleryItem(Path(name).stem, folder / name, bundled=False, linked=True) for name in names[:MOST]]
    return items, len(names) > MOST
