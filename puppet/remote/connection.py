"""The light end of a connection: signalling, channels, video, and connecting again. An event loop on its own thread.

    send, pings ──► newest packet ──► data channel "motion" (unreliable, unordered)
    show, offer ────────────────────► data channel "control" (reliable)
    video ──► newest picture ──► thread "puppet-remote-pictures" ──► the receiver

What travels is encrypted by DTLS, whose certificates the session descriptions name; those are signed with the key of
the pairing. No STUN or TURN server is asked, unless the user names one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from puppet.concurrency.channels import Latest
from puppet.config import IceServer
from puppet.domain import Picture
from puppet.errors import RemoteError
from puppet.remote.jitter import release_promptly
from puppet.remote.messages import (
    CHUNK_BYTES,
    Dropped,
    Failed,
    Message,
    Offer,
    Painted,
    Ping,
    Pong,
    Ready,
    Refused,
    View,
    Wanted,
    read_message,
    write_message,
)
from puppet.remote.numbered_picture import STRIP_PX, following, luma_strip, picture_of, read_number
from puppet.remote.peers import is_free, open_peer
from puppet.remote.signalling import Invitation

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_PING_S = 0.5
_DEAD_PINGS = 10  # without a message or a picture for so many, the connection is made again
_ANSWER_S = 10.0
_MOST_PAINTED = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """A picture from the other machine.

    Attributes:
        number: of the packet it was made from.
        picture: (H, W, 3).
        decode_ms: time from the decoded frame to `picture`.
        painted: times on the other machine, if they have arrived.
    """

    number: int
    picture: Picture
    decode_ms: float
    painted: Painted | None


class Connection:
    """Connects to one rendering machine, and connects again with growing pauses. Any thread may call any method."""

    def __init__(self, invitation: Invitation, ice: Sequence[IceServer] = ()) -> None:
        """Connect with `start`.

        Args:
            invitation: whom to ask, and how to prove who asks.
            ice: STUN and TURN servers to ask.
        """
        self._invitation, self._ice = invitation, ice
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._pictures = Latest[tuple[VideoFrame, float]]()
        self._receive: Callable[[Received], None] = lambda received: None
        self._portraits: dict[str, tuple[Offer, bytes]] = {}
        self._chunks: Iterator[bytes] = iter(())  # of the portrait that is being sent
        self._to_offer: list[str] = []  # the next one last
        self._offered = ""
        self._view: View | None = None
        self._packet: bytes | None = None
        self._painted: dict[int, Painted] = {}
        self._last = 0
        self._ready: frozenset[str] = frozenset()
        self._control: RTCDataChannel | None = None
        self._motion: RTCDataChannel | None = None
        self._peer: RTCPeerConnection | None = None
        self._silent_pings = 0
        self._problem = f"Connecting to {invitation.host}"
        self.round_trip_ms: float | None = None
        self.threads = (
            threading.Thread(target=self._run, name="puppet-remote", daemon=True),
            threading.Thread(target=self._convert, name="puppet-remote-pictures", daemon=True),
        )

    @property
    def host(self) -> str:
        """The other machine, as the user named it."""
        return self._invitation.host

    @property
    def pack(self) -> str:
        """Name of the pack that both machines use."""
        return self._invitation.pack

    @property
    def problem(self) -> str:
        """One line while there is no connection or a portrait was refused, or ""."""
        return self._problem

    def start(self, receive: Callable[[Received], None]) -> None:
        """Connect; `receive` gets every picture, on the thread of the pictures."""
        self._receive = receive
        for thread in self.threads:
            thread.start()

    def close(self) -> None:
        """End the connection; blocks for a fraction of a second. Safe to call twice."""
        self._pictures.close()
        if self.threads[0].is_alive():
            self._call(self._closing.set)
            for thread in self.threads:
                thread.join(1.0)

    def offer(self, portrait: Offer, content: bytes) -> None:
        """Keep a portrait file for the other machine, and send it when those before it are there."""

        def offer() -> None:
            self._portraits[portrait.key] = portrait, content
            self._to_offer.insert(0, portrait.key)
            self._offer_next()

        self._call(offer)

    def want(self, key: str) -> None:
        """Send this portrait before all others that wait, again if the other machine has dropped it."""

        def first() -> None:
            if key in self._portraits and key not in (self._offered, *self._to_offer[-1:]) and key not in self._ready:
                self._to_offer = [*(other for other in self._to_offer if other != key), key]
                self._offer_next()

        self._call(first)

    def is_ready(self, key: str) -> bool:
        """Return True if the other machine can paint a portrait."""
        return key in self._ready

    def show(self, view: View) -> None:
        """Paint the following poses so."""
        if view != self._view:
            self._view = view
            self._call(lambda: self._tell(view))

    def send(self, packet: bytes) -> None:
        """Send a packet, or the newest one as soon as the channel is free."""
        self._packet = packet
        self._call(self._flush)

    def _offer_next(self) -> None:
        """Offer the next portrait, unless one is on its way."""
        if not self._offered and self._to_offer and self._control is not None and self._control.readyState == "open":
            self._offered = self._to_offer.pop()
            self._tell(self._portraits[self._offered][0])

    def _send_chunk(self) -> None:
        """Send the next part of a portrait; called when the one before has left, so that others need not wait."""
        if self._control is not None and (chunk := next(self._chunks, b"")):
            self._control.send(chunk)

    def _call(self, function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)

    def _flush(self) -> None:
        if self._packet and self._motion and is_free(self._motion):
            self._motion.send(self._packet)
            self._packet = None

    def _tell(self, message: Message) -> None:
        if self._control is not None and self._control.readyState == "open":
            self._control.send(write_message(message))

    def _run(self) -> None:
        """Body of the connection's thread."""
        try:
            self._loop.run_until_complete(self._stay_connected())
        finally:
            self._loop.close()

    async def _stay_connected(self) -> None:
        closing = asyncio.ensure_future(self._closing.wait())
        failures = 0
        while not closing.done():
            session = asyncio.ensure_future(self._once())
            await asyncio.wait({session, closing}, return_when=asyncio.FIRST_COMPLETED)
            session.cancel()
            with suppress(asyncio.CancelledError):
                was_connected = await _result(session, self._fail)
                failures = 0 if was_connected else failures + 1
            self._ready = frozenset()
            pause_s = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            await asyncio.wait({closing}, timeout=pause_s)
        if self._peer is not None:
            await self._peer.close()  # waits where closing was interrupted

    def _fail(self, reason: str) -> None:
        if reason != self._problem:
            _log.info("%s", reason)  # shown by whoever shows the status
        self._problem = reason

    async def _once(self) -> bool:
        """Connect and stay connected; return True when a connection that worked has ended. Raises RemoteError."""
        peer = self._peer = open_peer(self._ice)
        tasks: list[asyncio.Future[Any]] = []
        try:
            opened = self._open_channels(peer)
            video = peer.addTransceiver("video", direction="recvonly")
            release_promptly(video.receiver)
            await peer.setLocalDescription(await peer.createOffer())
            answer = await self._invitation.ask(peer.localDescription.sdp, "".join(self._to_offer[-1:]))
            await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            await asyncio.wait_for(opened.wait(), _ANSWER_S)
            self._problem = ""
            tasks = [
                asyncio.ensure_future(self._watch_video(video.receiver.track)),
                asyncio.ensure_future(self._ping()),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self._problem = f"The connection to {self.host} is lost; connecting again"
            return True
        except TimeoutError as error:
            raise RemoteError(
                f"{self.host} answers, but no packets pass between the machines; name a STUN or TURN server with --ice "
                "at both ends"
            ) from error
        finally:
            self._control = self._motion = None
            for task in tasks:
                task.cancel()
            await asyncio.shield(peer.close())  # once it has begun, it has to end

    def _open_channels(self, peer: RTCPeerConnection) -> asyncio.Event:
        """Create both channels; the event is set when messages can be sent."""
        opened = asyncio.Event()
        self._motion = peer.createDataChannel("motion", ordered=False, maxRetransmits=0)
        self._control = control = peer.createDataChannel("control")
        self._motion.on("bufferedamountlow", self._flush)
        self._motion.on("message", self._hear)
        control.on("message", self._hear)
        control.on("bufferedamountlow", self._send_chunk)

        def begin() -> None:
            self._silent_pings, self._chunks, self._packet = 0, iter(()), None
            if self._view is not None:
                self._tell(self._view)
            self._to_offer, self._offered = list(reversed(self._portraits)), ""
            self._offer_next()
            opened.set()

        control.on("open", begin)
        return opened

    def _hear(self, data: str | bytes) -> None:
        """Handle a message; a wrong one ends the connection."""
        self._silent_pings = 0
        try:
            if not isinstance(data, str):
                raise RemoteError(f"{self.host} sends something else than messages; update both machines")
            self._handle(read_message(data))
        except RemoteError as error:
            self._fail(str(error))
            self._silent_pings = _DEAD_PINGS

    def _handle(self, message: Message) -> None:
        match message:
            case Pong(sent_s):
                self.round_trip_ms = (time.monotonic() - sent_s) * 1000
            case Painted(number):
                self._painted[number] = message
                while len(self._painted) > _MOST_PAINTED:
                    del self._painted[next(iter(self._painted))]
            case Wanted(key) if key in self._portraits:
                content = self._portraits[key][1]
                self._chunks = (content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES))
                self._send_chunk()
            case Ready(key):
                self._ready |= {key}
                self._offered = ""
                self._offer_next()
            case Dropped(key):
                self._ready -= {key}
            case Refused(key, reason):
                self._fail(f"{self.host}: {reason}")
                self._portraits.pop(key, None)
                self._offered = ""
                self._offer_next()
            case Failed(reason):
                raise RemoteError(f"{self.host}: {reason}")
            case _:
                raise RemoteError(f"{self.host} sent an unexpected message; update both machines")

    async def _ping(self) -> None:
        """Measure the round trip until nothing is heard; time in which this process did not run is not counted."""
        while self._silent_pings < _DEAD_PINGS:
            self._silent_pings += 1
            if self._motion is not None and is_free(self._motion):
                self._motion.send(write_message(Ping(time.monotonic())))
            await asyncio.sleep(_PING_S)

    async def _watch_video(self, track: Any) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self._silent_pings = 0
                self._pictures.put((frame, time.monotonic()))

    def _convert(self) -> None:
        """Body of the thread of the pictures: read their numbers and deliver them."""
        while (item := self._pictures.take()) is not None:
            frame, arrived_s = item
            number = read_number(luma_strip(frame))
            if number is None or frame.height <= STRIP_PX:
                continue
            self._last = number = following(number, self._last)
            picture = picture_of(frame)
            decode_ms = (time.monotonic() - arrived_s) * 1000
            self._receive(Received(number, picture, decode_ms, self._painted.get(number)))


async def _result(session: asyncio.Future[bool], fail: Callable[[str], None]) -> bool:
    """Return the result of a connection that has ended; `fail` gets the line if it never worked."""
    try:
        return await session
    except RemoteError as error:
        fail(str(error))
    except (aiohttp.ClientError, OSError) as error:
        fail(f"The connection failed ({error}); connecting again")
    return False
