"""One seat on the rendering machine: a puppeteer that paints for one client at a time.

What a client sends is a pose, or the frame of a camera; its picture carries the same number:

    pose, or frame ──► newest ──► thread "puppet-studio" ──► numbered picture ──► the video track
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from av import VideoFrame

from puppet.concurrency.channels import Latest
from puppet.config import LIVE_CONTROLS
from puppet.domain import Frame, Picture
from puppet.errors import MediaError, PuppetError, RemoteError
from puppet.media.files import temporary_folder
from puppet.media.portrait_file import Shot, read_portrait
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait
from puppet.remote.messages import Painted, View
from puppet.remote.motion_packet import PORTRAIT_BYTES, MotionPacket
from puppet.remote.numbered_picture import STRIP_PX, numbered_frame
from puppet.remote.turns import FairTurns

_MOST_PORTRAITS = 8
_MOST_PIXELS = 40_000_000
_IDLE_AFTER_S, _IDLE_PERIOD_S = 0.5, 0.05  # without a camera's frame
_NO_FRAME = Frame(np.zeros((1, 1, 3), np.uint8), 0.0, -1)
_NAME = "portrait"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """A picture to paint: `paint` returns it, or None; its number, and when it was asked for."""

    paint: Callable[[], Picture | None]
    number: int
    asked_s: float


class Portraits:
    """The portraits that are prepared, for all clients of one engine; the ones used longest ago go."""

    def __init__(self, most: int = _MOST_PORTRAITS) -> None:
        """Keep `most` portraits."""
        self._most = most
        self._kept: OrderedDict[bytes, Portrait] = OrderedDict()
        self._changing = threading.Lock()

    def __len__(self) -> int:
        with self._changing:
            return len(self._kept)

    def find(self, key: bytes) -> Portrait | None:
        """Return a portrait, which counts as a use; None: it is not prepared."""
        with self._changing:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def add(self, key: bytes, portrait: Portrait) -> None:
        """Keep a portrait."""
        with self._changing:
            self._kept[key] = portrait
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class Studio:
    """Paints what one client asks for, on a thread of its own. Any thread may call any method.

    Attributes:
        painted: number of pictures.
        paint_ms: time of the newest one, with the wait for a turn.
    """

    def __init__(
        self,
        puppeteer: Puppeteer,
        turns: FairTurns | None = None,
        portraits: Portraits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Own `puppeteer`: `close` closes it.

        Args:
            puppeteer: paints; with OwnPixels.LATER.
            turns: those of the clients that share its engine.
            portraits: those of the clients that share its engine.
            clock: seconds.
        """
        self._puppeteer, self._clock = puppeteer, clock
        self._turns, self._portraits = turns or FairTurns(clock), portraits or Portraits()
        self._jobs = Latest[_Job]()
        self.painted, self.paint_ms = 0, 0.0
        self._view, self._controls, self._calibrates = View(), LIVE_CONTROLS, False
        self._performed: Portrait | None = None  # by the frames of a camera
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
        self._view, self._controls, self._calibrates, self._performed = View(), LIVE_CONTROLS, True, None
        self._deliver, self._fail = deliver, fail

    def end(self) -> None:
        """Free the seat; portraits stay prepared for the next time."""
        self._deliver = self._performed = None

    def show(self, view: View) -> None:
        """Paint so from now on."""
        self._view = view

    def paint(self, packet: MotionPacket) -> None:
        """Paint a pose, unless a newer one comes first."""
        self._jobs.put(_Job(partial(self._paint_pose, packet), packet.number, self._clock()))

    def perform(self, frame: VideoFrame, number: int) -> None:
        """Paint a camera's frame, whose lowest STRIP_PX rows hold its number, unless a newer one comes first."""
        now_s = self._clock()
        self._jobs.put(_Job(partial(self._paint_frame, frame, now_s), number, now_s))

    def wish(self, *, hidden: bool, calibrate: bool) -> None:
        """For the frames of a camera: show the idle loop instead; take the neutral pose from the next good ones."""
        self._controls = replace(self._controls, idle=hidden)
        self._calibrates |= calibrate

    def has(self, key: str) -> bool:
        """Return True if a portrait is prepared."""
        return self._portraits.find(short_key(key)) is not None

    def add(self, key: str, content: bytes) -> None:
        """Prepare a portrait file for poses; blocks for a second.

        Raises:
            RemoteError: the content is not the key's, no portrait file, or larger than a portrait may be.
            TrackingError: it shows no face.
        """
        if hashlib.sha256(content).hexdigest() != key:
            raise RemoteError("The portrait has changed on its way; send it again")
        self._prepare(short_key(key), _shots(content))

    def perform_with(self, shots: Sequence[Shot]) -> None:
        """Show a portrait of this machine by the frames of a camera; blocks for a second.

        Raises:
            TrackingError: it shows no face.
        """
        key = hashlib.sha256(shots[0].picture.tobytes()).hexdigest()
        self._performed = self._portraits.find(short_key(key)) or self._prepare(short_key(key), shots)

    @property
    def dropped(self) -> int:
        """Number of poses and frames that newer ones replaced."""
        return self._jobs.dropped

    @property
    def portraits(self) -> int:
        """Number of prepared portraits, which clients of one engine share."""
        return len(self._portraits)

    def stop(self) -> None:
        """End the threads, without waiting for them."""
        self._jobs.close()
        self._puppeteer.layers.close()

    def close(self, timeout_s: float = 2.0) -> None:
        """End the threads and release the engine; of several that share one, `stop` all before."""
        self.stop()
        self._threads[0].join(timeout_s)
        if not self._threads[0].is_alive():
            self._puppeteer.close()

    def _prepare(self, key: bytes, shots: Sequence[Shot]) -> Portrait:
        portrait = self._puppeteer.prepare(shots if len(shots) > 1 else shots[0].picture, _NAME)
        self._portraits.add(key, portrait)
        return portrait

    def _paint_all(self) -> None:
        """Body of the thread."""
        wait_s = None
        while (job := self._jobs.take(wait_s)) is not None or not self._jobs.closed:
            performs, deliver = self._performed is not None, self._deliver
            wait_s = None if not performs else _IDLE_PERIOD_S if job is None else _IDLE_AFTER_S
            if job is None and performs:
                job = _Job(self._paint_idle, 0, self._clock())
            if job is None or deliver is None:
                continue
            began_s = self._clock()
            try:
                with self._turns.turn(self):
                    job = self._jobs.take(0) or job  # the newest, after the wait for the turn
                    picture = job.paint()
                if picture is None:
                    continue
                frame = numbered_frame(picture, job.number)
            except PuppetError as error:
                _log.warning("%s", error)
                self._fail(str(error))
                continue
            wait_ms, self.paint_ms = max(0.0, began_s - job.asked_s) * 1000, (self._clock() - began_s) * 1000
            self.painted += 1
            deliver(frame, Painted(job.number, wait_ms, self.paint_ms, 0.0))

    def _paint_pose(self, packet: MotionPacket) -> Picture | None:
        """Return the picture of a pose; None: its portrait is not prepared, or has other keypoints."""
        portrait = self._portraits.find(packet.portrait)
        if portrait is None or not _fits(packet, portrait):
            return None
        view = self._show(portrait)
        frame = Frame(portrait.face, packet.captured_s, packet.number)
        return self._puppeteer.paint(self._puppeteer.scene(packet.driven, None, frame, view.controls)).picture

    def _paint_frame(self, frame: VideoFrame, captured_s: float) -> Picture | None:
        """Return the picture of a camera's frame; None: no portrait is chosen yet."""
        if self._performed is None:
            return None
        self._show(self._performed)
        if self._calibrates:
            self._calibrates = False
            self._puppeteer.calibrate()
        image = np.ascontiguousarray(frame.to_ndarray(format="rgb24")[:-STRIP_PX], np.uint8)
        return self._puppeteer.step(Frame(image, captured_s), self._controls).picture

    def _paint_idle(self) -> Picture | None:
        """Return the next picture of the idle loop."""
        if self._performed is None:
            return None
        self._show(self._performed)
        scene = self._puppeteer.idle(replace(_NO_FRAME, captured_s=self._clock()), self._controls)
        return self._puppeteer.paint(scene).picture

    def _show(self, portrait: Portrait) -> View:
        if portrait is not self._puppeteer.portrait:
            self._puppeteer.show(portrait)
        view, self._puppeteer.size = self._view, self._view.size
        return view


def _fits(packet: MotionPacket, portrait: Portrait) -> bool:
    """True if a pose has the fields and numbers of keypoints that the pack's poses have, body keypoints apart."""
    given, own = packet.driven.arrays(), portrait.keypoints.arrays()
    for each in (given, own):
        each.pop("body", None)
    return {name: array.shape for name, array in given.items()} == {name: array.shape for name, array in own.items()}


def short_key(key: str) -> bytes:
    """Return what packets name a portrait by."""
    return bytes.fromhex(key)[:PORTRAIT_BYTES]


def _shots(content: bytes) -> tuple[Shot, ...]:
    """Return the pictures of a portrait file. Raises RemoteError, which names no file of this machine."""
    try:
        with temporary_folder() as folder:
            path = folder / f"{_NAME}.portrait"
            path.write_bytes(content)
            shots = read_portrait(path)
    except MediaError as error:
        raise RemoteError(str(error).replace(str(path), "The portrait")) from error
    except OSError as error:
        raise RemoteError(f"The portrait cannot be read there ({error.strerror}); make room on that machine") from error
    pixels = sum(shot.picture.shape[0] * shot.picture.shape[1] for shot in shots)
    if pixels > _MOST_PIXELS:
        raise RemoteError(f"The portrait has {pixels / 1e6:.0f} megapixels, at most {_MOST_PIXELS / 1e6:.0f} are taken")
    return shots
