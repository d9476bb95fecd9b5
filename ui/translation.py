"""Texts of the window in the person's language.

`tr` is called while modules are imported, too, for tables of texts: the language is chosen before the rest of `ui` is
imported, and another one is used from the next start on. Imports no Qt.
"""

from __future__ import annotations

import locale
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args
from xml.etree import ElementTree

Language = Literal["en", "de"]

FOLDER = Path(__file__).parent / "translations"
"""Holds a catalogue for each language but English: Qt's .ts files, as pylupdate6 writes them."""

_catalogue: dict[str, str] = {}
_used: list[Language] = ["en"]


def tr(text: str) -> str:
    """Return a text of the window in the person's language. `text` is a literal, so that catalogues can list it."""
    return _catalogue.get(text, text)


@lru_cache(maxsize=256)
def message_text(message: str) -> str:
    """Return a line of puppet/ in the person's language: an error's message, a problem, or the card of a shipped pack.

    Such a line is found by its template, a text of the catalogue with {} for every value. Values that are lines
    themselves are translated as well. What no catalogue has stays as it is.
    """
    if message in _catalogue:
        return _catalogue[message]
    for pattern, text in _templates():
        if match := pattern.fullmatch(message):
            return text.format(*map(message_text, match.groups()))
    name, colon, rest = message.partition(": ")  # a name before a message
    return f"{name}{colon}{message_text(rest)}" if colon else message


@lru_cache(maxsize=1)
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Return the patterns of the templates with their translations, those with the most literal characters first."""
    found = [text for text in _catalogue if "{}" in text]
    found.sort(key=lambda text: len(text.replace("{}", "")), reverse=True)
    return [(re.compile(re.escape(text).replace(r"\{\}", "(.*?)"), re.DOTALL), _catalogue[text]) for text in found]


def use_language(choice: Literal["system"] | Language) -> Language:
    """Choose the language of every `tr` from now on; return it. "system": the system's, or English."""
    found = choice if choice != "system" else system_language()
    _catalogue.clear()
    message_text.cache_clear()
    _templates.cache_clear()
    _used[:] = [found]
    if found != "en":
        _catalogue.update(read_catalogue(FOLDER / f"puppet_{found}.ts"))
    return found


def used_language() -> Language:
    """Return the language in use."""
    return _used[0]


def system_language() -> Language:
    """Return the language of the system if there is a catalogue for it, else English."""
    wanted = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    wanted = wanted or locale.getlocale()[0] or ""  # on Windows there are no such variables: "German_Germany"
    return next((each for each in get_args(Language) if wanted.lower().startswith(_PREFIXES[each])), "en")


_PREFIXES: dict[Language, tuple[str, ...]] = {"en": ("en",), "de": ("de", "german")}


def read_catalogue(path: Path) -> dict[str, str]:
    """Return the finished translations of a .ts file by their English texts."""
    messages = ElementTree.parse(path).iter("message")
    found = {}
    for message in messages:
        source, translation = message.findtext("source"), message.find("translation")
        if source and translation is not None and translation.text and "type" not in translation.attrib:
            found[source] = translation.text
    return found
