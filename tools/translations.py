"""Bring the catalogues of the window's texts up to date: `python -m tools.translations`.

Every `tr("…")` in ui/ is listed, those at the top of a module too, which pylupdate6 leaves out, and so are the lines of
puppet/ that the window shows. The files are Qt's .ts, which Linguist opens. A text that is new is unfinished until
somebody translates it; one that is gone is dropped.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from xml.etree import ElementTree

from tools.messages import shown_lines

ROOT = Path(__file__).parents[1]
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'


def texts(root: Path = ROOT) -> dict[str, str]:
    """Return the texts of the window, each with the first file that has it. Raises ValueError for no literal."""
    found = shown_lines(root)
    for path in sorted((root / "ui").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                (text,) = node.args
                if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
                    raise ValueError(f"{name}:{node.lineno}: tr() of something that is no literal")
                found.setdefault(text.value, name)
    return found


def updated(path: Path, language: str, found: dict[str, str]) -> str:
    """Return the content of a catalogue with these texts, and the translations that it has."""
    known = {
        message.findtext("source"): message.find("translation")
        for message in (ElementTree.parse(path).iter("message") if path.exists() else ())
    }
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = "Puppet"
    for text, module in sorted(found.items(), key=lambda item: (item[1], item[0])):
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "location", filename=module)
        ElementTree.SubElement(message, "source").text = text
        before = known.get(text)
        if before is None:
            ElementTree.SubElement(message, "translation", type="unfinished")
        else:
            message.append(before)
    ElementTree.indent(root, "  ")
    return _HEAD + ElementTree.tostring(root, "unicode") + "\n"


def main() -> int:
    """Update every catalogue; return 1 if a text is unfinished."""
    left = 0
    for path in sorted((ROOT / "ui" / "translations").glob("*.ts")):
        content = updated(path, path.stem.removeprefix("puppet_"), texts())
        path.write_text(content, "utf-8")
        unfinished = content.count('type="unfinished"')
        sys.stdout.write(f"{path.relative_to(ROOT)}: {unfinished} unfinished\n")
        left += unfinished
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main())
