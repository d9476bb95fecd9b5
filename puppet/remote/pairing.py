"""Pairing: one code, typed once, makes a key that both machines remember; without it nothing is answered.

The code is short, so it is never sent: SPAKE2, a password-authenticated key exchange, turns it into a key, and a guess
can be tried only against the server, which answers three wrong ones a minute from one address. Afterwards every
session description, which names the connection's certificate, carries an HMAC-SHA256 of that key over the server's
nonce, so that nobody between the two can take either side's place. Any thread.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import platformdirs
from annotated_types import Len
from spake2 import SPAKE2_A, SPAKE2_B, SPAKEError

from puppet.errors import ConfigError, RemoteError
from puppet.media.files import whole_file
from puppet.regular_files import read_regular
from puppet.schema import validate

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is read as something else
_CODE_LENGTH = 8
_MOST_BYTES = 256 << 10
_NONCE_S = 60.0
_MOST_WRONG_CODES, _WRONG_CODES_S, _MOST_ADDRESSES = 3, 60.0, 1000
_CLIENT, _SERVER = b"puppet client", b"puppet server"

Id: TypeAlias = Annotated[str, Len(32, 32)]
"""Random identity of a machine, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class _Paired:
    id: Id
    key: Annotated[str, Len(64, 64)]


@dataclass(frozen=True, slots=True)
class _Known:
    id: Id
    paired: Annotated[tuple[_Paired, ...], Len(0, 1000)] = ()


class KnownMachines:
    """This machine's identity and the keys of those it was paired with, in one file that only the user can read."""

    def __init__(self, path: Path) -> None:
        """Read the file, or begin a new one.

        Raises:
            ConfigError: it is damaged or cannot be read.
        """
        self._path = path
        try:
            self._known = validate(_Known, json.loads(read_regular(path, _MOST_BYTES)), path.name, ConfigError)
        except (FileNotFoundError, NotADirectoryError):
            self._known = _Known(secrets.token_hex(16))
            self._write()
        except (OSError, ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: cannot be read ({error}); remove it and pair again") from error

    @property
    def id(self) -> str:
        """Identity of this machine."""
        return self._known.id

    def key(self, machine: str) -> bytes | None:
        """Return the key shared with a machine; None: they were not paired."""
        found = next((paired.key for paired in self._known.paired if paired.id == machine), None)
        return bytes.fromhex(found) if found else None

    def remember(self, machine: str, key: bytes) -> None:
        """Keep a key, in place of an older one of the same machine. Raises ConfigError when it cannot be written."""
        others = [paired for paired in self._known.paired if paired.id != machine]
        self._known = _Known(self.id, (*others[-999:], _Paired(machine, key.hex())))
        self._write()

    def _write(self) -> None:
        write_private(self._path, json.dumps(asdict(self._known)).encode())


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only the user can read. Raises ConfigError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            os.chmod(part, 0o600)
            part.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); make room or change it") from error


def known_servers() -> KnownMachines:
    """Return the machines that this user's Puppet renders on. Raises ConfigError."""
    return KnownMachines(platformdirs.user_data_path("puppet", appauthor=False) / "servers.json")


def known_clients() -> KnownMachines:
    """Return the machines that may render here. Raises ConfigError."""
    return KnownMachines(platformdirs.user_data_path("puppet", appauthor=False) / "clients.json")


def new_code() -> str:
    """Return a code of 40 random bits, "K7M2-P9XQ"."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


class Nonces:
    """Numbers that are accepted once, within a minute. Only used ones are kept: asking for many costs nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: seconds."""
        self._clock, self._secret = clock, secrets.token_bytes(32)
        self._used: dict[str, float] = {}

    def new(self) -> str:
        """Return a nonce of 32 hexadecimal digits."""
        stamp = int(self._clock() * 1000).to_bytes(8, "big")[-6:] + secrets.token_bytes(2)
        return (stamp + self._sign(stamp)).hex()

    def use(self, nonce: str) -> bool:
        """Return True if a nonce was made here within a minute and not used before."""
        now_s = self._clock()
        self._used = {used: since_s for used, since_s in self._used.items() if now_s - since_s < _NONCE_S}
        try:
            stamp, signature = bytes.fromhex(nonce)[:8], bytes.fromhex(nonce)[8:]
        except ValueError:
            return False
        age_s = now_s - int.from_bytes(stamp[:6], "big") / 1000
        if nonce in self._used or age_s > _NONCE_S or not hmac.compare_digest(signature, self._sign(stamp)):
            return False
        self._used[nonce] = now_s
        return True

    def _sign(self, stamp: bytes) -> bytes:
        return hmac.new(self._secret, stamp, hashlib.sha256).digest()[:8]


class WrongCodes:
    """Wrong codes by the address they came from: three, and the address has to wait; the code stays for the others."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: seconds."""
        self._clock = clock
        self._times_s: dict[str, list[float]] = {}

    def add(self, address: str) -> None:
        """Count one."""
        self._times_s[address] = [*self._recent(address), self._clock()]
        while len(self._times_s) > _MOST_ADDRESSES:
            del self._times_s[next(iter(self._times_s))]

    def must_wait(self, address: str) -> bool:
        """Return True if an address has used up its codes."""
        return len(self._recent(address)) >= _MOST_WRONG_CODES

    def _recent(self, address: str) -> list[float]:
        now_s = self._clock()
        return [time_s for time_s in self._times_s.get(address, ()) if now_s - time_s < _WRONG_CODES_S]


class Exchange:
    """One side's part in making a key from the code: `message` goes to the other side, its message into `finish`."""

    def __init__(self, code: str, client: str, server: str, *, is_server: bool) -> None:
        """Begin an exchange.

        Args:
            code: as it was typed; case, spaces and dashes do not matter.
            client: identity of the machine that asks; the key is bound to both.
            server: identity of the machine that renders.
            is_server: this side is the server.
        """
        side = SPAKE2_B if is_server else SPAKE2_A
        self._spake = side(_plain(code), idA=_CLIENT + client.encode(), idB=_SERVER + server.encode())
        self.message: bytes = self._spake.start()

    def finish(self, message: bytes) -> bytes:
        """Return the key. Raises RemoteError when the other side's message is none; a wrong code is not noticed yet."""
        try:
            key: bytes = self._spake.finish(message)
        except (SPAKEError, AssertionError, ValueError, TypeError) as error:
            raise RemoteError("The other machine sent no message of pairing; update both machines") from error
        return key


def proof(key: bytes, purpose: str, *parts: str) -> str:
    """Return the proof, in hexadecimal, that the sender has the key and says `parts` for this purpose."""
    text = "\0".join([purpose, *(hashlib.sha256(part.encode()).hexdigest() for part in parts)])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_proof(given: str, key: bytes, purpose: str, *parts: str) -> bool:
    """Return True if `given` is `proof` of the same."""
    return hmac.compare_digest(given.encode(), proof(key, purpose, *parts).encode())


def _plain(code: str) -> bytes:
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()
