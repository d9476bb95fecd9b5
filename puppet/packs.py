"""Model packs: a folder with `pack.json` beside the exported graphs that it lists.

Packs are untrusted input: the manifest is bounded and validated, and every file's SHA-256 is compared before an engine
opens it. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from annotated_types import Interval, Len
from platformdirs import user_data_path

from puppet.errors import PackError
from puppet.media.files import whole_folder
from puppet.regular_files import open_regular, read_regular
from puppet.schema import validate

FORMAT = 1
"""Version of `pack.json` that this program reads and writes."""
DEFAULT_PACK = "face"
MANIFEST = "pack.json"
SCRIPT_NAMES = "names.json"
"""Member of a TorchScript file: the names of its inputs and outputs, {"inputs": [...], "outputs": [...]}, in order."""

_BUNDLED = Path(__file__).parent / "assets" / "packs"
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_FILE_BYTES = 2 << 30
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # cannot lead out of a folder
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PRECISIONS = ("fp32", "fp16", "bf16", "int8")
_SHA256 = re.compile("[0-9a-f]{64}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PackCard:
    """Description of a pack, as its manifest has it.

    Attributes:
        name: the pack's name for `--pack`.
        family: the architecture: "face", "fomm", "monkeynet" or "coseg".
        size: side of the model's square in pixels.
        detector: "graph", or "landmarks" when its keypoints are the face tracker's.
        keypoints: number of keypoints.
        licence: of the weights.
        description: one sentence for a person.
        training: data and course of the training, in words.
        metrics: name -> figure, as measured after the training.
        segments: number of parts that can be swapped, without the background; 0: none.
        architecture: a learned family's configuration in puppet.models, to export or train it again; checked there.
        parity: deviation of exported graphs from the module, name -> figure, as measured when they were written.
        precisions: available precisions of its graphs.
    """

    name: str
    family: str
    size: Annotated[int, Interval(ge=64, le=1024)]
    detector: Literal["graph", "landmarks"]
    keypoints: Annotated[int, Interval(ge=1, le=1000)]
    licence: str
    description: str
    training: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    segments: Annotated[int, Interval(ge=0, le=1024)] = 0
    architecture: dict[str, object] = field(default_factory=dict)
    parity: dict[str, float] = field(default_factory=dict)
    precisions: tuple[str, ...] = ("fp32",)

    def __post_init__(self) -> None:
        """Raise PackError when name or family is not a plain file name, or a precision is unknown."""
        for key, value in (("name", self.name), ("family", self.family)):
            if not _FILE_NAME.fullmatch(value):
                raise PackError(f"{key} is {value[:60]!r}; expected a plain file name")
        if not self.precisions or not set(self.precisions) <= set(_PRECISIONS):
            found, known = list(self.precisions), ", ".join(_PRECISIONS)
            raise PackError(f"{str(found)[:100]} in precisions; expected some of {known}")
        for key, text in (("licence", self.licence), ("description", self.description), ("training", self.training)):
            if _CONTROL.search(text):  # a terminal would execute them
                raise PackError(f"{key} holds control characters; expected plain text")


@dataclass(frozen=True, slots=True)
class _FileList:
    """The manifest's files with their SHA-256."""

    files: Annotated[dict[str, str], Len(1, 32)]

    def __post_init__(self) -> None:
        """Raise PackError at an entry that is not a plain file name with a SHA-256."""
        for name, digest in self.files.items():
            if not _FILE_NAME.fullmatch(name) or not _SHA256.fullmatch(digest):
                raise PackError(f"{name[:60]!r}: {digest[:70]!r} in files; expected a plain file name and its SHA-256")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack on disk with a valid manifest; `verify_pack` checks its files.

    Attributes:
        folder: the pack's folder.
        card: its description.
        files: file name -> SHA-256 in hexadecimal.
    """

    folder: Path
    card: PackCard
    files: dict[str, str]

    @property
    def name(self) -> str:
        """The pack's name for `--pack`."""
        return self.card.name

    @property
    def size(self) -> int:
        """Side of the model's square in pixels."""
        return self.card.size

    @property
    def digest(self) -> str:
        """SHA-256 of all files in hexadecimal: the same for the same pack on another machine."""
        return hashlib.sha256(json.dumps(sorted(self.files.items())).encode()).hexdigest()

    def file(self, name: str) -> Path:
        """Return the path of one of its files. Raises PackError: the manifest lists no such file."""
        if name not in self.files:
            raise PackError(f"Pack {self.name} has no file {name}; it lists {', '.join(sorted(self.files))}")
        return self.folder / name

    def read(self, name: str) -> bytes:
        """Return the content of one of its files, after it was compared with its checksum. Raises PackError."""
        content = _checked(self, name, lambda path: read_regular(path, _MAX_FILE_BYTES))
        _compare(self, name, hashlib.sha256(content).hexdigest())
        return content

    @property
    def is_bundled(self) -> bool:
        """True when it ships with Puppet."""
        return self.folder.resolve().parent == _BUNDLED.resolve()


def user_packs_folder() -> Path:
    """Return the folder of the packs that were made or imported on this computer; it may not exist yet."""
    return user_data_path("puppet", appauthor=False) / "packs"


def list_packs() -> list[Pack]:
    """List every readable pack, the bundled ones first; `packs verify FOLDER` says why one is unreadable."""
    found = []
    for root in (_BUNDLED, user_packs_folder()):
        for manifest in sorted(root.glob(f"*/{MANIFEST}")):
            try:
                found.append(_read(manifest.parent))
            except PackError:
                continue
    return found


def open_pack(name_or_folder: str) -> Pack:
    """Open a pack by name or folder. Raises PackError: it is unreadable or unknown; the message lists known packs."""
    folder = Path(name_or_folder)
    if _exists(folder / MANIFEST):
        return _read(folder)
    for root in (_BUNDLED, user_packs_folder()):
        if _FILE_NAME.fullmatch(name_or_folder) and (root / name_or_folder / MANIFEST).is_file():
            return _read(root / name_or_folder)
    for pack in list_packs():
        if pack.name == name_or_folder:
            return pack
    known = ", ".join(pack.name for pack in list_packs()) or "none"
    raise PackError(
        f"No pack is named {name_or_folder[:200]}, and no such folder has a {MANIFEST}; known packs: {known}"
    )


def is_pack(name_or_folder: str) -> bool:
    """Return True when there is a readable pack of that name or in that folder."""
    try:
        open_pack(name_or_folder)
    except PackError:
        return False
    return True


def verify_pack(pack: Pack) -> None:
    """Compare every file with its checksum. Raises PackError naming the first one that is missing or differs."""
    for name in pack.files:
        _compare(pack, name, _checked(pack, name, checksum))


def _checked(pack: Pack, name: str, read: Callable[[Path], T]) -> T:
    try:
        return read(pack.file(name))
    except OSError as error:
        reason = f"cannot read {name}: {error.strerror}"
        raise PackError(f"Pack {pack.name}: {reason}; install the pack again") from error


def _compare(pack: Pack, name: str, found: str) -> None:
    if found != (expected := pack.files[name]):
        differs = f"SHA-256 {found[:12]}… instead of {expected[:12]}…"
        raise PackError(f"Pack {pack.name}: {name} is damaged ({differs}); install the pack again")


def write_pack(folder: Path, card: PackCard, files: list[Path]) -> Pack:
    """Copy `files` into a new pack, whole or not at all. Raises PackError: the folder exists, or cannot be written."""
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    try:
        with whole_folder(folder) as unfinished:
            for path in files:
                shutil.copyfile(path, unfinished / path.name)
            sums = {path.name: checksum(unfinished / path.name) for path in files}
            manifest = json.dumps({"format": FORMAT, **asdict(card), "files": sums}, indent=1, ensure_ascii=False)
            (unfinished / MANIFEST).write_text(manifest + "\n", encoding="utf-8")
    except OSError as error:
        raise PackError(f"Cannot write the pack {folder}: {error.strerror}; choose another folder") from error
    return _read(folder)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, a folder without permission
        return False


def _read(folder: Path) -> Pack:
    """Read and validate a manifest; keys that this version does not know are ignored."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(read_regular(path, _MAX_MANIFEST_BYTES).decode())
    except OSError as error:
        raise PackError(f"Cannot read {path}: {error.strerror}; choose a folder with a pack's manifest") from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise PackError(f"{path} is not valid JSON: {reason}; install the pack again") from error
    if not isinstance(manifest, dict):
        raise PackError(f"{path} is not a JSON object; install the pack again")
    version = manifest.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise PackError(f"{path}: format {str(version)[:20]} is newer than this program's {FORMAT}; update Puppet")
    if version != FORMAT:
        raise PackError(f"{path}: format is {str(version)[:20]!r}; expected {FORMAT}")
    card = validate(PackCard, manifest, str(path), PackError, unknown="ignore")
    return Pack(folder, card, validate(_FileList, manifest, str(path), PackError, unknown="ignore").files)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a regular file in hexadecimal, as the manifest has it. Raises OSError."""
    with open_regular(path, _MAX_FILE_BYTES) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
