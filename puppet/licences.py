"""Licences of Puppet and of everything that is installed beside it: for Help › About, and inside a bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).parents[1]
FOLDERS = (_ROOT / "puppet" / "assets" / "networks", _ROOT / "puppet" / "assets" / "licences")
"""Texts of what is no Python package: MediaPipe's networks in a wheel; also Python and system libraries in a bundle."""
_TEXT = re.compile(r"(licen[cs]e|copying|notice|copyright)[^/]*$", re.IGNORECASE)
_NO_TEXT = (".py", ".pyc", ".pyi", ".so", ".html", ".json", ".xml")


def licence_texts() -> str:
    """Return the licence of Puppet and those of every package of this environment, each under its name.

    Reads some hundred small files; any thread.
    """
    return "\n\n".join(f"{name}\n{'=' * len(name)}\n\n{text.strip()}" for name, text in _parts()) + "\n"


def licence_files(distribution: metadata.Distribution) -> list[Path]:
    """Return the files of an installed distribution that hold licences, copyrights and notices, sorted."""
    listed = (
        Path(str(distribution.locate_file(each)))
        for each in distribution.files or ()
        if _TEXT.search(each.name) and not each.name.endswith(_NO_TEXT)
    )
    return sorted({path for path in listed if path.is_file()})


def _parts() -> Iterator[tuple[str, str]]:
    """Yield the title and the text of each part."""
    own = _ROOT / "LICENSE"
    if own.is_file():
        yield "Puppet", _read(own)
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.txt")):
            yield path.stem, _read(path)
    packages = {each.metadata["Name"]: each for each in metadata.distributions()}
    for name, package in sorted(packages.items(), key=lambda item: item[0].lower()):
        texts = list(dict.fromkeys(map(_read, licence_files(package))))
        fields = (package.metadata.get_all(field) for field in ("License-Expression", "License"))
        declared = next(filter(None, fields), ["see its home page"])
        yield f"{name} {package.version}", "\n\n".join(texts) or f"Licence: {declared[0]}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()
