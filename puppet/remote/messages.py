"""Messages of the reliable channel: JSON objects with a kind; portraits follow as binary chunks. Any thread.

What arrives is untrusted: bounded in length, and validated.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args

from annotated_types import Interval, Len

from puppet.config import DEFAULT_SIZE, check_size
from puppet.controls import KEPT_BACKGROUND, Background, BackgroundKind, Badge, Controls, Output
from puppet.errors import RemoteError
from puppet.schema import validate
from puppet.userdata.settings import toml_table

PROTOCOL = 2
CHUNK_BYTES = 4 << 10
MOST_PORTRAIT_BYTES = 64 << 20
MOST_SIDE_PX = 2160
_MOST_BYTES = 16 << 10

Key: TypeAlias = Annotated[str, Len(64, 64)]
"""SHA-256 of a portrait file, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class View:
    """Content of the pictures beside the pose: the part of `Controls` that painting needs.

    Attributes:
        output, background, badge: as in Controls; a background's file stays where it is, so none is sent.
        size: (width, height) of the pictures.
    """

    output: Output = Output.CROP
    background: Background = KEPT_BACKGROUND
    badge: Badge | None = None
    size: tuple[int, int] = DEFAULT_SIZE

    def __post_init__(self) -> None:
        """Raise ConfigError for a size that cannot be sent, or a background in a file."""
        check_size(self.size)
        if max(self.size) > MOST_SIDE_PX or self.background.kind is BackgroundKind.PICTURE:
            raise RemoteError(f"Pictures of {self.size[0]}x{self.size[1]}: expected at most {MOST_SIDE_PX} pixels")

    @property
    def controls(self) -> Controls:
        """The controls that paint this view."""
        return Controls(output=self.output, background=self.background, badge=self.badge)


@dataclass(frozen=True, slots=True)
class Offer:
    """A portrait that will be shown: its portrait file is sent when it is wanted.

    Attributes:
        key: of the portrait file.
        bytes: its length.
        pose: the portrait's own pose, which packets refer to; see `motion_packet.Reference`.
        depth: it has a depth.
    """

    key: Key
    bytes: Annotated[int, Interval(ge=1, le=MOST_PORTRAIT_BYTES)]
    pose: Annotated[str, Len(4, 8000)]
    depth: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """The portrait file is to be sent, in chunks of `CHUNK_BYTES`."""

    key: Key


@dataclass(frozen=True, slots=True)
class Ready:
    """Packets may name this portrait."""

    key: Key


@dataclass(frozen=True, slots=True)
class Dropped:
    """Others took the place of this portrait; packets may name it when it was offered again."""

    key: Key


@dataclass(frozen=True, slots=True)
class Refused:
    """The portrait cannot be shown."""

    key: Key
    reason: Annotated[str, Len(0, 400)]


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a Pong; `sent_s` is on the asking side's clock."""

    sent_s: float


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a Ping with its time."""

    sent_s: float


@dataclass(frozen=True, slots=True)
class Painted:
    """Times of a picture on the rendering machine: its motion waited, was painted; the one before was encoded."""

    number: int
    wait_ms: float
    paint_ms: float
    encode_ms: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The rendering machine cannot go on; the connection ends."""

    reason: Annotated[str, Len(0, 400)]


@dataclass(frozen=True, slots=True)
class Wish:
    """Choices made on the page for browsers.

    Attributes:
        portrait: name in the rendering machine's gallery; "": the first.
        hidden: show the portrait at rest.
        calibrate: take the neutral pose now.
    """

    portrait: Annotated[str, Len(0, 200)]
    hidden: bool
    calibrate: bool


@dataclass(frozen=True, slots=True)
class Portraits:
    """Names in the rendering machine's gallery, for the page, and the one that is shown."""

    names: tuple[str, ...]
    shown: str


Message: TypeAlias = (
    View | Offer | Wanted | Ready | Dropped | Refused | Ping | Pong | Painted | Failed | Wish | Portraits
)

_KINDS: dict[str, type] = {kind.__name__.lower(): kind for kind in get_args(Message)}


@dataclass(frozen=True, slots=True)
class Hello:
    """Greeting of the rendering machine, before anybody is known.

    Attributes:
        puppet: its version.
        protocol: version of messages and packets.
        server: random identity, kept between starts.
        pack: name of the pack.
        pack_sha256: digest of the pack's list of files; both machines need the same pack.
        nonce: to be used once, in the offer.
    """

    puppet: Annotated[str, Len(1, 40)]
    protocol: int
    server: Annotated[str, Len(32, 32)]
    pack: Annotated[str, Len(1, 200)]
    pack_sha256: Key
    nonce: Annotated[str, Len(32, 32)]
    kind: Literal["puppet"] = "puppet"


def write_message(message: Message) -> str:
    """Return a message as it is sent."""
    return json.dumps({"kind": type(message).__name__.lower(), **asdict(message, dict_factory=toml_table)})


def read_message(text: str) -> Message:
    """Return the message in `text`. Raises RemoteError when it is none."""
    values = read_object(text, _MOST_BYTES)
    kind = _KINDS.get(str(values.pop("kind", "")))
    if kind is None:
        raise RemoteError("A message is of no known kind; update both machines")
    message: Message = validate(kind, values, kind.__name__, RemoteError)
    return message


def read_object(text: str, most_bytes: int) -> dict[str, Any]:
    """Return a JSON object from the other machine. Raises RemoteError when it is none or too long."""
    try:
        values = json.loads(text) if len(text) <= most_bytes else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise RemoteError(f"A message of {len(text)} characters is no JSON object; update both machines")
    return values
