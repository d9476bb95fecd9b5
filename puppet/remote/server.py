"""`puppet serve`: signalling over HTTP, and one WebRTC connection for each client. One event loop.

A client gets a seat (`Studio`); with none free it is told so. Nothing is answered but the greeting and the pairing
before a client has proved that it has the key. Requests and messages are bounded; a wrong one ends its connection and
no other.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from aiohttp import web
from annotated_types import Len

from puppet import __version__
from puppet.errors import PuppetError, RemoteError
from puppet.remote.messages import PROTOCOL, Hello, read_object
from puppet.remote.pairing import Exchange, KnownMachines, is_proof, new_code, proof
from puppet.remote.seat import PoseClient, Seat
from puppet.remote.signalling import MOST_SDP_CHARACTERS
from puppet.remote.studio import Studio
from puppet.schema import validate

_MOST_NONCES, _NONCE_S = 256, 60.0
_MOST_PAIRINGS, _PAIRING_S = 16, 60.0
_MOST_WRONG_CODES = 3
_MOST_BYTES = 2 * MOST_SDP_CHARACTERS


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

    def use_code(self, *, right: bool) -> None:
        """Count a use of the code: a right one and the third wrong one end it."""
        self._wrong_codes += not right
        if right or self._wrong_codes >= _MOST_WRONG_CODES:
            self._tell("The code was used" if right else f"{_MOST_WRONG_CODES} wrong codes")
            self.show_code()

    async def _hello(self, _request: web.Request) -> web.Response:
        nonce = secrets.token_hex(16)
        _keep(self._nonces, nonce, self._clock(), _MOST_NONCES)
        hello = Hello(__version__, PROTOCOL, self._known.id, *self._pack, nonce)
        return web.json_response(asdict(hello))

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
            self.use_code(right=False)
            return _refusal(403, "the code is not the one shown there; type it again")
        try:
            self._known.remember(asked.client, key)
        except PuppetError as error:
            return _refusal(500, str(error))
        self.use_code(right=True)
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
        seat = await self.take_seat(asked.client)
        if seat is None:
            return _refusal(503, f"all {len(self._studios)} sessions are taken; wait, or start it with more --sessions")
        seat.client = PoseClient(seat)
        try:
            sdp = await seat.answer(asked.sdp)
        except RemoteError as error:
            await seat.close()
            return _refusal(400, str(error))
        return web.json_response({"sdp": sdp, "proof": proof(key, "answer", asked.nonce, asked.sdp, sdp)})

    async def take_seat(self, client: str) -> Seat | None:
        """Return a seat for a client, which gives up one that it has already; None: all are taken."""
        if (before := self._seats.get(client)) is not None:  # it was killed, or lost its network
            await before.close()
        studio = next((studio for studio in self._studios if studio.is_free), None)
        if studio is None:
            return None
        seat = self._seats[client] = Seat(studio)
        self._tell(f"A client has come ({len(self._seats)} of {len(self._studios)})")
        seat.closed.add_done_callback(lambda _: self._leave(client, seat))
        return seat

    def _leave(self, client: str, seat: Seat) -> None:
        if self._seats.get(client) is seat:
            del self._seats[client]
        self._tell("A client has left")

    async def _shut_down(self, _application: web.Application) -> None:
        for seat in list(self._seats.values()):
            await seat.close()


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
