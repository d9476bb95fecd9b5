"""The client's half of signalling: greeting, pairing, and the signed exchange of session descriptions, over HTTP.

Nothing secret travels: the code and the key stay on their machines, and every description is signed. Event loop's
thread.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any

import aiohttp
from annotated_types import Len

from puppet import __version__
from puppet.config import REMOTE_PORT
from puppet.errors import ConfigError, RemoteError
from puppet.installation import COMMAND
from puppet.remote.messages import PROTOCOL, Hello, read_object
from puppet.remote.pairing import Exchange, KnownMachines, is_proof, proof
from puppet.schema import validate

MOST_SDP_CHARACTERS = 64 << 10
_MOST_BYTES = 2 * MOST_SDP_CHARACTERS
_TIMEOUT = aiohttp.ClientTimeout(total=10)


def parse_address(text: str) -> tuple[str, int]:
    """Read "HOST", "HOST:PORT" or "[IPV6]:PORT". Raises ConfigError."""
    host, port = text.strip(), ""
    if host.startswith("["):
        host, _, port = host[1:].partition("]")
        port = port.removeprefix(":")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    number = int(port) if port.isdecimal() else REMOTE_PORT if not port else 0
    if not host or any(letter.isspace() or letter in "/@?#" for letter in host) or not 1 <= number <= 65535:
        raise ConfigError(f'--remote "{text}": expected HOST or HOST:PORT, like 192.168.1.20:{REMOTE_PORT}')
    return host, number


@dataclass(frozen=True, slots=True)
class _Answer:
    sdp: Annotated[str, Len(1, MOST_SDP_CHARACTERS)]
    proof: Annotated[str, Len(64, 64)]


@dataclass(frozen=True, slots=True)
class _Message:
    message: Annotated[str, Len(1, 200)]


@dataclass(frozen=True, slots=True)
class _Proof:
    proof: Annotated[str, Len(64, 64)]


class Invitation:
    """Asks one machine to render, with one pack.

    Attributes:
        host: as the user named it.
        pack: name of the pack.
    """

    def __init__(self, address: str, pack: str, pack_sha256: str, known: KnownMachines) -> None:
        """Raise ConfigError when `address` is none.

        Args:
            address: "HOST" or "HOST:PORT".
            pack: name of the pack that is used here.
            pack_sha256: its digest.
            known: the machines that this one was paired with.
        """
        self._address, (host, port) = address.strip(), parse_address(address)
        self.host, self.pack, self._pack_sha256, self._known = host, pack, pack_sha256, known
        self._base = f"http://{f'[{host}]' if ':' in host else host}:{port}/puppet"

    async def ask(self, sdp: str, portrait: str = "") -> str:
        """Return the answer to a session description.

        Args:
            sdp: the session description.
            portrait: key of the portrait that is shown first; of several machines one that has it is chosen.

        Raises:
            RemoteError: not reachable, not paired, another version or pack, full, or the answer is not signed.
        """
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            hello = await self._greet(http)
            key = self._known.key(hello.server)
            if key is None:
                raise RemoteError(
                    f"{self.host}: this machine is not paired with it; run: {COMMAND} pair {self._address}"
                )
            signed = proof(key, "offer", hello.nonce, sdp)
            values = {"client": self._known.id, "nonce": hello.nonce, "sdp": sdp, "proof": signed}
            values["portrait"] = portrait
            answer = validate(_Answer, await self._post(http, "offer", values), "Answer", RemoteError)
        if not is_proof(answer.proof, key, "answer", hello.nonce, sdp, answer.sdp):
            raise RemoteError(f"{self.host}: its answer is not signed with the key of the pairing; pair again")
        return answer.sdp

    async def pair(self, code: str) -> None:
        """Make a key from the code that the other machine shows, and remember it.

        Raises:
            RemoteError: not reachable, another version, or the code is wrong.
            ConfigError: the key cannot be kept.
        """
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            hello = await self._greet(http)
            exchange = Exchange(code, self._known.id, hello.server, is_server=False)
            message = base64.b64encode(exchange.message).decode()
            reply = await self._post(http, "pair", {"client": self._known.id, "message": message})
            key = exchange.finish(_decoded(validate(_Message, reply, "Pairing", RemoteError).message))
            values = {"client": self._known.id, "proof": proof(key, "pair client")}
            confirmed = validate(_Proof, await self._post(http, "confirm", values), "Pairing", RemoteError)
        if not is_proof(confirmed.proof, key, "pair server"):
            raise RemoteError(f"{self.host}: the code is not the one it shows; type it again")
        self._known.remember(hello.server, key)

    async def _greet(self, http: aiohttp.ClientSession) -> Hello:
        """Return the other machine's greeting. Raises RemoteError when it does not fit."""
        values = await self._request(http.get(f"{self._base}/hello"))
        if values.get("kind") != "puppet" or values.get("protocol") != PROTOCOL:
            found, protocol = (str(values.get(name, "none"))[:40] for name in ("puppet", "protocol"))
            raise RemoteError(
                f"{self.host}: has Puppet {found} with protocol {protocol}, this machine {__version__} with "
                f"{PROTOCOL}; update the older one"
            )
        hello = validate(Hello, values, "Greeting", RemoteError, unknown="ignore")
        if hello.pack_sha256 != self._pack_sha256:
            raise RemoteError(
                f"{self.host}: renders with the pack {hello.pack[:40]}, this machine has {self.pack} or another "
                "version of it; start both with the same pack"
            )
        return hello

    async def _post(self, http: aiohttp.ClientSession, what: str, values: dict[str, str]) -> dict[str, Any]:
        return await self._request(http.post(f"{self._base}/{what}", json=values))

    async def _request(self, request: Any) -> dict[str, Any]:
        try:
            async with request as response:
                content = b""
                async for chunk in response.content.iter_chunked(1 << 14):
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        break
            values = read_object(content.decode("utf-8", "replace"), _MOST_BYTES)
        except (aiohttp.ClientResponseError, RemoteError) as error:
            raise RemoteError(
                f"{self._address}: another program answers there; name the port of `puppet serve`"
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error or "no answer in time"
            raise RemoteError(f"{self.host}: cannot be reached ({reason}); start `puppet serve` there") from error
        if "error" in values:
            raise RemoteError(f"{self.host}: {' '.join(str(values['error'])[:300].split())}")
        return values


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RemoteError("The other machine sent no message of pairing; update both machines") from error
