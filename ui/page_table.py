"""Table of the pages. Imports no Qt; a page's module is imported when the page is shown for the first time."""

from __future__ import annotations

from dataclasses import dataclass

from ui.translation import tr


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the window "Puppet – pages", and the command that shows it.

    Attributes:
        name: of the page and of its command.
        title: its line in the list of pages.
        module: its function `make(window: MainWindow) -> QWidget` makes the page, once.
        keys: of the command, in QKeySequence's notation.
    """

    name: str
    title: str
    module: str
    keys: tuple[str, ...] = ()


PAGES = (
    Page("first steps", tr("First steps"), "ui.pages.setup"),
    Page("portraits", tr("Portraits"), "ui.pages.portraits", ("G",)),
    Page("person", tr("Add a person"), "ui.pages.person", ("Ctrl+Shift+O",)),
    Page("cameras", tr("Cameras"), "ui.pages.cameras"),
    Page("takes", tr("Takes"), "ui.pages.takes", ("Shift+T",)),
    Page("output", tr("Output"), "ui.pages.output"),
    Page("another machine", tr("Another machine"), "ui.pages.other_machine"),
    Page("remote control", tr("Remote control"), "ui.pages.remote_control"),
    Page("models", tr("Models"), "ui.pages.packs"),
    Page("plots", tr("Timings"), "ui.pages.timings"),
    Page("doctor", tr("Doctor"), "ui.pages.doctor"),
    Page("log", tr("Log"), "ui.pages.log"),
    Page("about", tr("About Puppet"), "ui.pages.about"),
)
"""In the order of the list. A page that has to know when it is visible overrides showEvent and hideEvent."""
