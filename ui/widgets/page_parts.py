"""Parts that pages are made of: a page's layout with headings, and rows with a name at their left."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.widgets.basic import arrange, styled_label

_NAME_PX = 150
_WIDEST_PX = 760
_MARGINS = (28, 22, 28, 24)


class PageWidget(QWidget):
    """A column of headings, lines of text and rows; `add` appends to it, and `finish` is called last."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self._column = QWidget()
        self._column.setMaximumWidth(_WIDEST_PX)
        self._column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._layout = arrange(
            QVBoxLayout(self._column), styled_label(title, "pageTitle"), spacing=10, margins=_MARGINS
        )
        row = arrange(QHBoxLayout(self), self._column)
        row.addStretch()
        row.setStretchFactor(self._column, 1000)

    def add(self, item: QWidget | QLayout) -> None:
        """Append a widget or a layout."""
        if isinstance(item, QWidget):
            self._layout.addWidget(item)
        else:
            self._layout.addLayout(item)

    def add_heading(self, text: str) -> None:
        """Append a heading, with room above it."""
        self._layout.addSpacing(10)
        self.add(styled_label(text, "heading"))

    def add_text(self, text: str, style: str = "muted") -> QLabel:
        """Append a paragraph and return its label."""
        label = styled_label(text, style, wrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.add(label)
        return label

    def add_row(self, name: str, *items: QWidget) -> None:
        """Append widgets behind a name that describes the first; "": from the left edge."""
        row = arrange(QHBoxLayout(), *items, spacing=10)
        if name:
            label = QLabel(name)
            label.setMinimumWidth(_NAME_PX)
            label.setBuddy(items[0])
            row.insertWidget(0, label)
        if name and not items[0].accessibleName():
            items[0].setAccessibleName(name)
        if isinstance(items[0], QComboBox):
            row.setStretchFactor(items[0], 1)
        elif all(item.sizePolicy().horizontalPolicy() is not QSizePolicy.Policy.Expanding for item in items):
            row.addStretch()
        self.add(row)

    def finish(self, *, fills: bool = False) -> None:
        """Push everything up, unless something `fills` the page."""
        if not fills:
            self._layout.addStretch()
