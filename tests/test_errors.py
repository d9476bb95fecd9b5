"""Every message of a PuppetError has the one form that puppet/errors.py describes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.messages import error_messages

ROOT = Path(__file__).parents[1]
FILES = [
    ROOT / "main.py",
    *(path for folder in ("puppet", "ui", "export") for path in sorted((ROOT / folder).rglob("*.py"))),
]


def _messages() -> Iterator[tuple[str, str]]:
    """Yield every message with its place."""
    for path in FILES:
        for line, text in error_messages(path):
            yield f"{path.relative_to(ROOT).as_posix()}:{line}", text


def _flaw(message: str) -> str:
    """Return what is wrong with the form of a message, or ""."""
    first, last = message[:1], message[-1:]
    if not (first in ("{", "“", '"', "-") or first.isupper()):
        return "begins with a small letter"
    if last in ".!?,;:-–…":
        return "ends with punctuation"
    return "has a line break" if "\n" in message else ""


def test_every_message_has_the_one_form() -> None:
    flaws = [f"{place}: {flaw}: {text!r}" for place, text in _messages() if (flaw := _flaw(text))]
    assert not flaws, "\n" + "\n".join(flaws)


def test_the_messages_are_found() -> None:
    assert len(list(_messages())) > 150


@pytest.mark.parametrize(
    ("source", "flaw"),
    [
        ('ConfigError("No camera; plug one in")', ""),
        ('ConfigError(f"{path}: no video stream")', ""),
        ("ConfigError(f'--size \"{text}\": expected WxH')", ""),
        ('ConfigError("no camera")', "small letter"),
        ('ConfigError(f"{path}: missing.")', "punctuation"),
        ('ConfigError("One" + (" two." if more else " two"))', "punctuation"),
        ('ConfigError("One\\\\ntwo")', "line break"),
    ],
)
def test_the_form_is_told_from_the_source(source: str, flaw: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(source.replace("\\\\", "\\"), "utf-8")
    assert any(flaw in _flaw(text) if flaw else not _flaw(text) for _line, text in error_messages(path))
