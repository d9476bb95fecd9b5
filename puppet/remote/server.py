"""`puppet serve`: signalling over HTTP, and one WebRTC connection for each client. One event loop.

A client gets a seat (`Studio`); with none free it is told so. Nothing is answered but the greeting and the pairing
before a client has proved that it has the key. Requests and messages are bounded; a wrong one ends its connection and
no other.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from aiohttp import web
from aiortc import MediaStreamTrack, RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError
from annotated_types import Len
from av import VideoFrame
from typing_extensions import override

from puppet import __version__
from puppet.errors import PuppetError, RemoteError
from puppet.remote.messages import (
    MOST_PORTRAIT_BYTES,
    PROTOCOL,
    Failed,
    Hello,
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
    read_object,
    write_message,
)
from puppet.remote.motion_packet import read_motion_packet
from puppet.remote.pairing import Exchange, KnownMachines, is_proof, new_code, proof
from puppet.remote.signalling import MOST_SDP_CHARACTERS
from puppet.remote.studio import Studio
from puppet.schema import validate

_MOST_NONCES, _NONCE_S = 256, 60.0
_MOST_PAIRINGS, _PAIRING_S = 16, 60.0
_MOST_WRONG_CODES = 3
_MOST_BYTES = 2 * MOST_SDP_CHARACTERS
_SILENT_S = 5.0  # a client that says nothing for so long is gone
_FLOOD = 400  # messages a second that no client needs
_CLOCK_RATE = 90_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Pair:
    client: Annotated[str, Len(32, 32)]
    message: Annotated[str, Len(1, 200)]


@dataclass(frozen=True, slots=True)
class _Confirm:
    client: Annotated[str, Len(32, 32)]
    proof: Annotated[str, Len(64, 64)]


@dataclass(frozen=True, slots=True)
class _Request:
    client: Annotated[str, Len(32, 32)]
    nonce: Annotated[str, Len(32, 32)]
    sdp: Annotated[str, Len(1, MOST_SDP_CHARACTERS)]
    proof: Annotated[str, Len(64, 64)]


class Server:
    """Answers clients; every method runs on the event loop's thread."""

    def __init__(
        self,
        studios: Sequence[Studio],
        known: KnownMachines,
        pack: tuple[str, str],
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Serve with these seats.

        Args:
            studios: one for each session at the same time.
            known: clients that were paired.
            pack: name and digest of the pack.
            tell: shows a line to the user: the code, who comes and goes.
            clock: seconds.
        """
        self._studios, self._known, self._pack, self._tell, self._clock = studios, known, pack, tell, clock
        self._nonces: OrderedDict[str, float] = OrderedDict()
        self._pairings: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._wrong_codes = 0
        self._seats: dict[str, Seat] = {}
        self.code = ""

    def application(self) -> web.Application:
        """Return the web application that answers at /puppet."""
        application = web.Application(client_max_size=_MOST_BYTES)
        application.router.add_get("/puppet/hello", self._hello)
        for name, handler in (("pair", self._pair), ("confirm", self._confirm), ("offer", self._offer)):
            application.router.add_post(f"/puppet/{name}", handler)
        application.on_shutdown.append(self._shut_down)
        return application

    def show_code(self) -> None:
        """Make a new code and tell it."""
        self.code, self._wrong_codes = new_code(), 0
        self._pairings.clear()
        self._tell(f"Pairing code: {self.code}")

    async def _hello(self, _request: web.Request) -> web.Response:
        nonce = secrets.token_hex(16)
        _keep(self._nonces, nonce, self._clock(), _MOST_NONCES)
        hello = Hello(__version__, PROTOCOL, self._known.id, *self._pack, nonce)
        return web.json_response({name: getattr(hello, name) for name in hello.__slots__})

    async def _pair(self, request: web.Request) -> web.Response:
        try:
            asked = validate(_Pair, await _json(request), "Pairing", RemoteError)
            exchange = Exchange(self.code, asked.client, self._known.id, is_server=True)
            key = exchange.finish(base64.b64decode(asked.message, validate=True))
        except (RemoteError, binascii.Error) as error:
            return _refusal(400, f"Pairing failed ({error}); update both machines")
        _keep(self._pairings, asked.client, (key, self._clock()), _MOST_PAIRINGS)
        return web.json_response({"message": base64.b64encode(exchange.message).decode()})

    async def _confirm(self, request: web.Request) -> web.Response:
        try:
            asked = validate(_Confirm, await _json(request), "Pairing", RemoteError)
        except RemoteError as error:
            return _refusal(400, str(error))
        key, began_s = self._pairings.pop(asked.client, (b"", 0.0))
        if not key or self._clock() - began_s > _PAIRING_S or not is_proof(asked.proof, key, "pair client"):
            self._wrong_codes += 1
            if self._wrong_codes >= _MOST_WRONG_CODES:
                self._tell("Three wrong codes; the code is changed")
                self.show_code()
            return _refusal(403, "the code is not the one shown there; type it again")
        try:
            self._known.remember(asked.client, key)
        except PuppetError as error:
            return _refusal(500, str(error))
        self._tell("A machine was paired")
        self.show_code()
        return web.json_response({"proof": proof(key, "pair server")})

    async def _offer(self, request: web.Request) -> web.Response:
        try:
            asked = validate(_Request, await _json(request), "Offer", RemoteError)
        except RemoteError as error:
            return _refusal(400, str(error))
        key, nonce_s = self._known.key(asked.client), self._nonces.pop(asked.nonce, None)
        if key is None or not is_proof(asked.proof, key, "offer", asked.nonce, asked.sdp):
            return _refusal(403, "this machine is not paired with it; run `puppet pair` again")
        if nonce_s is None or self._clock() - nonce_s > _NONCE_S:
            return _refusal(403, "the offer came too late; try again")
        if (before := self._seats.pop(asked.client, None)) is not None:  # it was killed, or lost its network
            await before.close()
        studio = next((studio for studio in self._studios if studio.is_free), None)
        if studio is None:
            return _refusal(503, f"all {len(self._studios)} sessions are taken; wait, or start it with more --sessions")
        seat = Seat(studio, self._clock)
        try:
            sdp = await seat.answer(asked.sdp)
        except RemoteError as error:
            await seat.close()
            return _refusal(400, str(error))
        self._seats[asked.client] = seat
        self._tell(f"A client is connected ({len(self._seats)} of {len(self._studios)})")
        seat.closed.add_done_callback(lambda _: self._leave(asked.client, seat))
        return web.json_response({"sdp": sdp, "proof": proof(key, "answer", asked.nonce, asked.sdp, sdp)})

    def _leave(self, client: str, seat: Seat) -> None:
        if self._seats.get(client) is seat:
            del self._seats[client]
        self._tell("A client has left")

    async def _shut_down(self, _application: web.Application) -> None:
        for seat in list(self._seats.values()):
            await seat.close()


class Seat:
    """One client's connection and the studio that paints for it.

    Attributes:
        closed: done when the connection has ended.
    """

    def __init__(self, studio: Studio, clock: Callable[[], float]) -> None:
        """Take `studio` until `close`."""
        self._studio, self._clock = studio, clock
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._track = PictureTrack(self._send_times)
        self._channels: dict[str, RTCDataChannel] = {}
        self._offered: Offer | None = None
        self._content = bytearray()
        self._heard_s, self._count = clock(), 0
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
        """End the connection and free the studio. Safe to call twice."""
        if not self.closed.done():
            self.closed.set_result(None)
            self._watch.cancel()
            self._studio.end()
            self._track.stop()
            await self._peer.close()

    def _soon(self, function: Callable[..., object], *values: object) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function, *values)

    def _add_channel(self, channel: RTCDataChannel) -> None:
        if channel.label in ("motion", "control"):
            self._channels[channel.label] = channel
            channel.on("message", self._hear_motion if channel.label == "motion" else self._hear)

    def _end_with_connection(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            self._in_background(self.close())

    async def _end_when_silent(self) -> None:
        while self._clock() - self._heard_s < _SILENT_S and self._count < _FLOOD:
            self._count = 0
            await asyncio.sleep(1.0)
        if self._count >= _FLOOD:
            self._give_up("too many messages")
        self._in_background(self.close())

    def _in_background(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    def _tell(self, message: Message, channel: str = "control") -> None:
        to = self._channels.get(channel)
        if to is not None and to.readyState == "open" and to.bufferedAmount < MOST_PORTRAIT_BYTES:
            to.send(write_message(message))

    def _give_up(self, reason: str) -> None:
        self._tell(Failed(reason[:400]))

    def _hear_motion(self, data: str | bytes) -> None:
        """Paint the pose in a packet; a wrong packet ends the connection."""
        self._count += 1
        try:
            if isinstance(data, str):
                raise RemoteError("The motion channel carries packets only; update both machines")
            self._studio.paint(read_motion_packet(data))
        except RemoteError as error:
            self._refuse(error)

    def _hear(self, data: str | bytes) -> None:
        self._heard_s, self._count = self._clock(), self._count + 1
        try:
            if isinstance(data, str):
                self._handle(read_message(data))
            else:
                self._add_chunk(data)
        except PuppetError as error:
            self._refuse(error)

    def _refuse(self, error: PuppetError) -> None:
        _log.warning("A client is refused: %s", error)
        self._give_up(str(error))
        self._in_background(self.close())

    def _handle(self, message: Message) -> None:
        match message:
            case Ping(sent_s):
                self._tell(Pong(sent_s))
            case View():
                self._studio.show(message)
            case Offer(key):
                if self._studio.has(key):
                    self._tell(Ready(key))
                elif self._offered is None:
                    self._offered = message
                    self._tell(Wanted(key))
                else:
                    self._tell(Refused(key, "one portrait at a time; offer it again"))
            case _:
                raise RemoteError("The message is not one that a client sends; update both machines")

    def _add_chunk(self, chunk: bytes) -> None:
        offered = self._offered
        if offered is None or len(self._content) + len(chunk) > offered.bytes:
            raise RemoteError("More was sent than was offered; update both machines")
        self._content += chunk
        if len(self._content) == offered.bytes:
            content, self._offered, self._content = bytes(self._content), None, bytearray()
            self._in_background(self._prepare(offered.key, content))

    async def _prepare(self, key: str, content: bytes) -> None:
        try:
            await asyncio.to_thread(self._studio.add, key, content)
        except PuppetError as error:
            self._tell(Refused(key, str(error)[:400]))
        else:
            self._tell(Ready(key))

    def _send_times(self, painted: Painted) -> None:
        self._tell(painted, "motion")


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


def _keep(kept: OrderedDict[str, Any], name: str, value: object, most: int) -> None:
    """Keep a value under a name; the oldest one goes."""
    kept[name] = value
    while len(kept) > most:
        kept.popitem(last=False)


async def _json(request: web.Request) -> dict[str, Any]:
    """Return a request's JSON object. Raises RemoteError."""
    try:
        return read_object(await request.text(), _MOST_BYTES)
    except (web.HTTPRequestEntityTooLarge, UnicodeDecodeError, LookupError) as error:
        raise RemoteError("The request is too large or no text; update both machines") from error


def _refusal(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
