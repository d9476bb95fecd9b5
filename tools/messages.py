"""The lines of puppet/ that the window shows: messages of errors, texts in variables named for it, the packs' cards.

They are found in the source, as templates with {} for every interpolated value.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from puppet import errors

VALUE = "{}"
_ERRORS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.PuppetError)
}
_NAMES = ("problem", "next_step", "step", "steps", "note", "found", "facts", "room")
"""Ends of the names of variables that hold texts for the window."""
_ENGLISH = (
    *("checkpoints.py", "cli", "doctor", "engines", "models", "motion", "offline", "training"),
    *("compositing/part_masks.py", "live/benchmark.py", "media/content_credentials.py", "media/picture_folder.py"),
    *(f"remote/{name}.py" for name in ("jitter", "messages", "motion_packet", "seat", "server", "studio", "web")),
)
"""Parts of puppet/ whose messages stay English: of the command line, of libraries, of protocols, for researchers."""
_WORDS = (
    *("none is plugged in", "settings", "presets", "calibrations", "plug-ins", "folder", "picture", "video"),
    *("No such file or directory", "Permission denied", "No space left on device", "Read-only file system"),
    *("Not a directory", "Is a directory", "File exists", "Input/output error", "Connection refused", "timed out"),
)
"""Words in templates, and reasons that the system gives."""


def error_messages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and template of each message of a PuppetError in a module."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {name: node.value for node in tree.body if isinstance(node, ast.Assign) for name in _targets(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ERRORS and node.args:
            (message, *_) = node.args
            known = constants.get(message.id, message) if isinstance(message, ast.Name) else message
            yield from ((node.lineno, text) for text in _templates(known))


def shown_lines(root: Path) -> dict[str, str]:
    """Return the templates that the window may show, each with the first file that has it."""
    found = dict.fromkeys(_WORDS, "tools/messages.py")
    for path in sorted(path for part in ("puppet", "ui") for path in (root / part).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.removeprefix("puppet/").startswith(_ENGLISH):
            continue
        lines = [text for _line, text in error_messages(path)]
        if not name.startswith("ui/"):  # whose other texts go through `tr`
            lines += (text for node in ast.walk(ast.parse(path.read_text("utf-8"))) for text in _assigned(node))
        for text in lines:
            if re.search("[a-z]{3}", text):
                found.setdefault(text, name)
    for card in sorted((root / "puppet" / "assets").rglob("pack.json")):
        found.setdefault(json.loads(card.read_text("utf-8"))["description"], card.relative_to(root).as_posix())
    return found


def _targets(node: ast.AST) -> list[str]:
    """Return the names that a statement assigns to."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [getattr(target, "attr", getattr(target, "id", "")) for target in targets]


def _assigned(node: ast.AST) -> Iterator[str]:
    """Yield the templates that a statement assigns to a variable with a name for texts."""
    if isinstance(node, ast.Assign) and _targets(node)[0].lower().endswith(_NAMES):
        for value in _values(node.value):
            yield from (text for text in _templates(value) if " " in text)


def _values(value: ast.expr) -> list[ast.expr]:
    match value:
        case ast.Dict(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
            return values
        case ast.ListComp(elt=element):
            return [element]
        case _:
            return [value]


def _templates(message: ast.expr) -> Iterator[str]:
    """Yield what a message may be, with VALUE for every part that is not a literal."""
    match message:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (first + second for first in _templates(left) for second in _templates(right))
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_templates(body), *_templates(orelse))
        case _:
            yield VALUE
