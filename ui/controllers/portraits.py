"""Portraits of the window: reads, analyses and keeps them in the background, and passes the chosen one to the session.

Analysed portraits are kept, and the nine of the number keys are analysed in advance, so that switching takes no time.
Everything here runs on the GUI thread except the jobs it submits to the bridge's workers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.errors import MediaError, PuppetError
from puppet.live.session_protocol import LiveSession
from puppet.userdata.gallery import GalleryItem
from ui.background_jobs import Job
from ui.controllers.collection import CollectionController
from ui.controllers.thumbnails import Thumbnails
from ui.panels.part_sources import MAX_OTHERS
from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.notice_bar import READY, Notice, NoticeBar

if TYPE_CHECKING:
    from puppet.media.portrait_file import Shot
    from puppet.pipeline.scenes import Portrait

_SAME_SIZE = 1.02
_MAX_KEPT = 12  # a portrait holds its whole picture; further ones are analysed again

_TOPIC = "portrait"
_NOT_READY = tr("Puppet is still getting ready; add the picture in a moment")


class PortraitsController(QObject):
    """The collection's portraits, analysed; the shown one, and the others that give parts in a part swap.

    Args:
        bridge: gives the session and the workers.
        collection: the portraits to choose from.
        notices: shows errors.

    Attributes:
        thumbnails: of the portraits.

    Signals:
        items_changed: the list of GalleryItem to show.
        chosen_changed: the GalleryItem that is shown, or will be once it is analysed; or None.
        others_changed: the list of further GalleryItem that give parts in a part swap.
        busy_changed: the GalleryItem that is being analysed before it can be shown, or None.
        added: a new GalleryItem.
        shown: the Portrait that was passed to the session.
        edit_wanted: the GalleryItem to crop or rotate.
    """

    items_changed = pyqtSignal(list)
    chosen_changed = pyqtSignal(object)
    others_changed = pyqtSignal(list)
    busy_changed = pyqtSignal(object)
    added = pyqtSignal(object)
    shown = pyqtSignal(object)
    edit_wanted = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, collection: CollectionController, notices: NoticeBar) -> None:
        super().__init__()
        self.thumbnails = Thumbnails(bridge, notices)
        self._bridge = bridge
        self._collection = collection
        self._notices = notices
        self._chosen: GalleryItem | None = None
        self._others: dict[Path, GalleryItem] = {}
        self._joining: dict[Path, GalleryItem] = {}  # become others once they are analysed
        self._analysed: OrderedDict[Path, Portrait] = OrderedDict()
        self._jobs: dict[Path, Job] = {}
        collection.items_changed.connect(self._show_items)
        collection.page_changed.connect(lambda _first: self.analyse_ahead())
        collection.removed.connect(self._removed)
        bridge.session_ending.connect(self.forget)

    @property
    def items(self) -> list[GalleryItem]:
        """The gallery's portraits, in order."""
        return list(self._collection.items)

    def load(self, name: str | None) -> None:
        """List the gallery and choose the portrait called `name`, or the first."""
        self._collection.relist()
        try:
            found = self._collection.gallery.find(name) if name else None
        except PuppetError as error:
            self._notices.post_error(error)
            found = None
        found = found or next(iter(self._collection.items), None)
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
        """Return the chosen portrait as in LiveOptions.portrait: its name, or its path if the name finds another.

        None, too, for a picture in a folder, which may be on a share that is gone.
        """
        if self._chosen is None or self._chosen.linked:
            return None
        named = next((item for item in self._collection.items if item.name == self._chosen.name), None)
        return self._chosen.name if named is not None and named.path == self._chosen.path else str(self._chosen.path)

    def analyse_ahead(self) -> None:
        """Analyse the portraits of the number keys."""
        for item in self._collection.on_page():
            if self._collection.folder is None:
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
        return next(iter(self._collection.on_page()[number - 1 : number]), None)

    def neighbour(self, step: int) -> GalleryItem | None:
        """Return the portrait `step` places after the chosen one, around the ends; None: there is none."""
        items = self._collection.items
        paths = [item.path for item in items]
        if self._chosen is None or self._chosen.path not in paths:
            return next(iter(items), None)
        return items[(paths.index(self._chosen.path) + step) % len(paths)]

    def add(self, paths: list[Path], *, instead_of: GalleryItem | None = None) -> None:
        """Add pictures with a face to the gallery, and show the last one.

        Args:
            paths: pictures, perhaps on a share that is gone.
            instead_of: the portrait that the picture was made of, whose place it takes.
        """
        if self._bridge.session is None and paths:
            self._notices.post_warning(_NOT_READY, READY)
            return
        for path in paths:
            read = partial(self._prepare_new, path, instead_of)
            self._bridge.file_worker.submit(partial(_read_new, path), read, self._add_failed, urgent=True)

    def show_added(self, item: GalleryItem) -> None:
        """List and show a portrait that was put into the gallery."""
        self._collection.welcome(item)
        self.added.emit(item)
        self.choose(item)

    def _prepare_new(self, path: Path, instead_of: GalleryItem | None, read: tuple[Sequence[Shot], bool]) -> None:
        """Analyse a picture that was read; only one with a face is copied into the gallery."""
        session, (shots, damaged) = self._bridge.session, read
        if session is None:
            self._notices.post_warning(_NOT_READY, READY)
            return

        def copy(portrait: Portrait) -> None:
            added = partial(self._added, session, portrait, damaged, instead_of)
            add = partial(self._collection.gallery.add, path)
            self._bridge.file_worker.submit(add, added, self._add_failed, urgent=True)

        name = path.stem if instead_of is None else instead_of.name
        prepare = partial(session.prepare, shots, name)
        self._bridge.engine_worker.submit(prepare, copy, self._add_failed, urgent=True)

    def _removed(self, item: GalleryItem) -> None:
        self._joining.pop(item.path, None)
        self.drop_other(item)
        if self._chosen is not None and self._chosen.path == item.path and self._collection.items:
            self.choose(self._collection.items[0])

    def _show_items(self, items: list[GalleryItem]) -> None:
        self.items_changed.emit(items)
        self.chosen_changed.emit(self._chosen)
        self.thumbnails.want(items)

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
            if item.linked:
                self._read_from_folder(session, item, done, failed)
            else:
                prepare = partial(_read_and_prepare, session, item)
                self._jobs[item.path] = worker.submit(prepare, done, failed, urgent=urgent)
        elif urgent:
            worker.prioritise(self._jobs[item.path])

    def _read_from_folder(
        self,
        session: LiveSession,
        item: GalleryItem,
        done: Callable[[Portrait], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Read where nothing else waits, then analyse."""

        def read(shots: Sequence[Shot]) -> None:
            if session is self._bridge.session:
                prepare = partial(session.prepare, shots, item.name)
                self._jobs[item.path] = self._bridge.engine_worker.submit(prepare, done, failed, urgent=True)

        self._jobs[item.path] = self._bridge.file_worker.submit(partial(_read, item.path), read, failed, urgent=True)

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
        self.thumbnails.set_face(item, portrait.face)
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
        self._chosen = next((item for item in self._collection.items if item.name == shown), None)
        self.chosen_changed.emit(self._chosen)
        self.busy_changed.emit(None)

    def _add_failed(self, error: Exception) -> None:
        self._notices.post_error(error, _TOPIC)

    def _added(
        self,
        session: LiveSession,
        portrait: Portrait,
        damaged: bool,
        instead_of: GalleryItem | None,
        item: GalleryItem,
    ) -> None:
        if session is self._bridge.session:
            self._keep(item, portrait)
        self.show_added(item)
        if instead_of is not None:
            self._collection.take_over(instead_of, item)
            return
        text = tr("“{name}” was added to the gallery").format(name=item.name)
        self._notices.post(Notice(text, action=tr("Crop or rotate…"), act=partial(self.edit_wanted.emit, item)))
        if damaged:
            self._notices.post(
                Notice(tr("“{name}” is damaged or lacks its end; it is used as far as it goes").format(name=item.name))
            )
        if portrait.turned_deg:
            self._notices.post(Notice(tr("“{name}” did not stand upright; it is shown turned").format(name=item.name)))
        if portrait.faces > 1:
            self._notices.post(
                Notice(
                    tr("“{name}” shows {faces} faces; the largest is used").format(name=item.name, faces=portrait.faces)
                )
            )


def has_margins(portrait: Portrait) -> bool:
    """Return True if the portrait's picture is larger than the model's square in it."""
    return bool(max(portrait.picture.shape[:2]) > _SAME_SIZE * portrait.crop.side)


def _read_and_prepare(session: LiveSession, item: GalleryItem) -> Portrait:
    """Analyse a portrait of the gallery; on the engine worker."""
    return session.prepare(_read(item.path), item.name)


def _read(path: Path, *, strict: bool = False) -> Sequence[Shot]:
    """Read a portrait's pictures; on a worker."""
    from puppet.media.portrait_file import read_portrait

    return read_portrait(path, strict=strict)


def _read_new(path: Path) -> tuple[Sequence[Shot], bool]:
    """Read a picture to be added, and say whether it is damaged; on a worker."""
    try:
        return _read(path, strict=True), False
    except MediaError:
        return _read(path), True
