"""Icons of the window: SVG strokes, drawn in any colour."""

from __future__ import annotations

from PyQt6.QtCore import QByteArray, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

_STROKES = {
    "calibrate": '<circle cx="12" cy="12" r="7"/><path d="M12 2v5M12 17v5M2 12h5M17 12h5"/>',
    "record": '<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="4.5" fill="COLOUR" stroke="none"/>',
    "stop": '<circle cx="12" cy="12" r="9"/><rect x="8.5" y="8.5" width="7" height="7" fill="COLOUR" stroke="none"/>',
    "virtual camera": '<rect x="2" y="6" width="13" height="12" rx="2.5"/><path d="M15 11l6-3.5v9L15 13z"/>',
    "snapshot": '<path d="M3 8.5A1.5 1.5 0 0 1 4.5 7H8l1.6-2.5h4.8L16 7h3.5A1.5 1.5 0 0 1 21 8.5v9A1.5 1.5 0 0 1 '
    '19.5 19h-15A1.5 1.5 0 0 1 3 17.5z"/><circle cx="12" cy="12.8" r="3.4"/>',
    "full screen": '<path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/>',
    "shortcuts": '<rect x="2" y="6" width="20" height="12" rx="2.5"/>'
    '<path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8"/>',
    "view": '<path d="M2 12c2.6-4.6 6-7 10-7s7.4 2.4 10 7c-2.6 4.6-6 7-10 7s-7.4-2.4-10-7z"/>'
    '<circle cx="12" cy="12" r="3"/>',
    "hide": '<path d="M9.5 5.4A10 10 0 0 1 12 5c4 0 7.4 2.4 10 7a17 17 0 0 1-3 3.8"/><path d="M6.2 7.2A15 15 0 0 0 2 12'
    'c2.6 4.6 6 7 10 7a10 10 0 0 0 5.6-1.7M10 10a3 3 0 0 0 4.2 4.2M3 3l18 18"/>',
    "pages": '<rect x="3" y="4" width="18" height="16" rx="2.5"/><path d="M9 4v16M12.5 9h5M12.5 13h5"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
}
APP_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5.5" fill="#4257d0"/>'
    '<g fill="none" stroke="#ffffff" stroke-width="1.6" stroke-linecap="round"><path d="M8 1v6.5M16 1v6.5"/>'
    '<ellipse cx="12" cy="13.5" rx="6" ry="7"/><path d="M9.3 16.2c1.6 1.6 3.8 1.6 5.4 0"/></g>'
    '<g fill="#ffffff"><circle cx="9.6" cy="12" r="1.1"/><circle cx="14.4" cy="12" r="1.1"/></g></svg>'
)
_SIZE_PX = 72  # larger than on any screen


def app_icon() -> QIcon:
    """Return the icon of the application: a face on two strings."""
    return QIcon(_drawn(APP_SVG))


def icon(name: str, colour: QColor) -> QIcon:
    """Return the icon `name` in a colour."""
    return QIcon(_pixmap(name, colour))


def toggle_icon(off: tuple[str, QColor], on: tuple[str, QColor]) -> QIcon:
    """Return an icon that differs while its button is checked; (name, colour) each."""
    result = QIcon(_pixmap(*off))
    result.addPixmap(_pixmap(*on), QIcon.Mode.Normal, QIcon.State.On)
    return result


def _pixmap(name: str, colour: QColor) -> QPixmap:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="COLOUR" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round">{_STROKES[name]}</svg>'
    )
    return _drawn(svg.replace("COLOUR", colour.name()))


def _drawn(svg: str) -> QPixmap:
    pixmap = QPixmap(_SIZE_PX, _SIZE_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, _SIZE_PX, _SIZE_PX))
    painter.end()
    return pixmap
