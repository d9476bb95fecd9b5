"""Writing a clip as a folder of PNG files, one for each frame, with transparency. A writer belongs to one thread."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

from PIL import Image
from typing_extensions import override

from puppet.config import Mark
from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.files import check_folder, unfinished_name, whole_folder
from puppet.media.mark import picture_options

_DIGITS = 6


class FolderWriter(AbstractContextManager["FolderWriter"]):
    """Writes frames as 000000.png, 000001.png and so on; the folder appears when it is complete.

    Attributes:
        path: the folder.
        saved: the folder, once the writer is closed; None: there is none.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, mark: Mark | None = None) -> None:
        """Begin a folder.

        Args:
            path: the folder; its parent exists.
            overwrite: replace a folder that holds nothing but such frames.
            mark: marks every picture as AI-made; None: no mark.

        Raises:
            MediaError: see `check_frames_folder`, or the parent cannot be written.
        """
        check_frames_folder(path, overwrite=overwrite)
        self.path = path
        self.saved: Path | None = None
        self._options = picture_options(".png") if mark else {}
        self._count = 0
        self._opened = ExitStack()
        try:
            self._part = self._opened.enter_context(whole_folder(path))
        except OSError as error:
            raise self._failure(error) from error

    def write(self, picture: Picture, time_s: float) -> None:
        """Append (H, W, 3) or (H, W, 4) uint8; the time is not kept. Raises MediaError when the disk is full."""
        try:
            Image.fromarray(picture).save(self._part / _name(self._count), compress_level=3, **self._options)
        except OSError as error:
            raise self._failure(error) from error
        self._count += 1

    def discard(self) -> None:
        """Remove what was written. Safe to call twice."""
        self._opened.pop_all().__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    @override
    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None:
            self._keep_unfinished()
            self.discard()
            return
        try:
            if self.path.is_dir():
                shutil.rmtree(self.path)
            self._opened.close()
            self.saved = self.path if self.path.is_dir() else None
        except OSError as cause:
            raise self._failure(cause) from cause

    def _keep_unfinished(self) -> None:
        """Keep the pictures that were written under another name."""
        kept = unfinished_name(self.path)
        with suppress(OSError):
            if self._count and not kept.exists():
                self._part.rename(kept)
                self.saved = kept

    def _failure(self, error: OSError) -> MediaError:
        return MediaError(f"{self.path}: cannot be written ({error.strerror}); choose another folder")


def check_frames_folder(path: Path, *, overwrite: bool) -> None:
    """Check that frames can be written to a folder.

    Raises:
        MediaError: it has an extension, exists and may not be replaced, holds other files, or its parent is missing.
    """
    if path.suffix:
        raise MediaError(f"{path}: png writes a folder of pictures; give a name without an extension")
    check_folder(path.absolute().parent)
    if not path.exists():
        return
    if not path.is_dir():
        raise MediaError(f"{path}: is a file; give the name of a folder")
    entries = sorted(entry.name for entry in path.iterdir())
    if entries and not overwrite:
        raise MediaError(f"{path}: exists already; choose another name, or give --overwrite")
    if entries != [_name(index) for index in range(len(entries))]:
        raise MediaError(f"{path}: holds other files; choose another name")


def _name(index: int) -> str:
    return f"{index:0{_DIGITS}}.png"
