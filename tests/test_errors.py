"""Every message of a PuppetError has the one form that puppet/errors.py describes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from puppet import errors

ROOT = Path(__file__).parents[1]
TREE = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.PuppetError)}
FILES = [
    ROOT / "main.py",
    *(path for folder in ("puppet", "ui", "export") for path in sorted((ROOT / folder).rglob("*.py"))),
]
VALUE = "\0"
"""Stands for an interpolated value."""


def _texts(message: ast.expr) -> Iterator[str]:
    """Yield what a message may be, with VALUE for every part that is not a literal."""
    match message:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (first + second for first in _texts(left) for second in _texts(right))
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body), *_texts(orelse))
        case _:
            yield VALUE


def _messages() -> Iterator[tuple[str, str]]:
    """Yield every message with its place."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TREE and node.args:
                for text in _texts(node.args[0]):
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", text


def _flaw(message: str) -> str:
    """Return what is wrong with the form of a message, or ""."""
    first, last = message[:1], message[-1:]
    if not (first in (VALUE, "“", '"', "-") or first.isupper()):
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
def test_the_form_is_told_from_the_source(source: str, flaw: str) -> None:
    (call,) = ast.parse(source.replace("\\\\", "\\")).body
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert any(flaw in _flaw(text) if flaw else not _flaw(text) for text in _texts(call.value.args[0]))
