"""Window of the pages: a list of titles at the left, the chosen page at the right."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QDialog, QFrame, QHBoxLayout, QListWidget, QScrollArea, QStackedWidget, QWidget

from ui.page_table import PAGES
from ui.translation import tr
from ui.widgets.basic import arrange

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_LIST_PX = 190
_ROW_PX = 34


class PagesWindow(QDialog):
    """Makes a page when it is shown for the first time; Esc closes the window.

    Args:
        window: given to each page; its parent.

    Attributes:
        titles: the list; its rows are those of PAGES.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._pages: dict[str, QWidget] = {}
        self.setWindowTitle("Puppet")
        self.titles = QListWidget()
        self.titles.setObjectName("pages")
        self.titles.setAccessibleName(tr("Pages"))
        self.titles.setFixedWidth(_LIST_PX)
        self.titles.addItems([page.title for page in PAGES])
        for row in range(len(PAGES)):
            if (item := self.titles.item(row)) is not None:
                item.setSizeHint(QSize(0, _ROW_PX))
        self.titles.currentRowChanged.connect(lambda row: self.show_page(PAGES[row].name))
        self._stack = QStackedWidget()
        arrange(QHBoxLayout(self), self.titles, self._stack)
        self.resize(860, 600)

    def toggle(self, name: str) -> None:
        """Show a page, or close the window if it shows this one."""
        if self.isVisible() and PAGES[self.titles.currentRow()].name == name:
            self.close()
        else:
            self.show_page(name)
            self.show()
            self.raise_()
            self.activateWindow()

    def toggle_last(self) -> None:
        """Open the window with the page that was shown last, or close it."""
        self.toggle(PAGES[max(self.titles.currentRow(), 0)].name)

    def show_page(self, name: str) -> None:
        """Bring a page to the front of this window."""
        row = next(row for row, page in enumerate(PAGES) if page.name == name)
        self._stack.setCurrentWidget(self._scrolled(name))
        self.setWindowTitle(f"{PAGES[row].title} – Puppet")
        self.titles.setCurrentRow(row)

    def page(self, name: str) -> QWidget:
        """Return a page; it is made now if it was not before."""
        if name not in self._pages:
            module = import_module(next(page.module for page in PAGES if page.name == name))
            make = cast("Callable[[MainWindow], QWidget]", module.make)
            self._pages[name] = make(self._window)
        return self._pages[name]

    def _scrolled(self, name: str) -> QScrollArea:
        """Return the scroll area around a page."""
        page = self.page(name)
        for place in range(self._stack.count()):
            area = cast("QScrollArea", self._stack.widget(place))
            if area.widget() is page:
                return area
        area = QScrollArea()
        area.setObjectName("pageScroll")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self._stack.addWidget(area)
        return area
