"""Texts of the window in other languages: nothing is missing, and no text is shown that cannot be translated."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ui
from tools.messages import shown_lines
from tools.translations import texts
from ui.translation import FOLDER, message_text, read_catalogue, system_language, tr, use_language

UI = Path(ui.__file__).parent
CATALOGUES = sorted(FOLDER.glob("*.ts"))
NAMES = {
    *(
        "Puppet",
        "Puppet {}",
        "ONNX Runtime",
        "OpenVINO",
        "PyTorch",
        "CPU",
        "English",
        "Deutsch",
        "{} – Puppet",
        "PgDown",
    ),
    *("Esc", "Fusion", "First", "Middle", "Last"),
}
"""Names that are the same in every language, and words of Qt."""
_NO_TEXT = {"tr", "getLogger", "setObjectName", "setProperty", "TypeVar", "cast", "import_module", "Page"}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_text_is_translated_with_its_placeholders(path: Path) -> None:
    catalogue, found = read_catalogue(path), texts()
    assert sorted(set(found) - set(catalogue)) == [], "run python -m tools.translations and translate these"
    assert sorted(set(catalogue) - set(found)) == [], "run python -m tools.translations"
    for text, translated in catalogue.items():
        assert sorted(re.findall(r"{.*?}", translated)) == sorted(re.findall(r"{.*?}", text))
        assert [translated[:1].isspace(), translated[-1:].isspace()] == [text[:1].isspace(), text[-1:].isspace()]


def test_no_text_is_shown_that_cannot_be_translated() -> None:
    left = []
    for path in sorted(UI.rglob("*.py")):
        if path.parent.name not in ("style", "global_keys"):
            left += [f"{path.relative_to(UI)}:{line}: {text!r}" for line, text in _untranslated(path)]
    assert left == []


def _untranslated(path: Path) -> Iterator[tuple[int, str]]:
    """Texts of a module outside of tr(): they begin like a sentence, or are words between placeholders."""
    tree = ast.parse(path.read_text("utf-8"))
    known = {node for part in ast.walk(tree) if _has_no_text(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(node.value)  # a docstring
        text, begin = "", r"[A-Z“].*[a-z]{2}"
        if isinstance(node, ast.JoinedStr):
            known.update(node.values)
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            text, begin = "".join(parts), r".*([a-z]{3,} [a-z]{2,}|[A-Z“][a-z]{2,})"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        if node in known or text in NAMES or "border" in text or not isinstance(node, ast.expr):
            continue
        if re.match(begin, text, re.DOTALL) and not re.match(r"[ (]*(Ctrl|Shift|Alt)\+", text):
            yield node.lineno, text


def _has_no_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        logs = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "_log"
        return name in _NO_TEXT or logs
    return isinstance(node, (ast.Raise, ast.Assert))


@pytest.mark.parametrize(
    ("message", "german"),
    [
        ("/home/a.png: no such file; check the path", "/home/a.png: keine solche Datei; prüfen Sie den Pfad"),
        ("Nina: Pack x: y; install the pack again", "Nina: Modellpaket x: y; installieren Sie das Modellpaket neu"),
        (
            "The recording stopped: a.mp4: cannot be written (No space left on device); choose another folder",
            "Die Aufnahme hat aufgehört: a.mp4: lässt sich nicht schreiben (kein Platz mehr); "
            "wählen Sie einen anderen Ordner",
        ),
        ("The driver says {}: [nothing", "The driver says {}: [nothing"),
    ],
)
def test_a_line_of_puppet_is_translated_with_the_lines_in_it(message: str, german: str) -> None:
    assert message_text(message) == message
    use_language("de")
    assert message_text(message) == german


def test_every_line_of_puppet_is_found_by_its_template() -> None:
    use_language("de")
    for line in shown_lines(UI.parent):
        assert message_text(line.replace("{}", "7")) == tr(line).replace("{}", "7"), line


def test_the_language_is_chosen_or_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tr("Record") == "Record"
    assert use_language("de") == "de"
    assert tr("Record") == "Aufnehmen"
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    for wanted, found in (("de_AT.UTF-8", "de"), ("fr_FR.UTF-8", "en"), ("C.UTF-8", "en")):
        monkeypatch.setenv("LANG", wanted)
        assert system_language() == use_language("system") == found
    monkeypatch.setenv("LANG", "")
    monkeypatch.setattr("locale.getlocale", lambda: ("German_Germany", "1252"))
    assert system_language() == "de"


def test_a_german_system_gets_a_german_window(tmp_path: Path) -> None:
    script = (
        "from ui.translation import use_language; use_language('system')\n"
        "import sys\n"
        "from PyQt6.QtWidgets import QLabel, QPushButton\n"
        "from puppet.config import LiveOptions\n"
        "from puppet.userdata.settings import Settings\n"
        "from ui import app\n"
        "qt = app._application()\n"
        "window = app._window(LiveOptions(), Settings())\n"
        "texts = [each.text() for kind in (QLabel, QPushButton) for each in window.findChildren(kind)]\n"
        "sys.stdout.buffer.write('|'.join(texts).encode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"LANG": "de_DE.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""},
        capture_output=True,
        timeout=120,
        check=True,
    )
    shown = done.stdout.decode().split("|")
    assert {"Glättung", " Kalibrieren", "Verbergen: das Porträt ruht; noch einmal: es folgt wieder"} < set(shown)
    english = set(read_catalogue(CATALOGUES[0])) - set(read_catalogue(CATALOGUES[0]).values())
    assert sorted(english & set(shown)) == []
