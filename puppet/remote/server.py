"""The server's half of signalling: greeting, pairing and session descriptions, over HTTP. Event loop's thread.

Nothing is answered but the greeting and the pairing before a client has proved that it has the key. Requests are
bounded, and taken from no web page.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from annotated_types import Len

from puppet import __version__
from puppet.errors import PuppetError, RemoteError
from puppet.remote.messages import PROTOCOL, Hello, read_object
from puppet.remote.pairing import Exchange, KnownMachines, Nonces, WrongCodes, is_proof, new_code, proof
from puppet.remote.seat import FullError
from puppet.remote.signalling import MOST_SDP_CHARACTERS
from puppet.schema import validate

_MOST_PAIRINGS, _PAIRING_S = 64, 60.0
_MOST_BYTES = 2 * MOST_SDP_CHARACTERS
TOO_MANY_CODES = "too many wrong codes from this address; wait a minute and type the one shown there"


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
    portrait: Annotated[str, Len(0, 64)] = ""


class Sessions(Protocol):
    """Begins sessions, on this machine or on others."""

    async def answer(self, client: str, sdp: str, portrait: str) -> str:
        """Return the answer to a session description.

        Args:
            client: identity of the client, whose session before ends.
            sdp: its session description.
            portrait: key of the portrait that it shows first, or "".

        Raises:
            FullError: all sessions are taken.
            RemoteError: the description cannot be read.
        """


class Server:
    """Answers clients; every method runs on the event loop's thread."""

    def __init__(
        self,
        sessions: Sessions,
        known: KnownMachines,
        pack: tuple[str, str],
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Answer for these sessions.

        Args:
            sessions: begin when a client has proved who it is.
            known: clients that were paired.
            pack: name and digest of the pack.
            tell: shows the code to the user.
            clock: seconds.
        """
        self._sessions, self._known, self._pack, self._tell, self._clock = sessions, known, pack, tell, clock
        self._nonces, self.wrong_codes = Nonces(clock), WrongCodes(clock)
        self._pairings: OrderedDict[str | None, tuple[str, bytes, float]] = OrderedDict()  # one of each address
        self.code = ""

    def application(self) -> web.Application:
        """Return the web application that answers at /puppet."""
        application = web.Application(client_max_size=_MOST_BYTES, middlewares=[refuse_pages])
        application.router.add_get("/puppet/hello", self._hello)
        for name, handler in (("pair", self._pair), ("confirm", self._confirm), ("offer", self._offer)):
            application.router.add_post(f"/puppet/{name}", handler)
        return application

    def show_code(self) -> None:
        """Make a new code and tell it."""
        self.code = new_code()
        self._pairings.clear()
        self._tell(f"Pairing code: {self.code}")

    async def _hello(self, _request: web.Request) -> web.Response:
        hello = Hello(__version__, PROTOCOL, self._known.id, *self._pack, self._nonces.new())
        return web.json_response(asdict(hello))

    async def _pair(self, request: web.Request) -> web.Response:
        try:
            asked = validate(_Pair, await _json(request), "Pairing", RemoteError)
            exchange = Exchange(self.code, asked.client, self._known.id, is_server=True)
            key = exchange.finish(base64.b64decode(asked.message, validate=True))
        except (RemoteError, binascii.Error) as error:
            return _refusal(400, f"Pairing failed ({error}); update both machines")
        self._pairings[request.remote] = asked.client, key, self._clock()
        while len(self._pairings) > _MOST_PAIRINGS:
            self._pairings.popitem(last=False)
        return web.json_response({"message": base64.b64encode(exchange.message).decode()})

    async def _confirm(self, request: web.Request) -> web.Response:
        try:
            asked = validate(_Confirm, await _json(request), "Pairing", RemoteError)
        except RemoteError as error:
            return _refusal(400, str(error))
        address = request.remote or ""
        client, key, began_s = self._pairings.pop(request.remote, ("", b"", 0.0))
        if self.wrong_codes.must_wait(address):
            return _refusal(429, TOO_MANY_CODES)
        is_fresh = client == asked.client and self._clock() - began_s <= _PAIRING_S
        if not is_fresh or not is_proof(asked.proof, key, "pair client"):
            self.wrong_codes.add(address)
            return _refusal(403, "the code is not the one shown there; type it again")
        try:
            self._known.remember(asked.client, key)
        except PuppetError as error:
            self._tell(str(error))
            return _refusal(500, "the key cannot be kept there; make room on that machine and pair again")
        self.show_code()
        return web.json_response({"proof": proof(key, "pair server")})

    async def _offer(self, request: web.Request) -> web.Response:
        try:
            asked = validate(_Request, await _json(request), "Offer", RemoteError)
        except RemoteError as error:
            return _refusal(400, str(error))
        key = self._known.key(asked.client)
        if key is None or not is_proof(asked.proof, key, "offer", asked.nonce, asked.sdp):
            return _refusal(403, "this machine is not paired with it; run `puppet pair` again")
        if not self._nonces.use(asked.nonce):
            return _refusal(403, "the offer came too late; try again")
        try:
            sdp = await self._sessions.answer(asked.client, asked.sdp, asked.portrait)
        except RemoteError as error:
            return _refusal(503 if isinstance(error, FullError) else 400, str(error))
        return web.json_response({"sdp": sdp, "proof": proof(key, "answer", asked.nonce, asked.sdp, sdp)})


@web.middleware
async def refuse_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer no page of another site: a browser asks before it sends JSON to one, and nothing allows it."""
    if request.method == "POST" and request.content_type != "application/json":
        return _refusal(415, "the request is not application/json; update both machines")
    origin = request.headers.get("Origin")
    if origin is not None and not (request.secure and origin == f"https://{request.host}"):
        return _refusal(403, "a page of another site may not ask; open this machine's own page")
    return await handler(request)


async def _json(request: web.Request) -> dict[str, Any]:
    """Return a request's JSON object. Raises RemoteError."""
    try:
        return read_object(await request.text(), _MOST_BYTES)
    except (web.HTTPRequestEntityTooLarge, UnicodeDecodeError, LookupError) as error:
        raise RemoteError("The request is too large or no text; update both machines") from error


def _refusal(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)
