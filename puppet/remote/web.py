"""A browser as the light end: a page over HTTPS, whose camera's video goes up and the portrait's comes back.

The certificate is made at the first start and kept; the browser warns of it once. The pairing code is the login, and
serves once here, too. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import datetime
import hmac
import ipaddress
import json
import logging
import secrets
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import platformdirs
from aiohttp import web
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typing_extensions import override

from puppet.errors import PuppetError, RemoteError
from puppet.media.portrait_file import read_portrait
from puppet.remote.messages import Failed, Portraits, View, Wish, read_message, read_object, write_message
from puppet.remote.numbered_picture import STRIP_PX, luma_strip, read_number
from puppet.remote.pairing import write_private
from puppet.remote.seat import Client, FullError, Seat, Seats
from puppet.remote.server import TOO_MANY_CODES, Server, refuse_pages
from puppet.userdata.gallery import Gallery

PAGE = Path(__file__).parent / "page"
_FILES = {"index.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; media-src 'self' blob: mediastream:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SIZE = (480, 480)
_MOST_SIDE_PX = 1280
_MOST_TOKENS = 64
_LIFE = datetime.timedelta(days=825)
_log = logging.getLogger(__name__)


class WebClient(Client):
    """A browser: sends its camera's video and wishes."""

    def __init__(self, seat: Seat) -> None:
        """Speak through `seat`."""
        self._seat, self._studio = seat, seat.studio
        self._portrait: str | None = None
        self._studio.show(View(size=SIZE))

    @override
    def hear(self, channel: str, data: str | bytes) -> None:
        wish = read_message(data) if isinstance(data, str) and channel == "control" else None
        if not isinstance(wish, Wish):
            raise RemoteError("The page sends wishes only; load it again")
        self._studio.wish(hidden=wish.hidden, calibrate=wish.calibrate)
        if wish.portrait != self._portrait:
            self._portrait = wish.portrait
            self._seat.in_background(self._show(wish.portrait))

    @override
    def watch(self, track: MediaStreamTrack) -> None:
        if track.kind != "video":
            raise RemoteError("The page sends something else than video; load it again")
        self._seat.in_background(self._follow(track))

    @override
    def fail(self, reason: str) -> None:
        self._seat.send(write_message(Failed(reason)))

    async def _show(self, name: str) -> None:
        """Show a portrait of this machine's gallery, and name them all."""
        try:
            items = await asyncio.to_thread(Gallery().portraits)
            item = next((item for item in items if item.name == name), items[0] if items else None)
            if item is None:
                raise RemoteError("The gallery of this machine is empty; add a portrait there")
            shots = await asyncio.to_thread(read_portrait, item.path)
            await asyncio.to_thread(self._studio.perform_with, shots)
        except PuppetError as error:
            self.fail(str(error))
        else:
            self._portrait = item.name
            self._seat.send(write_message(Portraits(tuple(each.name for each in items), item.name)))

    async def _follow(self, track: MediaStreamTrack) -> None:
        """Give the studio each frame of the camera, without its number."""
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if (
                    isinstance(frame, VideoFrame)
                    and frame.height > STRIP_PX
                    and max(frame.width, frame.height) <= _MOST_SIDE_PX
                ):
                    self._studio.perform(frame, read_number(luma_strip(frame)) or 0)


class Site:
    """The page, its login, and offers of browsers that have logged in."""

    def __init__(self, server: Server, seats: Seats) -> None:
        """Serve the page with the code of `server`, and seat browsers in `seats`."""
        self._server, self._seats = server, seats
        self._tokens: list[str] = []

    def application(self) -> web.Application:
        """Return the web application of the page."""
        application = web.Application(client_max_size=128 << 10, middlewares=[refuse_pages])
        application.router.add_get("/", self._file)
        application.router.add_get("/{name}", self._file)
        application.router.add_post("/login", self._login)
        application.router.add_post("/offer", self._offer)
        return application

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        if name not in _FILES:
            raise web.HTTPNotFound
        return web.Response(body=(PAGE / name).read_bytes(), content_type=_FILES[name], headers=_HEADERS)

    async def _login(self, request: web.Request) -> web.Response:
        values = await _values(request)
        typed = "".join(letter for letter in str(values.get("code", "")).upper() if letter.isalnum())
        right = hmac.compare_digest(typed.encode(), self._server.code.replace("-", "").encode())
        address, wrong_codes = request.remote or "", self._server.wrong_codes
        if wrong_codes.must_wait(address):
            return web.json_response({"error": TOO_MANY_CODES}, status=429)
        if not right:
            wrong_codes.add(address)
            return web.json_response({"error": "That is not the code shown; type it again"}, status=403)
        self._server.show_code()
        self._tokens = [*self._tokens[1 - _MOST_TOKENS :], secrets.token_hex(16)]
        return web.json_response({"token": self._tokens[-1]})

    async def _offer(self, request: web.Request) -> web.Response:
        values = await _values(request)
        token, sdp = str(values.get("token", "")), values.get("sdp")
        if not any(hmac.compare_digest(token.encode(), known.encode()) for known in self._tokens):
            return web.json_response({"error": "Log in with the code first"}, status=403)
        if not isinstance(sdp, str):
            return web.json_response({"error": "The offer holds no session description"}, status=400)
        try:
            return web.json_response({"sdp": await self._seats.answer(token, sdp, make=WebClient)})
        except RemoteError as error:
            return web.json_response({"error": str(error)}, status=503 if isinstance(error, FullError) else 400)


async def _values(request: web.Request) -> dict[str, object]:
    try:
        return read_object(await request.text(), 128 << 10)
    except (RemoteError, UnicodeDecodeError, LookupError) as error:
        raise web.HTTPBadRequest(
            text=json.dumps({"error": "No JSON object"}), content_type="application/json"
        ) from error


def tls(folder: Path | None = None) -> ssl.SSLContext:
    """Return the context of HTTPS with this machine's certificate, made when there is none or it has expired.

    Raises:
        ConfigError: it cannot be written.
    """
    folder = folder or platformdirs.user_data_path("puppet", appauthor=False)
    path = folder / "certificate.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
            raise ValueError("expired")
        context.load_cert_chain(path)
    except (OSError, ValueError):
        _make_certificate(path)
        context.load_cert_chain(path)
    return context


def _make_certificate(path: Path) -> None:
    """Write a key and a certificate that it signed itself. Raises ConfigError."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Puppet")])
    host = x509.SubjectAlternativeName(
        [
            x509.DNSName(socket.gethostname()),
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .add_extension(host, critical=False)
        .sign(key, hashes.SHA256())
    )
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    write_private(path, kept)
