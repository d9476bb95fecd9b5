"""A model pack: a folder with `pack.json` beside the exported graphs it lists. Everything Puppet animates with is one.

A pack comes from outside, so nothing in it is believed: the manifest's size, version, names and counts are checked, and
every file's SHA-256 before an engine opens it. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from platformdirs import user_data_path

from puppet.errors import PackError

FORMAT = 1
"""The version of `pack.json` this program reads and writes."""
DEFAULT_PACK = "face"
MANIFEST = "pack.json"
SCRIPT_NAMES = "names.json"
"""Member of a TorchScript file, which itself keeps no names: {"inputs": [...], "outputs": [...]}, in order."""

_BUNDLED = Path(__file__).parent / "assets" / "packs"
_LARGEST_MANIFEST = 1 << 20
_LARGEST_FILE = 2 << 30
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DETECTORS = ("graph", "landmarks")
_PRECISIONS = ("fp32", "fp16", "bf16", "int8")


@dataclass(frozen=True, slots=True)
class PackCard:
    """What a pack says of itself.

    Attributes:
        name: what `--pack` calls it.
        family: the architecture: "face", "fomm", "monkeynet" or "coseg".
        size: side of its square in pixels, 64 to 1024.
        detector: "graph", or "landmarks" when its keypoints are the face tracker's.
        keypoints: how many there are.
        licence: of the weights.
        description: one sentence for a person.
        training: what it was trained on and how, in words.
        metrics: name -> figure, as measured.
        segments: parts that can be swapped, the background not counted; 0: none.
        architecture: of a learned family, its configuration in puppet.models: for another export, for training.
        parity: how far exported graphs are from the module, name -> figure, as measured when they were written.
        precisions: that its graphs lie there in.
    """

    name: str
    family: str
    size: int
    detector: str
    keypoints: int
    licence: str
    description: str
    training: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    segments: int = 0
    architecture: dict[str, object] = field(default_factory=dict)
    parity: dict[str, float] = field(default_factory=dict)
    precisions: tuple[str, ...] = ("fp32",)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack on disk whose manifest was read and found sound (its files are checked by `verify_pack`).

    Attributes:
        folder: where it lies.
        card: what it says of itself.
        files: file name -> SHA-256 in hexadecimal.
    """

    folder: Path
    card: PackCard
    files: dict[str, str]

    @property
    def name(self) -> str:
        """What `--pack` calls it."""
        return self.card.name

    @property
    def size(self) -> int:
        """Side of its square in pixels."""
        return self.card.size

    def file(self, name: str) -> Path:
        """The path of one of its files; PackError when it has no such file."""
        if name not in self.files:
            raise PackError(f"pack {self.name}: it has no file {name} (it lists {', '.join(sorted(self.files))})")
        return self.folder / name


def list_packs() -> list[Pack]:
    """Every readable pack, the bundled ones first; an unreadable one is left out (`packs verify FOLDER` says why)."""
    found = []
    for root in (_BUNDLED, _user_folder()):
        for manifest in sorted(root.glob(f"*/{MANIFEST}")):
            try:
                found.append(_read(manifest.parent))
            except PackError:
                continue
    return found


def open_pack(name_or_folder: str) -> Pack:
    """A pack by its name or by its folder. Raises PackError; for an unknown name the message lists the known ones."""
    folder = Path(name_or_folder)
    if (folder / MANIFEST).is_file():
        return _read(folder)
    for root in (_BUNDLED, _user_folder()):
        if _FILE_NAME.fullmatch(name_or_folder) and (root / name_or_folder / MANIFEST).is_file():
            return _read(root / name_or_folder)
    for pack in list_packs():
        if pack.name == name_or_folder:
            return pack
    known = ", ".join(pack.name for pack in list_packs()) or "none"
    raise PackError(f"no pack named {name_or_folder}, and no folder with a {MANIFEST} there (known packs: {known})")


def is_pack(name_or_folder: str) -> bool:
    """Whether there is a readable pack of that name or in that folder."""
    try:
        open_pack(name_or_folder)
    except PackError:
        return False
    return True


def verify_pack(pack: Pack) -> None:
    """Compare every file with its checksum. Raises PackError naming the first that is missing or differs."""
    for name, expected in pack.files.items():
        path = pack.folder / name
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise PackError(f"pack {pack.name}: {name} is larger than {_LARGEST_FILE >> 30} GiB")
            found = _sha256(path)
        except OSError as error:
            raise PackError(f"pack {pack.name}: cannot read {name}: {error.strerror}; install it again") from error
        if found != expected:
            differs = f"SHA-256 {found[:12]}… instead of {expected[:12]}…"
            raise PackError(f"pack {pack.name}: {name} is damaged ({differs}); install the pack again")


def write_pack(folder: Path, card: PackCard, files: list[Path]) -> Pack:
    """Copy `files` into a new pack; the folder appears whole or not at all. Raises PackError when it exists already."""
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
        for path in files:
            shutil.copyfile(path, unfinished / path.name)
        sums = {path.name: _sha256(unfinished / path.name) for path in files}
        manifest = {"format": FORMAT, **asdict(card), "files": sums}
        (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        unfinished.rename(folder)
    except OSError as error:
        raise PackError(f"cannot write the pack {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return _read(folder)


def _user_folder() -> Path:
    return user_data_path("puppet", appauthor=False) / "packs"


def _read(folder: Path) -> Pack:
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise PackError(f"{path} is larger than {_LARGEST_MANIFEST >> 20} MiB: not a pack's manifest")
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise PackError(f"{path} is not valid JSON: {error}") from error
    return _check(folder, manifest)


def _check(folder: Path, manifest: object) -> Pack:
    """Turn untrusted JSON into a Pack, or say which key is wrong."""
    if not isinstance(manifest, dict):
        raise PackError(f"{folder / MANIFEST}: an object was expected")
    version = manifest.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise PackError(f"pack {folder.name} is of format {version}, newer than this program's {FORMAT}: update Puppet")
    if version != FORMAT:
        raise PackError(f"{folder / MANIFEST}: key format: found {version!r}, expected {FORMAT}")
    text = partial(_text, folder, manifest)
    card = PackCard(
        name=text("name", _FILE_NAME),
        family=text("family", _FILE_NAME),
        size=_whole(folder, manifest, "size", 64, 1024),
        detector=text("detector", re.compile("|".join(_DETECTORS))),
        keypoints=_whole(folder, manifest, "keypoints", 1, 1000),
        licence=text("licence"),
        description=text("description"),
        training=text("training"),
        metrics=_figures(folder, manifest, "metrics"),
        segments=_whole(folder, manifest, "segments", 0, 1024, missing=0),
        architecture=_architecture(folder, manifest),
        parity=_figures(folder, manifest, "parity"),
        precisions=_precisions(folder, manifest),
    )
    return Pack(folder, card, _files(folder, manifest))


def _text(folder: Path, manifest: dict[str, object], key: str, pattern: re.Pattern[str] | None = None) -> str:
    value = manifest.get(key)
    if not isinstance(value, str) or (pattern and not pattern.fullmatch(value)):
        expected = pattern.pattern if pattern else "text"
        raise PackError(f"{folder / MANIFEST}: key {key}: found {value!r}, expected {expected}")
    return value


def _whole(
    folder: Path, manifest: dict[str, object], key: str, least: int, most: int, missing: int | None = None
) -> int:
    value = manifest.get(key, missing)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        expected = f"a whole number from {least} to {most}"
        raise PackError(f"{folder / MANIFEST}: key {key}: found {value!r}, expected {expected}")
    return value


def _figures(folder: Path, manifest: dict[str, object], key: str) -> dict[str, float]:
    value = manifest.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(v, int | float) for v in value.values()):
        raise PackError(f"{folder / MANIFEST}: key {key}: expected names with numbers")
    return {str(name): float(figure) for name, figure in value.items()}


def _architecture(folder: Path, manifest: dict[str, object]) -> dict[str, object]:
    """What it says is checked by whoever builds a module from it (puppet.models.original_yaml)."""
    value = manifest.get("architecture", {})
    if not isinstance(value, dict):
        raise PackError(f"{folder / MANIFEST}: key architecture: expected an object")
    return value


def _precisions(folder: Path, manifest: dict[str, object]) -> tuple[str, ...]:
    value = manifest.get("precisions", ["fp32"])
    if not isinstance(value, list) or not value or not set(map(str, value)) <= set(_PRECISIONS):
        raise PackError(f"{folder / MANIFEST}: key precisions: found {value!r}, expected some of {list(_PRECISIONS)}")
    return tuple(value)


def _files(folder: Path, manifest: dict[str, object]) -> dict[str, str]:
    value = manifest.get("files")
    if not isinstance(value, dict) or not 1 <= len(value) <= 32:
        raise PackError(f"{folder / MANIFEST}: key files: expected 1 to 32 file names with their SHA-256")
    for name, digest in value.items():
        # A plain name cannot lead out of the pack's folder.
        if not _FILE_NAME.fullmatch(name) or not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise PackError(f"{folder / MANIFEST}: key files: {name!r} is not a plain file name with a SHA-256")
    return dict(value)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
