"""One seat on the rendering machine: a puppeteer that paints the poses of one client at a time.

pose ──► newest ──► thread "puppet-studio" ──► picture with its number ──► newest ──► the video track
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from av import VideoFrame

from puppet.concurrency.channels import Latest
from puppet.domain import Frame, Picture
from puppet.errors import PuppetError, RemoteError
from puppet.media.files import temporary_folder
from puppet.media.portrait_file import Shot, read_portrait
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait
from puppet.remote.messages import Painted, View
from puppet.remote.motion_packet import PORTRAIT_BYTES, MotionPacket
from puppet.remote.numbered_picture import with_number

_MOST_PORTRAITS = 8
_MOST_PIXELS = 40_000_000
_NAME = "portrait"
_log = logging.getLogger(__name__)


class Studio:
    """Paints what one client asks for. `run` has a thread of its own; the other methods may be called on any."""

    def __init__(self, puppeteer: Puppeteer, clock: Callable[[], float] = time.monotonic) -> None:
        """Own `puppeteer`: `close` closes it.

        Args:
            puppeteer: paints; with OwnPixels.LATER.
            clock: seconds.
        """
        self._puppeteer, self._clock = puppeteer, clock
        self._packets = Latest[tuple[MotionPacket, float]]()
        self._portraits: OrderedDict[bytes, Portrait] = OrderedDict()
        self._changing = threading.Lock()  # guards the portraits
        self._view = View()
        self._deliver: Callable[[VideoFrame, Painted], None] | None = None
        self._fail: Callable[[str], None] = lambda reason: None
        self._threads = [
            threading.Thread(target=self._paint_all, name="puppet-studio", daemon=True),
            threading.Thread(target=puppeteer.layers.run, name="puppet-layers", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_free(self) -> bool:
        """True if no client has this seat."""
        return self._deliver is None

    def begin(self, deliver: Callable[[VideoFrame, Painted], None], fail: Callable[[str], None]) -> None:
        """Paint for a client.

        Args:
            deliver: gets every picture with its times, on the painting thread.
            fail: gets the reason why nothing more can be painted.
        """
        self._view, self._deliver, self._fail = View(), deliver, fail

    def end(self) -> None:
        """Free the seat; portraits stay prepared for the next time."""
        self._deliver = None

    def show(self, view: View) -> None:
        """Paint the following poses so."""
        self._view = view

    def paint(self, packet: MotionPacket) -> None:
        """Paint a pose, unless a newer one comes first."""
        self._packets.put((packet, self._clock()))

    def has(self, key: str) -> bool:
        """Return True if a portrait is prepared."""
        with self._changing:
            return _short(key) in self._portraits

    def add(self, key: str, content: bytes) -> None:
        """Prepare a portrait file; blocks for a second.

        Raises:
            RemoteError: the content is not the key's, or larger than a portrait may be.
            MediaError, TrackingError: it is no portrait file, or shows no face.
        """
        if hashlib.sha256(content).hexdigest() != key:
            raise RemoteError("The portrait has changed on its way; send it again")
        shots = _shots(content)
        portrait = self._puppeteer.prepare(shots if len(shots) > 1 else shots[0].picture, _NAME)
        with self._changing:
            self._portraits[_short(key)] = portrait
            while len(self._portraits) > _MOST_PORTRAITS:
                self._portraits.popitem(last=False)

    def close(self, timeout_s: float = 2.0) -> None:
        """End the threads and release the engine."""
        self._packets.close()
        self._puppeteer.layers.close()
        self._threads[0].join(timeout_s)
        if not self._threads[0].is_alive():
            self._puppeteer.close()

    def _paint_all(self) -> None:
        """Body of the thread."""
        while (item := self._packets.take()) is not None:
            deliver, packet = self._deliver, item[0]
            if deliver is None:
                continue
            try:
                began_s = self._clock()
                if (picture := self._paint(packet)) is None:
                    continue
                frame = VideoFrame.from_ndarray(with_number(picture, packet.number)).reformat(format="yuv420p")
            except PuppetError as error:
                _log.warning("%s", error)
                self._fail(str(error))
                continue
            wait_ms, paint_ms = (began_s - item[1]) * 1000, (self._clock() - began_s) * 1000
            deliver(frame, Painted(packet.number, wait_ms, paint_ms, 0.0))

    def _paint(self, packet: MotionPacket) -> Picture | None:
        """Return the picture of a pose; None: its portrait is not prepared, or has other keypoints."""
        with self._changing:
            portrait = self._portraits.get(packet.portrait)
            if portrait is not None:
                self._portraits.move_to_end(packet.portrait)
        if portrait is None or not _fits(packet, portrait):
            return None
        if portrait is not self._puppeteer.portrait:
            self._puppeteer.show(portrait)
        view, self._puppeteer.size = self._view, self._view.size
        frame = Frame(portrait.face, packet.captured_s, packet.number)
        return self._puppeteer.paint(self._puppeteer.scene(packet.driven, None, frame, view.controls)).picture


def _fits(packet: MotionPacket, portrait: Portrait) -> bool:
    """True if a pose has the fields and numbers of keypoints that the pack's poses have, body keypoints apart."""
    given, own = packet.driven.arrays(), portrait.keypoints.arrays()
    for each in (given, own):
        each.pop("body", None)
    return {name: array.shape for name, array in given.items()} == {name: array.shape for name, array in own.items()}


def _short(key: str) -> bytes:
    return bytes.fromhex(key)[:PORTRAIT_BYTES]


def _shots(content: bytes) -> tuple[Shot, ...]:
    """Return the pictures of a portrait file. Raises MediaError, RemoteError."""
    with temporary_folder() as folder:
        path = folder / f"{_NAME}.portrait"
        path.write_bytes(content)
        shots = read_portrait(path)
    pixels = sum(shot.picture.shape[0] * shot.picture.shape[1] for shot in shots)
    if pixels > _MOST_PIXELS:
        raise RemoteError(f"The portrait has {pixels / 1e6:.0f} megapixels, at most {_MOST_PIXELS / 1e6:.0f} are taken")
    return shots
