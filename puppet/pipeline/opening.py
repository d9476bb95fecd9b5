"""Opens pack, engine and tracker by name and puts a puppeteer together; for live, offline and bench.

Any thread; blocks for a second or two, because libraries are imported and warmed up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from puppet.concurrency.shared_work import share
from puppet.config import OFFLINE_ENGINE, EngineOptions, Square
from puppet.domain import Framing, Picture
from puppet.engines.factory import open_engine
from puppet.errors import ConfigError, TrackingError
from puppet.geometry.crop import CropBox
from puppet.media.portrait_file import Shot
from puppet.packs import Pack, open_pack
from puppet.pipeline.layered_portraits import LayeredPortraits, OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait
from puppet.tracking.tracker import FaceTracker, MediaPipeTracker

_log = logging.getLogger(__name__)


class OpenedPack:
    """A pack with engine, face tracker and layers, of which one puppeteer after the other is made; one at a time."""

    def __init__(
        self, pack: str, engine: EngineOptions, framing: Framing, box: Square | None, own_pixels: OwnPixels
    ) -> None:
        """Open the pack; arguments and errors as of `open_puppeteer`."""
        found = open_pack(pack)
        self._pack, self._box, self._own_pixels = found.name, box, own_pixels
        self._framing = framing if box is None else Framing.NONE
        self._layers = LayeredPortraits(own_pixels)
        self._tracker: FaceTracker | None = None
        jobs: list[Callable[[], None]] = [partial(self._open_engine, found, engine)]
        if self._framing is not Framing.NONE:
            jobs.append(self._open_tracker)
        try:
            share(jobs, lambda job, _worker: job())
            if box is not None and not self._engine.detects:
                raise ConfigError(
                    f"--box: the pack {pack} uses face landmarks; choose a pack that detects keypoints itself"
                )
            if self._tracker is None and not self._engine.detects:
                self._open_tracker()
        except BaseException:
            if hasattr(self, "_engine"):
                self._engine.close()
            raise

    def _open_engine(self, pack: Pack, options: EngineOptions) -> None:
        self._engine = open_engine(pack, options)
        self._engine.warm_up()

    def _open_tracker(self) -> None:
        self._tracker = MediaPipeTracker()

    def puppeteer(self, size: tuple[int, int] | None) -> Puppeteer:
        """Return a puppeteer that knows no performer and no portrait; it takes the place of the one made before."""
        if self._tracker is not None:
            self._tracker.reset()
        puppeteer = Puppeteer(
            self._engine,
            self._tracker,
            framing=self._framing,
            size=size,
            pack=self._pack,
            own_pixels=self._own_pixels,
        )
        puppeteer.layers = self._layers
        if self._box is not None:
            left, top, side = self._box
            puppeteer.choose_box(CropBox(left + side / 2 - 0.5, top + side / 2 - 0.5, side))
        return puppeteer

    def puppeteers(self, count: int) -> Iterator[Puppeteer]:
        """Yield puppeteers that share the engine, each with its own tracker and layers; not two may paint at once."""
        yield self.puppeteer(None)
        for _ in range(count - 1):
            tracker = MediaPipeTracker() if self._tracker is not None else None
            yield Puppeteer(
                self._engine,
                tracker,
                framing=self._framing,
                size=None,
                pack=self._pack,
                own_pixels=self._own_pixels,
            )

    def close(self) -> None:
        """Release everything; puppeteers that were made cannot be used afterwards."""
        self.puppeteer(None).close()


def open_puppeteer(
    pack: str,
    engine: EngineOptions = OFFLINE_ENGINE,
    framing: Framing = Framing.AUTO,
    size: tuple[int, int] | None = None,
    box: Square | None = None,
    own_pixels: OwnPixels = OwnPixels.NEVER,
) -> Puppeteer:
    """Open a pack with an engine and a face tracker.

    Args:
        pack: name or folder.
        engine: engine, precision and device.
        framing: AUTO tracks faces; a pack of landmarks needs the tracker in any case.
        size: (width, height) of the finished pictures; None: the model's square, or the portrait's whole picture.
        own_pixels: see Puppeteer.
        box: square of the driving picture to detect keypoints in, for packs that detect. Portraits count as framed
            then, and no face is looked for.

    Raises:
        ConfigError: a box for a pack of landmarks.
        PackError: unknown, damaged or too new.
        EngineError: unknown, missing, or cannot run the pack.
        TrackingError: the face tracker cannot start.
    """
    return OpenedPack(pack, engine, framing, box, own_pixels).puppeteer(size)


def show_pictures(puppeteer: Puppeteer, pictures: Sequence[tuple[Picture | Sequence[Shot], str]]) -> None:
    """Analyse and show a portrait, and further sources of a part swap.

    Args:
        puppeteer: shows them.
        pictures: of each its picture, or several of one person, and its name.

    Raises:
        TrackingError: a picture has no face.
    """
    portraits = [prepare(puppeteer, picture, name) for picture, name in pictures]
    puppeteer.show(portraits[0], portraits[1:])


def prepare(puppeteer: Puppeteer, picture: Picture | Sequence[Shot], name: str) -> Portrait:
    """Analyse a portrait, and warn of a turned one and of several faces. Raises TrackingError without a face."""
    try:
        portrait = puppeteer.prepare(picture, name)
    except TrackingError as error:
        remedy = ", or take any picture as it is with --framing none" if puppeteer.engine.detects else ""
        raise TrackingError(f"{name}: {error}{remedy}") from error
    if portrait.turned_deg:
        _log.warning("%s: the face is not upright; the picture is turned by %d° clockwise", name, portrait.turned_deg)
    if portrait.faces > 1:
        _log.warning("%s: %d faces; the largest is used", name, portrait.faces)
    return portrait
