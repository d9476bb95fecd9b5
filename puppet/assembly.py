"""From the names a person gives to a puppeteer that is ready: pack, engine, tracker. Used live, offline and by bench.

Any thread; blocks for a second or two, because it imports and warms up the libraries.
"""

from __future__ import annotations

import logging

from puppet.config import EngineOptions
from puppet.domain import Framing, Picture
from puppet.engines.choose import open_engine
from puppet.errors import TrackingError
from puppet.packs import open_pack
from puppet.puppeteer import Puppeteer
from puppet.tracking import FaceTracker, FixedBoxTracker, MediaPipeTracker

_log = logging.getLogger(__name__)


def open_puppeteer(pack: str, engine: EngineOptions, framing: Framing, size: tuple[int, int] | None) -> Puppeteer:
    """Open a pack by name or folder with the engine asked for.

    Args:
        pack: name or folder.
        engine: which engine, how exact, where.
        framing: whether faces are tracked; a pack of landmarks needs the tracker in any case.
        size: (width, height) of its pictures, or None: the model's square or the avatar's whole picture.

    Raises:
        PackError: unknown, damaged or too new.
        EngineError: unknown, missing or not able to run the pack.
        TrackingError: the face tracker cannot start.
    """
    opened = open_engine(open_pack(pack), engine.engine, engine.precision, engine.device)
    try:
        opened.warm_up()
        tracker: FaceTracker = FixedBoxTracker() if framing is Framing.NONE and opened.detects else MediaPipeTracker()
        return Puppeteer(opened, tracker, framing=framing, size=size)
    except BaseException:
        opened.close()
        raise


def show_picture(puppeteer: Puppeteer, picture: Picture, name: str) -> None:
    """Analyse a portrait and make it the one that moves; a warning says when it took one of several faces.

    Raises:
        TrackingError: the picture has no face.
    """
    try:
        avatar = puppeteer.prepare(picture, name)
    except TrackingError as error:
        raise TrackingError(f"{name}: {error}") from error
    if avatar.faces > 1:
        _log.warning("%s: %d faces; the largest is used.", name, avatar.faces)
    puppeteer.show(avatar)
