"""The second half of a frame on another machine: sends poses, and gives the pictures that come back as scenes.

The first half stays here: camera, tracking, calibration, gains, the idle loop. `take` decides for each scene whether
its picture comes from the other machine or is painted here, so that a lost connection costs nothing but what this
machine renders slower.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from puppet.config import Fallback
from puppet.controls import BackgroundKind, Controls
from puppet.domain import EngineInfo, Frame, Picture
from puppet.errors import MediaError
from puppet.media.files import temporary_folder
from puppet.media.portrait_file import Shot, write_portrait
from puppet.pipeline.scenes import AnimateScene, ArrivedScene, Portrait, Rendered, Scene
from puppet.remote.connection import Connection, Received
from puppet.remote.messages import MOST_SIDE_PX, Offer, View
from puppet.remote.motion_packet import PORTRAIT_BYTES, MotionPacket, Reference

LATEST_S = 0.35
"""A picture of an older frame is not shown."""
_HANDING_OUT_S = 0.02  # from here to the sinks
_SILENCE_S = 0.7  # without a picture for so long, frames are painted here
_REST_PERIOD_S = 0.1  # of the idle loop that is painted here, by a machine that may be slow
_LONGEST_PAUSE_S = 1.0  # between poses while pictures come late, so that what is queued on the way gets through
_AHEAD = 0.9  # of the time that painting takes there, and the next pose is sent
_MOST_WAIT_S = 0.1  # for that
_SMOOTHING = 0.2
_MOST_SENT = 24  # frames whose pictures are awaited, each with the camera's picture
_MOST_LATE = 8  # pictures one after the other, and the user is told


@dataclass(frozen=True, slots=True)
class _Sent:
    scene: AnimateScene
    sent_s: float


class RemoteRenderer:
    """Renders the scenes of a session on another machine, as long as that one answers. Any thread."""

    def __init__(
        self,
        connection: Connection,
        fallback: Fallback = Fallback.LOCAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Own `connection`: `start` starts it, `close` closes it.

        Args:
            connection: to the other machine.
            fallback: pictures while that one does not answer.
            clock: seconds, the clock of `Frame.captured_s`.
        """
        self._connection, self._fallback, self._clock = connection, fallback, clock
        self._rested_s = -_REST_PERIOD_S
        self._offered: WeakKeyDictionary[Portrait, tuple[str, Reference]] = WeakKeyDictionary()
        self._sent: OrderedDict[int, _Sent] = OrderedDict()
        self._lock = threading.Lock()  # guards the fields above and below
        self._number = self._shown = self._late = 0
        self._arrived_s, self._sent_s, self._pause_s, self._paint_s = -_SILENCE_S, 0.0, 0.0, 0.0
        self._closing = threading.Event()
        self._deliver: Callable[[ArrivedScene], None] = lambda scene: None

    def start(self, deliver: Callable[[ArrivedScene], None]) -> None:
        """Connect, and from now on call `deliver` with every picture that comes back, on a thread of its own."""
        self._deliver = deliver
        self._connection.start(self._receive)

    def close(self) -> None:
        """End the connection; blocks for a fraction of a second."""
        self._closing.set()
        self._connection.close()

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """The connection's threads."""
        return self._connection.threads

    @property
    def problem(self) -> str:
        """One line about a connection that is not there, a portrait that was refused or pictures too late, or ""."""
        if not (problem := self._connection.problem) and self._late >= _MOST_LATE:
            problem = f"{self._connection.host}: its pictures come more than {LATEST_S * 1000:.0f} ms late"
        return problem

    @property
    def info(self) -> EngineInfo | None:
        """The engine that painted the newest picture, if that was the other machine's."""
        painted_there = self._clock() - self._arrived_s < _SILENCE_S
        return EngineInfo("remote", self._connection.host, self._connection.pack) if painted_there else None

    def offer(self, portrait: Portrait, picture: Picture | Sequence[Shot]) -> None:
        """Send a portrait's pictures before it is shown; blocks for the time its file takes to write."""
        shots = [Shot(picture)] if isinstance(picture, np.ndarray) else picture
        content = _portrait_file([replace(shot, origin="") for shot in shots])  # names of files stay here
        key = hashlib.sha256(content).hexdigest()
        reference = Reference(portrait.keypoints)
        with self._lock:
            self._offered[portrait] = key, reference
        has_depth = portrait.keypoints.depth is not None
        self._connection.offer(Offer(key, len(content), reference.text, has_depth), content)

    def take(self, scene: Scene, idle: Callable[[Frame, Controls], Scene]) -> Scene | None:
        """Send a scene's pose if it can be painted there, and return the scene to paint here.

        Returns when the other machine is about to be ready for the next pose: looking at a frame that it has no time to
        paint costs both machines, which may be one and the same.

        Args:
            scene: of a new frame.
            idle: makes a scene of the idle loop.

        Returns:
            `scene` where only this machine can paint it; None: its picture will be delivered; while the other machine
            does not answer, what the fallback says.
        """
        here = self._left_over(scene, idle)
        if here is not None:
            with self._lock:
                self._shown = self._number  # pictures of the frames before come too late
        return here

    def _left_over(self, scene: Scene, idle: Callable[[Frame, Controls], Scene]) -> Scene | None:
        offered = self._offered.get(scene.portrait)
        if offered is None or not isinstance(scene, AnimateScene) or not _can_be_sent(scene):
            return scene
        if self._send(scene, *offered):
            look_s = sum(scene.stages_ms.values()) / 1000
            self._closing.wait(min(max(0.0, _AHEAD * self._paint_s - look_s), _MOST_WAIT_S))
            return None
        match self._fallback:
            case Fallback.LOCAL:
                return scene
            case Fallback.REST if self._clock() - self._rested_s >= _REST_PERIOD_S:
                self._rested_s = self._clock()
                return idle(scene.frame, scene.controls)
        return None

    def _send(self, scene: AnimateScene, key: str, reference: Reference) -> bool:
        """Send a scene's pose if its portrait is there; True: the other machine paints, and its pictures arrive."""
        now_s = self._clock()
        if not self._connection.is_ready(key):
            self._connection.want(key)
            return False
        painted_there = now_s - self._arrived_s < _SILENCE_S
        if now_s - self._sent_s < self._pause_s:
            return painted_there
        self._sent_s, controls = now_s, scene.controls
        assert scene.size is not None
        self._connection.show(View(controls.output, controls.background, controls.badge, scene.size))
        with self._lock:
            self._number = number = self._number + 1
            self._sent[number] = _Sent(scene, now_s)
            while len(self._sent) > _MOST_SENT:
                self._sent.popitem(last=False)
        portrait = bytes.fromhex(key)[:PORTRAIT_BYTES]
        packet = MotionPacket(number, scene.frame.captured_s, portrait, replace(scene.driven, segmentation=None))
        self._connection.send(reference.write(packet))
        return painted_there

    def _receive(self, received: Received) -> None:
        """Deliver a picture, unless it is too late, of another size, or a newer one was delivered.

        The lock is held until it is delivered: `take` cannot return a newer scene before.
        """
        now_s = self._clock()
        with self._lock:
            if received.number > self._number:
                return
            sent = self._sent.get(received.number)
            for number in [number for number in self._sent if number <= received.number]:
                del self._sent[number]  # pictures come in order
            age_s = math.inf if sent is None else now_s - sent.scene.frame.captured_s
            if sent is None or age_s > LATEST_S - _HANDING_OUT_S:
                self._late, self._pause_s = self._late + 1, min(age_s / 4, _LONGEST_PAUSE_S)
                return
            self._arrived_s, self._late, self._pause_s = now_s, 0, 0.0
            if (times := received.painted) is not None:
                self._paint_s += _SMOOTHING * (times.paint_ms / 1000 - self._paint_s)
            if received.number <= self._shown or received.picture.shape[1::-1] != sent.scene.size:
                return
            self._shown = received.number
            self._deliver(self._arrived(sent, received, now_s))

    def _arrived(self, sent: _Sent, received: Received, now_s: float) -> ArrivedScene:
        """Return the scene of a picture, with its times."""
        scene, times = sent.scene, received.painted
        away_ms = (now_s - sent.sent_s) * 1000
        there_ms = times.wait_ms + times.paint_ms + times.encode_ms if times else 0.0
        stages_ms = {"network": max(0.0, away_ms - there_ms - received.decode_ms), "decode": received.decode_ms}
        if times:
            stages_ms |= {"wait": times.wait_ms, "paint": times.paint_ms, "encode": times.encode_ms}
        rendered = Rendered(
            received.picture,
            scene.frame,
            scene.following,
            self._clock(),
            scene.stages_ms | stages_ms,
            scene.driving,
        )
        common = scene.frame, scene.controls, scene.portrait, scene.following, scene.driving, scene.size
        expires_s = scene.frame.captured_s + LATEST_S
        return ArrivedScene(*common, scene.allow_low_precision, scene.stages_ms, rendered, expires_s)


def _can_be_sent(scene: AnimateScene) -> bool:
    """True if the other machine can paint a scene: no file of this one is needed, and its video can carry it."""
    if scene.size is None or max(scene.size) > MOST_SIDE_PX or scene.controls.overlay:
        return False
    kept_here = scene.controls.background.kind in (BackgroundKind.PICTURE, BackgroundKind.NONE)
    return not kept_here and scene.driven.segmentation is None


def _portrait_file(shots: Sequence[Shot]) -> bytes:
    """Return the content of a portrait file. Raises MediaError."""
    with temporary_folder() as folder:
        path = folder / "sent.portrait"
        write_portrait(path, shots)
        try:
            return path.read_bytes()
        except OSError as error:
            raise MediaError(f"{path}: cannot be read ({error.strerror}); make room for temporary files") from error
