"""The opened pack and the analysed portraits that consecutive renderings of one process share. One thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from puppet.config import RenderOptions
from puppet.media.portrait_file import Shot
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import OpenedPack, prepare
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait

_MOST_PORTRAITS = 4


class KeptPack:
    """Opens a pack when another one is asked for, and analyses a portrait when its file is new or has changed."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._key: object = None
        self._opened: OpenedPack | None = None
        self._portraits: OrderedDict[object, Portrait] = OrderedDict()

    def puppeteer(self, options: RenderOptions, own_pixels: OwnPixels) -> Puppeteer:
        """Return a puppeteer that knows no performer; it belongs to this object. Raises as `open_puppeteer`."""
        key = options.pack, options.engine, options.framing, options.box, own_pixels
        if self._opened is None or key != self._key:
            self.close()
            self._opened, self._key = OpenedPack(*key), key
        return self._opened.puppeteer(options.size)

    def show(self, puppeteer: Puppeteer, path: Path, shots: Sequence[Shot]) -> None:
        """Show a portrait's file. Raises TrackingError when it shows no face."""
        found = path.stat()
        key = path.resolve(), found.st_mtime_ns, found.st_size
        if key not in self._portraits:
            self._portraits[key] = prepare(puppeteer, shots, path.name)
        self._portraits.move_to_end(key)
        while len(self._portraits) > _MOST_PORTRAITS:
            self._portraits.popitem(last=False)
        puppeteer.show(self._portraits[key])

    def close(self) -> None:
        """Release the pack; safe to call twice."""
        self._portraits.clear()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
