"""Portraits of the window: reads, analyses and keeps them in the background, and passes the chosen one to the session.

Analysed portraits are kept, and the nine of the number keys are analysed in advance, so that switching takes no time.
Everything here runs on the GUI thread except the jobs it submits to the bridge's workers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QImage

from puppet.domain import Picture
from puppet.errors import MediaError, PuppetError
from puppet.live.session_protocol import LiveSession
from puppet.userdata.gallery import Gallery, GalleryItem
from ui.background_jobs import Job
from ui.commands import PORTRAIT_KEYS
from ui.panels.part_sources import MAX_OTHERS
from ui.session_bridge import SessionBridge
from ui.widgets.notice_bar import READY, UNDO, Notice, NoticeBar
from ui.widgets.qt_images import as_image

if TYPE_CHECKING:
    from puppet.media.portrait_file import Shot
    from puppet.pipeline.scenes import Portrait

_THUMBNAIL_PX = 252  # three times the size on screen
_SAME_SIZE = 1.02
_MAX_KEPT = 12  # a portrait holds its whole picture; further ones are analysed again

_TOPIC = "portrait"


class PortraitsController(QObject):
    """The gallery's items, their analysed portraits, the shown one, and the others that give parts in a part swap.

    Args:
        bridge: gives the session and the workers.
        gallery: lists, adds and removes pictures.
        notices: shows errors.

    Signals:
        items_changed: the list of GalleryItem to show.
        chosen_changed: the GalleryItem that is shown, or will be once it is analysed; or None.
        others_changed: the list of further GalleryItem that give parts in a part swap.
        busy_changed: the GalleryItem that is being analysed before it can be shown, or None.
        thumbnail_ready: a GalleryItem and its square QImage: of the picture's upper middle, later of the face.
        added: a new GalleryItem.
        shown: the Portrait that was passed to the session.
        restored: the GalleryItem whose removal was undone.
    """

    items_changed = pyqtSignal(list)
    chosen_changed = pyqtSignal(object)
    others_changed = pyqtSignal(list)
    busy_changed = pyqtSignal(object)
    thumbnail_ready = pyqtSignal(object, QImage)
    added = pyqtSignal(object)
    shown = pyqtSignal(object)
    restored = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, gallery: Gallery, notices: NoticeBar) -> None:
        super().__init__()
        self._bridge = bridge
        self._gallery = gallery
        self._notices = notices
        self._items: list[GalleryItem] = []
        self._chosen: GalleryItem | None = None
        self._others: dict[Path, GalleryItem] = {}
        self._joining: dict[Path, GalleryItem] = {}  # become others once they are analysed
        self._analysed: OrderedDict[Path, Portrait] = OrderedDict()
        self._jobs: dict[Path, Job] = {}
        self._thumbnailed: set[Path] = set()
        self._faced: set[Path] = set()  # their thumbnails show the face
        self._removed: set[Path] = set()
        bridge.session_ending.connect(self.forget)

    @property
    def items(self) -> list[GalleryItem]:
        """The gallery's portraits, in order."""
        return list(self._items)

    def load(self, name: str | None) -> None:
        """List the gallery and choose the portrait called `name`, or the first."""
        self._relist()
        try:
            found = self._gallery.find(name) if name else None
        except PuppetError as error:
            self._notices.post_error(error)
            found = None
        found = found or next(iter(self._items), None)
        if found is not None:
            self.choose(found)

    def begin(self) -> None:
        """Show the chosen portrait in a session that was just opened, unless it shows it already."""
        session = self._bridge.session
        if self._chosen is None or session is None:
            return
        if session.portrait is not None and session.portrait.name == self._chosen.name:
            self._keep(self._chosen, session.portrait)  # analysed when the session was opened
            self.shown.emit(session.portrait)
        if session.status().portrait == self._chosen.name and not self._joining and len(self._wanted()) == 1:
            self.busy_changed.emit(None)
        else:
            self.choose(self._chosen)

    def forget(self) -> None:
        """Drop every analysed portrait: a session cannot use those of another."""
        for job in self._jobs.values():
            self._bridge.engine_worker.cancel(job)
        self._jobs.clear()
        self._analysed.clear()
        self.busy_changed.emit(self._chosen)

    def chosen_name(self) -> str | None:
        """Return the chosen portrait as in LiveOptions.portrait: its name, or its path if the name finds another."""
        if self._chosen is None:
            return None
        named = next((item for item in self._items if item.name == self._chosen.name), None)
        return self._chosen.name if named is not None and named.path == self._chosen.path else str(self._chosen.path)

    def analyse_ahead(self) -> None:
        """Analyse the portraits of the number keys."""
        for item in self._items[:PORTRAIT_KEYS]:
            self._analyse(item)

    def choose(self, item: GalleryItem) -> None:
        """Show a portrait as soon as it is analysed."""
        self._notices.resolve(_TOPIC)
        self._chosen = item
        self.chosen_changed.emit(item)
        self._show()

    def add_other(self, item: GalleryItem) -> None:
        """Take parts from another portrait, too, once it is analysed; nothing changes if it cannot be."""
        if item.path not in self._others and len(self._others | self._joining) < MAX_OTHERS:
            self._joining[item.path] = item
            self._join()
            self._show()

    def drop_other(self, item: GalleryItem) -> None:
        """Take no more parts from a portrait."""
        if self._others.pop(item.path, None) is not None:
            self.others_changed.emit(list(self._others.values()))
            self._show()

    def numbered(self, number: int) -> GalleryItem | None:
        """Return the portrait of a number key, counted from 1, or None."""
        return self._items[number - 1] if number <= len(self._items) else None

    def neighbour(self, step: int) -> GalleryItem | None:
        """Return the portrait `step` places after the chosen one, around the ends; None: the gallery is empty."""
        paths = [item.path for item in self._items]
        if self._chosen is None or self._chosen.path not in paths:
            return next(iter(self._items), None)
        return self._items[(paths.index(self._chosen.path) + step) % len(paths)]

    def add(self, paths: list[Path]) -> None:
        """Add pictures with a face to the gallery, and show the last one."""
        if self._bridge.session is None and paths:
            self._notices.post_warning("Puppet is still getting ready; add the picture in a moment", READY)
            return
        for path in paths:
            work = partial(_add, self._bridge, self._gallery, path)
            self._bridge.engine_worker.submit(work, self._added, self._add_failed, urgent=True)

    def remove(self, item: GalleryItem) -> None:
        """Remove an added picture; its file is deleted when the notice that offers Undo closes."""
        self._removed.add(item.path)
        self._joining.pop(item.path, None)
        self._relist()
        self.drop_other(item)
        if self._chosen is not None and self._chosen.path == item.path and self._items:
            self.choose(self._items[0])
        undo, delete = partial(self._put_back, item), partial(self._delete, item)
        text = f"“{item.name}” was removed from the gallery"
        self._notices.post(Notice(text, action="Undo", act=undo, gone=delete, topic=UNDO))

    def _put_back(self, item: GalleryItem) -> None:
        self._removed.discard(item.path)
        self._relist()
        self.restored.emit(item)

    def _delete(self, item: GalleryItem) -> None:
        if item.path not in self._removed:  # added again meanwhile
            return
        try:
            self._gallery.remove(item.path.stem)
        except PuppetError as error:
            self._notices.post_error(error)
        self._removed.discard(item.path)
        self._analysed.pop(item.path, None)
        self._thumbnailed.discard(item.path)
        self._faced.discard(item.path)
        self._relist()

    def _relist(self) -> None:
        self._items = [item for item in self._gallery.portraits() if item.path not in self._removed]
        self.items_changed.emit(self._items)
        self.chosen_changed.emit(self._chosen)
        for item in self._items:
            if item.path not in self._thumbnailed:
                self._thumbnailed.add(item.path)
                ready = partial(self._show_thumbnail, item)
                self._bridge.io_worker.submit(partial(_thumbnail_of, item.path), ready, self._notices.post_error)

    def _show_thumbnail(self, item: GalleryItem, image: QImage) -> None:
        if item.path not in self._faced:
            self.thumbnail_ready.emit(item, image)

    def _wanted(self) -> list[GalleryItem]:
        """Return the chosen portrait and, with a pack that swaps parts, the others."""
        session = self._bridge.session
        has_parts = bool(self._others) and session is not None and session.status().segments > 0
        return [*([self._chosen] if self._chosen else []), *(self._others.values() if has_parts else ())]

    def _show(self) -> None:
        """Pass the wanted portraits to the session if all are analysed; else analyse the missing ones first."""
        session, wanted = self._bridge.session, self._wanted()
        missing = [item for item in [*wanted, *self._joining.values()] if item.path not in self._analysed]
        self.busy_changed.emit(next(iter(missing), None))
        for item in reversed(missing):  # each urgent job goes to the front: the chosen portrait is submitted last
            self._analyse(item, urgent=True)
        portraits = [self._analysed[item.path] for item in wanted if item not in missing]
        if session is None or self._chosen is None or len(portraits) < len(wanted):
            return
        for item in wanted:
            self._analysed.move_to_end(item.path)
        session.show(portraits[0], portraits[1:])
        self.shown.emit(portraits[0])

    def _join(self) -> None:
        """Turn the joining portraits that are analysed into others."""
        joined = [path for path in self._joining if path in self._analysed]
        for path in joined:
            self._others[path] = self._joining.pop(path)
        if joined:
            self.others_changed.emit(list(self._others.values()))

    def _analyse(self, item: GalleryItem, *, urgent: bool = False) -> None:
        session, worker = self._bridge.session, self._bridge.engine_worker
        if session is None or item.path in self._analysed:
            return
        if item.path not in self._jobs:
            done, failed = partial(self._analysis_done, session, item), partial(self._analysis_failed, session, item)
            self._jobs[item.path] = worker.submit(
                lambda: session.prepare(_read(item.path), item.name), done, failed, urgent=urgent
            )
        elif urgent:
            worker.prioritise(self._jobs[item.path])

    def _analysis_done(self, session: LiveSession, item: GalleryItem, portrait: Portrait) -> None:
        if session is not self._bridge.session:  # of a session that was replaced
            return
        self._jobs.pop(item.path, None)
        awaited = [other.path for other in [*self._wanted(), *self._joining.values()]]
        self._keep(item, portrait)
        self._join()
        if item.path in awaited:
            self._show()

    def _keep(self, item: GalleryItem, portrait: Portrait) -> None:
        if item.path not in self._faced:
            self._faced.add(item.path)
            self.thumbnail_ready.emit(item, thumbnail(portrait.face))
        self._analysed[item.path] = portrait
        self._analysed.move_to_end(item.path)
        while len(self._analysed) > _MAX_KEPT:
            self._analysed.popitem(last=False)

    def _analysis_failed(self, session: LiveSession, item: GalleryItem, error: Exception) -> None:
        if session is not self._bridge.session:
            return
        self._jobs.pop(item.path, None)
        was_joining = self._joining.pop(item.path, None) is not None
        if self._chosen is not None and self._chosen.path == item.path:
            self._choose_shown()
        elif was_joining:
            self._show()
        elif item in self._wanted():
            self.drop_other(item)
        self._notices.post_error(error, _TOPIC)

    def _choose_shown(self) -> None:
        """Mark the portrait that the session shows."""
        session = self._bridge.session
        shown = "" if session is None else session.status().portrait
        self._chosen = next((item for item in self._items if item.name == shown), None)
        self.chosen_changed.emit(self._chosen)
        self.busy_changed.emit(None)

    def _add_failed(self, error: Exception) -> None:
        self._notices.post_error(error, _TOPIC)

    def _added(self, added: tuple[LiveSession, GalleryItem, Portrait, bool]) -> None:
        session, item, portrait, damaged = added
        self._removed.discard(item.path)
        if session is self._bridge.session:
            self._keep(item, portrait)
        self._relist()
        self.added.emit(item)
        self.choose(item)
        if damaged:
            self._notices.post(Notice(f"“{item.name}” is damaged or lacks its end; it is used as far as it goes"))
        if portrait.turned_deg:
            self._notices.post(Notice(f"“{item.name}” did not stand upright; it is shown turned"))
        if portrait.faces > 1:
            self._notices.post(Notice(f"“{item.name}” shows {portrait.faces} faces; the largest is used"))


def has_margins(portrait: Portrait) -> bool:
    """Return True if the portrait's picture is larger than the model's square in it."""
    return bool(max(portrait.picture.shape[:2]) > _SAME_SIZE * portrait.crop.side)


def thumbnail(picture: Picture) -> QImage:
    """Return a small square of a picture (H, W, 3), centred across and above the middle. Any thread."""
    height, width, _ = picture.shape
    side = min(height, width)
    square = QRect((width - side) // 2, (height - side) // 4, side, side)  # faces are above the middle
    size, smooth = _THUMBNAIL_PX, Qt.TransformationMode.SmoothTransformation
    return as_image(picture).copy(square).scaled(size, size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def _thumbnail_of(path: Path) -> QImage:
    from puppet.media.portrait_file import read_thumbnail

    return thumbnail(read_thumbnail(path))


def _read(path: Path, *, strict: bool = False) -> Sequence[Shot]:
    """Read a portrait's pictures; on a worker."""
    from puppet.media.portrait_file import read_portrait

    return read_portrait(path, strict=strict)


def _add(bridge: SessionBridge, gallery: Gallery, path: Path) -> tuple[LiveSession, GalleryItem, Portrait, bool]:
    """Copy a picture into the gallery if it has a face, and say whether it is damaged; on the engine worker."""
    session = bridge.session  # read here: the job may have waited while the session was replaced
    if session is None:
        raise PuppetError(f"{path.name}: not added, because the model was being changed; add it again")
    try:
        picture, damaged = _read(path, strict=True), False
    except MediaError:
        picture, damaged = _read(path), True
    portrait = session.prepare(picture, path.stem)
    return session, gallery.add(path), portrait, damaged
