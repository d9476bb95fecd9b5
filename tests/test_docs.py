"""Documentation: links lead somewhere, paths and modules exist, the training manual names every key of a recipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDERS = "puppet|export|ui|benchmarks|tests|tools|docs|requirements"

LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./-]*[\w/]")
MODULE = re.compile(r"(?<![\w./-])(?:puppet|export|ui|benchmarks)(?:\.[A-Za-z]\w*)+(?![\w/])")
NO_MODULE = (".md", ".json", ".webp", ".png", ".toml", ".yaml")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _anchors(page: Path) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _is_defined(name: str) -> bool:
    """Return True for the dotted name of a module, or of a name within one."""
    place, parts = ROOT, name.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").is_file():
        place = place / f"{parts.pop(0)}.py"
    file = place / "__init__.py" if place.is_dir() else place
    return not parts or (file.is_file() and re.search(rf"\b{parts[0]}\b", file.read_text("utf-8")) is not None)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_paths_and_modules_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    missing = [path for path in FILE.findall(text) if not (ROOT / path).exists()]
    unknown = [name for name in MODULE.findall(text) if not name.endswith(NO_MODULE) and not _is_defined(name)]
    assert (missing, unknown) == ([], [])


def test_the_training_manual_names_every_key_of_a_recipe() -> None:
    pytest.importorskip("torch")
    from dataclasses import fields, is_dataclass

    from puppet.training.recipe_schema import face, learned

    manual = (ROOT / "docs" / "training.md").read_text("utf-8")
    kinds = [kind for module in (face, learned) for kind in vars(module).values() if isinstance(kind, type)]
    recipes = [kind for kind in kinds if is_dataclass(kind) and kind.__name__.endswith("Recipe")]
    keys = {item.name for kind in recipes for item in fields(kind)}
    assert len(keys) > 50
    assert [key for key in sorted(keys) if not re.search(rf"[`\[.]{key}[`\].]", manual)] == []
