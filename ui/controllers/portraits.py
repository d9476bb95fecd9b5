"""Which portrait is animated, and which others give parts: reads, analyses and keeps them in the background.

Analysed portraits are kept, the nine of the number keys ahead of being asked for, so that switching takes no time.
Everything here runs on the GUI thread but the jobs it hands to the bridge's lanes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QImage

from puppet.domain import Picture
from puppet.errors import PuppetError
from puppet.gallery import Gallery, GalleryItem
from puppet.live.api import LiveSession
from puppet.media.pictures import read_picture
from ui.background import Job
from ui.session_bridge import SessionBridge
from ui.status_text import MAX_OTHERS, PORTRAIT_KEYS, Severity
from ui.widgets.images import as_image
from ui.widgets.notice_bar import Notice

if TYPE_CHECKING:
    from puppet.pipeline.puppeteer import Portrait

_THUMB_PX = 252  # three times the size on screen
_MOST_KEPT = 12  # a portrait contains its whole picture; more than these are analysed again when asked for


@dataclass(frozen=True, slots=True)
class _Added:
    session: LiveSession
    item: GalleryItem
    portrait: Portrait


class PortraitsController(QObject):
    """The gallery, what of it is analysed, and what is shown.

    Signals:
        items_changed: the list of GalleryItem to show.
        chosen_changed: the GalleryItem that is shown or will be, or None.
        others_changed: the list of GalleryItem that give parts beside it, when parts are swapped.
        busy_changed: the GalleryItem that is waited for, or None.
        thumbnail_ready: a GalleryItem and its square QImage.
        added: a GalleryItem that has joined the gallery.
        notice: a ui.widgets.notice_bar.Notice for the person.
    """

    items_changed = pyqtSignal(list)
    chosen_changed = pyqtSignal(object)
    others_changed = pyqtSignal(list)
    busy_changed = pyqtSignal(object)
    thumbnail_ready = pyqtSignal(object, QImage)
    added = pyqtSignal(object)
    notice = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, gallery: Gallery) -> None:
        super().__init__()
        self._bridge = bridge
        self._gallery = gallery
        self._items: list[GalleryItem] = []
        self._chosen: GalleryItem | None = None
        self._others: dict[Path, GalleryItem] = {}
        self._joining: dict[Path, GalleryItem] = {}  # others as soon as they are analysed
        self._ready: OrderedDict[Path, Portrait] = OrderedDict()
        self._asked: dict[Path, Job] = {}
        self._thumbnailed: set[Path] = set()
        self._removed: set[Path] = set()

    def load(self, name: str | None) -> None:
        """List the gallery and choose the portrait called `name`, or the first."""
        self._relist()
        try:
            found = self._gallery.find(name) if name else None
        except PuppetError as error:
            self._warn(error)
            found = None
        found = found or next(iter(self._items), None)
        if found is not None:
            self.choose(found)

    def begin(self) -> None:
        """The session is there: show the chosen portrait, if it does not already."""
        session = self._bridge.session
        if self._chosen is None or session is None:
            return
        if session.status().portrait == self._chosen.name and not self._joining and len(self._wanted()) == 1:
            self.busy_changed.emit(None)
        else:
            self.choose(self._chosen)

    def forget(self) -> None:
        """The session is about to go: what was analysed with its model is of no use to another."""
        for job in self._asked.values():
            self._bridge.engine_worker.cancel(job)
        self._asked.clear()
        self._ready.clear()
        self.busy_changed.emit(self._chosen)

    def chosen_name(self) -> str | None:
        """What finds the portrait that is shown or will be: its name, or its path where that names another."""
        if self._chosen is None:
            return None
        named = next((item for item in self._items if item.name == self._chosen.name), None)
        return self._chosen.name if named is not None and named.path == self._chosen.path else str(self._chosen.path)

    def analyse_ahead(self) -> None:
        """Analyse the portraits of the number keys, so that they switch between two frames."""
        for item in self._items[:PORTRAIT_KEYS]:
            self._analyse(item)

    def choose(self, item: GalleryItem) -> None:
        """Show a portrait: at once when it is analysed, else as soon as it is."""
        self._chosen = item
        self.chosen_changed.emit(item)
        self._show()

    def add_other(self, item: GalleryItem) -> None:
        """Let another portrait give parts, too, as soon as it is analysed; one that cannot be changes nothing."""
        if item.path not in self._others and len(self._others | self._joining) < MAX_OTHERS:
            self._joining[item.path] = item
            self._join()
            self._show()

    def drop_other(self, item: GalleryItem) -> None:
        """Let a portrait give no parts any more."""
        if self._others.pop(item.path, None) is not None:
            self.others_changed.emit(list(self._others.values()))
            self._show()

    def numbered(self, number: int) -> GalleryItem | None:
        """The portrait of a number key, 1 to 9; None when there are fewer."""
        return self._items[number - 1] if number <= len(self._items) else None

    def add(self, paths: list[Path]) -> None:
        """Add pictures to the gallery, if they have a face, and show the last of them."""
        session = self._bridge.session
        if session is None and paths:
            self.notice.emit(Notice("Puppet is still getting ready; add the picture in a moment", Severity.WARNING))
            return
        for path in paths:
            self._bridge.engine_worker.submit(
                partial(_add, self._bridge, self._gallery, path), self._added, self._warn, urgent=True
            )

    def remove(self, item: GalleryItem) -> None:
        """Take an added picture out of the gallery; until the notice has gone it can be put back."""
        self._removed.add(item.path)
        self._joining.pop(item.path, None)
        self._relist()
        self.drop_other(item)
        if self._chosen is not None and self._chosen.path == item.path and self._items:
            self.choose(self._items[0])
        undo, delete = partial(self._put_back, item), partial(self._delete, item)
        self.notice.emit(Notice(f"“{item.name}” was removed from the gallery", action="Undo", act=undo, gone=delete))

    def _put_back(self, item: GalleryItem) -> None:
        self._removed.discard(item.path)
        self._relist()

    def _delete(self, item: GalleryItem) -> None:
        if item.path not in self._removed:  # added again meanwhile
            return
        try:
            self._gallery.remove(item.path.stem)
        except PuppetError as error:
            self._warn(error)
        self._removed.discard(item.path)
        self._ready.pop(item.path, None)
        self._thumbnailed.discard(item.path)
        self._relist()

    def _relist(self) -> None:
        self._items = [item for item in self._gallery.portraits() if item.path not in self._removed]
        self.items_changed.emit(self._items)
        self.chosen_changed.emit(self._chosen)
        for item in self._items:
            if item.path not in self._thumbnailed:
                self._thumbnailed.add(item.path)
                self._in_background(partial(_thumbnail_of, item.path), partial(self.thumbnail_ready.emit, item))

    def _in_background(self, work: Callable[[], QImage], done: Callable[[QImage], None]) -> None:
        self._bridge.io_worker.submit(work, done, self._warn)

    def _wanted(self) -> list[GalleryItem]:
        """The chosen portrait, and with a pack that has parts the others."""
        session = self._bridge.session
        has_parts = bool(self._others) and session is not None and session.status().segments > 0
        return [*([self._chosen] if self._chosen else []), *(self._others.values() if has_parts else ())]

    def _show(self) -> None:
        """Show what is wanted, once all of it is analysed; hurry what is not."""
        session, wanted = self._bridge.session, self._wanted()
        missing = [item for item in [*wanted, *self._joining.values()] if item.path not in self._ready]
        self.busy_changed.emit(next(iter(missing), None))
        for item in reversed(missing):  # each goes before those that wait: the chosen one comes first
            self._analyse(item, urgent=True)
        portraits = [self._ready[item.path] for item in wanted if item not in missing]
        if session is None or self._chosen is None or len(portraits) < len(wanted):
            return
        for item in wanted:
            self._ready.move_to_end(item.path)
        session.show(portraits[0], portraits[1:])

    def _join(self) -> None:
        joined = [path for path in self._joining if path in self._ready]
        for path in joined:
            self._others[path] = self._joining.pop(path)
        if joined:
            self.others_changed.emit(list(self._others.values()))

    def _analyse(self, item: GalleryItem, *, urgent: bool = False) -> None:
        session, lane = self._bridge.session, self._bridge.engine_worker
        if session is None or item.path in self._ready:
            return
        if item.path not in self._asked:
            done, failed = partial(self._analysed, session, item), partial(self._refused, session, item)
            self._asked[item.path] = lane.submit(partial(_prepare, session, item), done, failed, urgent=urgent)
        elif urgent:
            lane.prioritise(self._asked[item.path])

    def _analysed(self, session: LiveSession, item: GalleryItem, portrait: Portrait) -> None:
        if session is not self._bridge.session:  # made with a model that has gone
            return
        self._asked.pop(item.path, None)
        awaited = [other.path for other in [*self._wanted(), *self._joining.values()]]
        self._keep(item, portrait)
        self._join()
        if item.path in awaited:
            self._show()

    def _keep(self, item: GalleryItem, portrait: Portrait) -> None:
        self._ready[item.path] = portrait
        self._ready.move_to_end(item.path)
        while len(self._ready) > _MOST_KEPT:
            self._ready.popitem(last=False)

    def _refused(self, session: LiveSession, item: GalleryItem, error: Exception) -> None:
        if session is not self._bridge.session:
            return
        self._asked.pop(item.path, None)
        was_joining = self._joining.pop(item.path, None) is not None
        if self._chosen is not None and self._chosen.path == item.path:
            self._choose_what_is_shown()
        elif was_joining:
            self._show()
        elif item in self._wanted():
            self.drop_other(item)
        self._warn(error)

    def _choose_what_is_shown(self) -> None:
        session = self._bridge.session
        shown = "" if session is None else session.status().portrait
        self._chosen = next((item for item in self._items if item.name == shown), None)
        self.chosen_changed.emit(self._chosen)
        self.busy_changed.emit(None)

    def _added(self, added: _Added) -> None:
        self._removed.discard(added.item.path)
        if added.session is self._bridge.session:
            self._keep(added.item, added.portrait)
        self._relist()
        self.added.emit(added.item)
        self.choose(added.item)
        if added.portrait.faces > 1:
            self.thumbnail_ready.emit(added.item, thumbnail(added.portrait.face))
            text = f"“{added.item.name}” shows {added.portrait.faces} faces; the largest is used"
            self.notice.emit(Notice(text))

    def _warn(self, error: Exception) -> None:
        self.notice.emit(Notice(str(error), Severity.ERROR))


def thumbnail(picture: Picture) -> QImage:
    """The square of a picture (H, W, 3) that most likely contains the face, small. Any thread."""
    height, width, _ = picture.shape
    side = min(height, width)
    square = QRect((width - side) // 2, (height - side) // 4, side, side)  # faces are above the middle
    smooth = Qt.TransformationMode.SmoothTransformation
    return as_image(picture).copy(square).scaled(_THUMB_PX, _THUMB_PX, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def _thumbnail_of(path: Path) -> QImage:
    return thumbnail(read_picture(path))


def _prepare(session: LiveSession, item: GalleryItem) -> Portrait:
    """On the engine lane."""
    return session.prepare(read_picture(item.path), item.name)


def _add(bridge: SessionBridge, gallery: Gallery, path: Path) -> _Added:
    """On the engine lane: only a picture with a face is copied into the gallery."""
    session = bridge.session  # the one of now: the job may have waited while another took over
    if session is None:
        raise PuppetError(f"“{path.name}” was not added, because the model was just being changed; add it again")
    portrait = session.prepare(read_picture(path), path.stem)
    return _Added(session, gallery.add(path), portrait)
