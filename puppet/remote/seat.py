"""The rendering machine's end of one connection, and the video track of its pictures. Event loop's thread.

A wrong message ends its connection and no other; so does silence, and a flood.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import compress
from typing import Any, Protocol
from weakref import WeakSet

from aiortc import MediaStreamTrack, RTCDataChannel, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from av import VideoFrame
from typing_extensions import override

from puppet.config import IceServer
from puppet.errors import PuppetError, RemoteError
from puppet.remote.messages import (
    MOST_PORTRAIT_BYTES,
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
from puppet.remote.motion_packet import Reference, portrait_of, read_reference
from puppet.remote.peers import is_free, open_peer
from puppet.remote.studio import Studio, short_key

_SILENT_S = 10  # a client that says nothing for so long is gone
_FLOOD = 400  # messages a second that no client needs
_PARTING_S = 0.1  # for a last message to leave
_CLOCK_RATE = 90_000
_log = logging.getLogger(__name__)


class Client(Protocol):
    """Handler of the messages that one kind of client may send."""

    def hear(self, channel: str, data: str | bytes) -> None:
        """Handle a message of a channel. Raises PuppetError for a wrong one."""

    def watch(self, track: MediaStreamTrack) -> None:
        """Handle a video track that the client sends. Raises PuppetError if it may not."""

    def fail(self, reason: str) -> None:
        """Tell the client why the connection ends."""


class Seat:
    """One client's connection and the studio that paints for it.

    Attributes:
        closed: done when the connection has ended.
        studio: paints.
        client: handles what arrives; set before `answer`.
    """

    client: Client

    def __init__(self, studio: Studio, ice: Sequence[IceServer] = ()) -> None:
        """Take `studio` until `close`; `ice`: STUN and TURN servers to ask."""
        self.studio = studio
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._peer = open_peer(ice)
        self._track = PictureTrack(self._send_times)
        self._channels: dict[str, RTCDataChannel] = {}
        self._count = 0
        self._jobs: set[asyncio.Future[Any]] = set()
        self._watch = asyncio.ensure_future(self._end_when_silent())
        studio.begin(
            lambda frame, painted: self._soon(self._track.put, frame, painted),
            lambda reason: self._soon(self._give_up, reason),
        )

    async def answer(self, sdp: str) -> str:
        """Return the answer to a session description. Raises RemoteError when it is none."""
        self._peer.on("datachannel", self._add_channel)
        self._peer.on("connectionstatechange", self._end_with_connection)
        self._peer.on("track", lambda track: self._guarded(self.client.watch, track))
        self._peer.addTrack(self._track)
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except (ValueError, KeyError, IndexError, AttributeError, AssertionError, TypeError) as error:
            raise RemoteError(f"The session description cannot be read ({error}); update both machines") from error
        except (InvalidAccessError, InvalidStateError) as error:
            raise RemoteError(f"The session description cannot be answered ({error}); update both machines") from error
        return str(self._peer.localDescription.sdp)

    async def close(self) -> None:
        """End the connection and free the studio; returns when all of it is released, at a second call, too."""
        if not self.closed.done():
            self.closed.set_result(None)
            self._watch.cancel()
            self.studio.end()
            self._track.stop()
        await asyncio.shield(self._peer.close())  # once it has begun, it has to end

    def send(self, text: str, channel: str = "control") -> None:
        """Send a message, unless the channel is not open or its queue too long."""
        to = self._channels.get(channel)
        connected = self._peer.connectionState == "connected"
        if to is not None and connected and to.readyState == "open" and to.bufferedAmount < MOST_PORTRAIT_BYTES:
            to.send(text)

    def in_background(self, job: Any) -> None:
        """Run a coroutine until it is done."""
        task = asyncio.ensure_future(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    def _soon(self, function: Callable[..., object], *values: object) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function, *values)

    def _add_channel(self, channel: RTCDataChannel) -> None:
        self._channels[channel.label] = channel
        channel.on("message", lambda data: self._hear(channel.label, data))

    def _hear(self, channel: str, data: str | bytes) -> None:
        self._count += 1
        self._guarded(self.client.hear, channel, data)

    def _guarded(self, handle: Callable[..., None], *values: object) -> None:
        """Call `handle`; an error ends the connection."""
        try:
            handle(*values)
        except PuppetError as error:
            _log.warning("A client is refused: %s", error)
            self._give_up(str(error))

    def _give_up(self, reason: str) -> None:
        self.client.fail(reason[:400])
        self.in_background(self.close())

    def _end_with_connection(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            self.in_background(self.close())

    async def _end_when_silent(self) -> None:
        silent_s = 0
        while silent_s < _SILENT_S and self._count < _FLOOD:
            self._count = 0
            await asyncio.sleep(1.0)
            silent_s = 0 if self._count else silent_s + 1
        self._give_up("Too many messages" if self._count >= _FLOOD else "Nothing was heard for too long")

    def _send_times(self, painted: Painted) -> None:
        channel = self._channels.get("motion")
        if channel is not None and is_free(channel):
            channel.send(write_message(painted))


class PoseClient(Client):
    """Puppet on a light machine: sends poses, and the portraits they belong to."""

    def __init__(self, seat: Seat) -> None:
        """Speak through `seat`."""
        self._seat, self._studio = seat, seat.studio
        self._offered: Offer | None = None
        self._content = bytearray()
        self._references: dict[bytes, tuple[str, Reference]] = {}
        self._coming = set[str]()  # keys of portraits that are sent or prepared

    @override
    def hear(self, channel: str, data: str | bytes) -> None:
        if channel == "motion" and isinstance(data, bytes):
            self._paint(data)
        elif channel == "motion" and isinstance(data, str):
            if not isinstance(ping := read_message(data), Ping):
                raise RemoteError("The motion channel carries packets and pings only; update both machines")
            self._seat.send(write_message(Pong(ping.sent_s)), channel)
        elif channel == "control" and isinstance(data, str):
            self._handle(read_message(data))
        elif channel == "control" and isinstance(data, bytes):
            self._add_chunk(data)
        else:
            raise RemoteError("The client opened a channel of no known name; update both machines")

    @override
    def watch(self, track: MediaStreamTrack) -> None:
        raise RemoteError("This client sends video, and may send motion only; update both machines")

    @override
    def fail(self, reason: str) -> None:
        self._tell(Failed(reason))

    def _tell(self, message: Message) -> None:
        self._seat.send(write_message(message))

    def _handle(self, message: Message) -> None:
        match message:
            case View():
                self._studio.show(message)
            case Offer(key):
                self._refer(message)
                if self._studio.has(key):
                    self._tell(Ready(key))
                elif self._offered is None:
                    self._offered = message
                    self._coming.add(key)
                    self._tell(Wanted(key))
                else:
                    self._tell(Refused(key, "one portrait at a time; offer it again"))
            case _:
                raise RemoteError("The message is not one that a client sends; update both machines")

    def _refer(self, offer: Offer) -> None:
        """Keep the pose that packets of a portrait refer to, beside those of portraits that are here or coming."""
        held = (self._studio.has(key) or key in self._coming for key, _ in self._references.values())
        kept = dict(compress(self._references.items(), held))
        self._references = kept | {short_key(offer.key): (offer.key, read_reference(offer.pose, depth=offer.depth))}

    def _paint(self, packet: bytes) -> None:
        """Paint a pose, or tell that its portrait is not prepared any more."""
        key, reference = self._references.get(portrait_of(packet), ("", None))
        if reference is None:
            return
        if self._studio.has(key):
            self._studio.paint(reference.read(packet))
        elif key not in self._coming:
            del self._references[short_key(key)]
            self._tell(Dropped(key))

    def _add_chunk(self, chunk: bytes) -> None:
        offered = self._offered
        if offered is None or len(self._content) + len(chunk) > offered.bytes:
            raise RemoteError("More was sent than was offered; update both machines")
        self._content += chunk
        if len(self._content) == offered.bytes:
            content, self._offered, self._content = bytes(self._content), None, bytearray()
            self._seat.in_background(self._prepare(offered.key, content))

    async def _prepare(self, key: str, content: bytes) -> None:
        try:
            await asyncio.to_thread(self._studio.add, key, content)
        except PuppetError as error:
            self._tell(Refused(key, str(error)[:400]))
        else:
            self._tell(Ready(key))
        finally:
            self._coming.discard(key)


class FullError(RemoteError):
    """All sessions are taken."""


class Seats:
    """The sessions of this machine; each has a studio."""

    def __init__(self, studios: Sequence[Studio], tell: Callable[[str], None], ice: Sequence[IceServer] = ()) -> None:
        """Seat as many clients as there are studios.

        Args:
            studios: one for each session.
            tell: shows who comes and goes.
            ice: STUN and TURN servers through which clients reach this machine.
        """
        self._studios, self._tell, self._ice = studios, tell, ice
        self._taken: dict[str, Seat] = {}
        self._seats = WeakSet[Seat]()  # those that were left as well, whose connections may still be closing

    def __len__(self) -> int:
        return len(self._taken)

    async def answer(
        self, client: str, sdp: str, portrait: str = "", make: Callable[[Seat], Client] = PoseClient
    ) -> str:
        """Seat a client and return the answer to its session description; see `server.Sessions`.

        `make` returns the handler of the client's messages.
        """
        if (before := self._taken.get(client)) is not None:  # it was killed, or lost its network
            await before.close()
        studio = next((studio for studio in self._studios if studio.is_free), None)
        if studio is None:
            raise FullError(f"All {len(self._studios)} sessions are taken; wait, or start it with more --sessions")
        seat = self._taken[client] = Seat(studio, self._ice)
        self._seats.add(seat)
        self._tell(f"A client has come ({len(self)} of {len(self._studios)})")
        seat.closed.add_done_callback(lambda _: self._leave(client, seat))
        seat.client = make(seat)
        try:
            return await seat.answer(sdp)
        except (RemoteError, asyncio.CancelledError):
            await seat.close()
            raise

    async def session(self, client: str, sdp: str) -> AsyncIterator[str]:
        """Yield the answer to a session description, then last as long as the session; cancelled, end it."""
        answer = await self.answer(client, sdp)
        seat = self._taken[client]
        try:
            yield answer
            await asyncio.shield(seat.closed)
        finally:
            await seat.close()

    async def close(self) -> None:
        """End all sessions; their clients are told, and may go elsewhere."""
        for seat in list(self._taken.values()):
            seat.client.fail("This machine ends its service; connecting again")
        await asyncio.sleep(_PARTING_S)
        for seat in list(self._seats):
            await seat.close()

    def _leave(self, client: str, seat: Seat) -> None:
        if self._taken.get(client) is seat:
            del self._taken[client]
        self._tell("A client has left")


class PictureTrack(MediaStreamTrack):
    """Video of the newest picture; one that was not taken in time is replaced."""

    kind = "video"

    def __init__(self, send_times: Callable[[Painted], None]) -> None:
        """`send_times` gets the times of each picture when it is taken for encoding."""
        super().__init__()
        self._send_times = send_times
        self._newest: tuple[VideoFrame, Painted] | None = None
        self._there = asyncio.Event()
        self._began_s = time.monotonic()
        self._last_pts, self._taken_s, self._encode_ms = -1, 0.0, 0.0

    def put(self, frame: VideoFrame, painted: Painted) -> None:
        """Replace the newest picture."""
        self._newest = frame, painted
        self._there.set()

    @override
    async def recv(self) -> VideoFrame:
        if self._taken_s:  # the sender comes back when it has encoded and sent the last one
            self._encode_ms = (time.monotonic() - self._taken_s) * 1000
        await self._there.wait()
        self._there.clear()
        assert self._newest is not None
        (frame, painted), self._taken_s = self._newest, time.monotonic()
        pts = round((self._taken_s - self._began_s) * _CLOCK_RATE)
        frame.pts = self._last_pts = max(pts, self._last_pts + 1)
        frame.time_base = Fraction(1, _CLOCK_RATE)
        self._send_times(Painted(painted.number, painted.wait_ms, painted.paint_ms, self._encode_ms))
        return frame
