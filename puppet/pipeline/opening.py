"""From the names a person gives to a puppeteer that is ready: pack, engine, tracker. Used live, offline and by bench.

Any thread; blocks for a second or two, because it imports and warms up the libraries.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from puppet.config import OFFLINE_ENGINE, EngineOptions, Square
from puppet.domain import Framing, Picture
from puppet.engines.factory import open_engine
from puppet.errors import ConfigError, TrackingError
from puppet.geometry.crop import CropBox
from puppet.packs import open_pack
from puppet.pipeline.puppeteer import Portrait, Puppeteer
from puppet.tracking.tracker import MediaPipeTracker

_log = logging.getLogger(__name__)


def open_puppeteer(
    pack: str,
    engine: EngineOptions = OFFLINE_ENGINE,
    framing: Framing = Framing.AUTO,
    size: tuple[int, int] | None = None,
    box: Square | None = None,
) -> Puppeteer:
    """Open a pack by name or folder with the engine asked for.

    Args:
        pack: name or folder.
        engine: which engine, how exact, where.
        framing: whether faces are tracked; a pack of landmarks needs the tracker in any case.
        size: (width, height) of its pictures, or None: the model's square or the portrait's whole picture.
        box: the square of the driving picture to look at, whatever is in it: for packs that detect. Avatars are then
            framed already, and no face is looked for anywhere.

    Raises:
        ConfigError: a box for a pack of landmarks.
        PackError: unknown, damaged or too new.
        EngineError: unknown, missing or not able to run the pack.
        TrackingError: the face tracker cannot start.
    """
    found = open_pack(pack)
    opened = open_engine(found, engine)
    try:
        if box is not None and not opened.detects:
            raise ConfigError(f"--box: the pack {pack} follows a face's landmarks; a box needs a pack that detects.")
        opened.warm_up()
        framing = framing if box is None else Framing.NONE
        tracker = None if framing is Framing.NONE and opened.detects else MediaPipeTracker()
        puppeteer = Puppeteer(opened, tracker, framing=framing, size=size, pack=found.name)
        if box is not None:
            left, top, side = box
            puppeteer.choose_box(CropBox(left + side / 2 - 0.5, top + side / 2 - 0.5, side))
        return puppeteer
    except BaseException:
        opened.close()
        raise


def show_picture(puppeteer: Puppeteer, picture: Picture, name: str) -> None:
    """Analyse a portrait and make it the one that moves; a warning says when it took one of several faces.

    Raises:
        TrackingError: the picture has no face.
    """
    show_pictures(puppeteer, [(picture, name)])


def show_pictures(puppeteer: Puppeteer, pictures: Sequence[tuple[Picture, str]]) -> None:
    """The same for several, of which all but the first only give parts."""
    portraits = [_prepared(puppeteer, picture, name) for picture, name in pictures]
    puppeteer.show(portraits[0], portraits[1:])


def _prepared(puppeteer: Puppeteer, picture: Picture, name: str) -> Portrait:
    try:
        portrait = puppeteer.prepare(picture, name)
    except TrackingError as error:
        anything = " (--framing none takes any picture as it is)" if puppeteer.engine.detects else ""
        raise TrackingError(f"{name}: {error}{anything}") from error
    if portrait.faces > 1:
        _log.warning("%s: %d faces; the largest is used.", name, portrait.faces)
    return portrait
