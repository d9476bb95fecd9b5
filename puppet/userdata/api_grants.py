"""Plug-ins that the person allowed to control Puppet through the API, in one file. Any thread.

The file holds digests of the tokens: who reads it can revoke access, but not gain it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import platformdirs
import tomli_w
from annotated_types import Len

from puppet.errors import ConfigError
from puppet.media.files import whole_file
from puppet.regular_files import read_toml
from puppet.schema import validate
from puppet.userdata.settings import set_aside

_MOST = 50
_MAX_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Grant:
    """A plug-in that may use the API.

    Attributes:
        plugin: its name.
        developer: its developer's name.
        digest: SHA-256 of its token, in hexadecimal digits.
    """

    plugin: str
    developer: str
    digest: Annotated[str, Len(64, 64)]


@dataclass(frozen=True, slots=True)
class _File:
    plugin: Annotated[tuple[Grant, ...], Len(0, _MOST)] = ()


def grants_path() -> Path:
    """Return the path of the user's grants."""
    return platformdirs.user_config_path("puppet", appauthor=False) / "plugins.toml"


class ApiGrants:
    """The plug-ins that are allowed.

    Attributes:
        grants: oldest first; replaced whole.
        warning: one line if the file was damaged, else ""; it is renamed and kept then.
    """

    def __init__(self, path: Path | None = None, now: datetime | None = None) -> None:
        """Read the file; never raises."""
        self._path = path or grants_path()
        self.grants: tuple[Grant, ...] = ()
        self.warning = ""
        try:
            table = read_toml(self._path, _MAX_BYTES)
            self.grants = validate(_File, table, self._path.name, ConfigError, unknown="ignore").plugin
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (OSError, ValueError, ConfigError) as error:
            self.warning = set_aside(self._path, "plug-ins", str(error), now or datetime.now())

    def grant(self, plugin: str, developer: str) -> str:
        """Allow a plug-in; return its new token. Raises ConfigError if the file cannot be written."""
        token = secrets.token_hex(32)
        others = [each for each in self.grants if (each.plugin, each.developer) != (plugin, developer)]
        self._replace([*others, Grant(plugin, developer, _digest(token))][-_MOST:])
        return token

    def revoke(self, grant: Grant) -> None:
        """Allow a plug-in no longer. Raises ConfigError if the file cannot be written."""
        self._replace([each for each in self.grants if each != grant])

    def allows(self, plugin: str, developer: str, token: str) -> bool:
        """True if the token is the one of this plug-in."""
        digest = _digest(token)
        return any(
            (each.plugin, each.developer) == (plugin, developer) and hmac.compare_digest(each.digest, digest)
            for each in self.grants
        )

    def _replace(self, grants: list[Grant]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self._path) as part:
                part.write_text(tomli_w.dumps({"plugin": [asdict(each) for each in grants]}), "utf-8")
        except OSError as error:
            raise ConfigError(f"{self._path}: the plug-ins cannot be written: {error.strerror}") from error
        self.grants = tuple(grants)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
