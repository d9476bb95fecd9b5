"""Pairing: one code, typed once, makes a key that both machines remember; without it nothing is answered.

The code is short, so it is never sent: SPAKE2, a password-authenticated key exchange, turns it into a key, and a wrong
guess costs a code. Afterwards every session description, which names the connection's certificate, carries
an HMAC-SHA256 of that key over the server's nonce, so that nobody between the two can take either side's place.
Any thread.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
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
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self._path) as part:
                os.chmod(part, 0o600)
                part.write_text(json.dumps(asdict(self._known)), "utf-8")
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot be written ({error.strerror}); make room or change it") from error


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
