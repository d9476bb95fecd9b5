"""Layers of the portraits that are shown: cut out and composed once, at once or on a thread of their own.

Beside a frame's journey: `Puppeteer.look` asks for the layers of the portrait it shows, and goes on without them until
they are ready.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary, WeakSet

import cv2

from puppet.compositing import cutout, cutout_process
from puppet.compositing.layered_compositor import Composition, Subject
from puppet.compositing.shared_background import with_shared_background
from puppet.controls import KEPT_BACKGROUND
from puppet.domain import Background, BackgroundKind, Output, Picture
from puppet.engines.library_shutdown import library_calls
from puppet.errors import MediaError, PuppetError
from puppet.media.pictures import read_picture
from puppet.pipeline.scenes import Portrait

_MOST_SIBLINGS_BYTES = 140 << 20
"""Memory of the layers of a portrait's further pictures; where they need more, the first ones are used."""
_MOST_COMPOSITIONS = 3  # each has some 30 MB at 1080 x 1080; cut-outs are kept as long as their portraits
_log = logging.getLogger(__name__)

_Key: TypeAlias = tuple[Portrait, Output, tuple[int, int], int, Background]


class OwnPixels(Enum):
    """Time at which portraits are composed from their own pixels, for packs that give what is needed."""

    NEVER = "never"  # the model's square is shown, of whichever picture of the person is nearest
    AT_ONCE = "at once"  # the calling thread builds the layers: no frame is without them
    LATER = "later"  # the thread of `LayeredPortraits.run` builds them; the model's square is shown until then


class LayeredPortraits:
    """Builds and keeps the layers of recent portraits. Any thread."""

    def __init__(self, when: OwnPixels) -> None:
        """`when`: with LATER a thread has to run `run`."""
        self._when = when
        self._cutting = cutout_process if when is OwnPixels.LATER else cutout
        self._changed = threading.Condition()  # guards all fields
        self._subjects: WeakKeyDictionary[Portrait, Subject | None] = WeakKeyDictionary()
        self._whole: WeakKeyDictionary[Portrait, Subject | None] = WeakKeyDictionary()  # cut out of the whole picture
        self._textured: WeakSet[Portrait] = WeakSet()  # or about to be
        self._compositions: OrderedDict[_Key, Composition] = OrderedDict()
        self._chosen: tuple[Background, Picture] | None = None
        self._refused: set[Background] = set()  # whose pictures cannot be read
        self._wanted: _Key | None = None
        self._ahead: deque[Callable[[], object]] = deque()
        self._soft: deque[Portrait] = deque()  # shown with a soft background
        self._closed = False

    def find(
        self,
        portrait: Portrait,
        output: Output,
        size: tuple[int, int],
        side_px: int = 0,
        background: Background = KEPT_BACKGROUND,
    ) -> Composition | None:
        """Return the portrait's layers; None while they are not built, or when it is shown as the model's square.

        With LATER it never blocks; layers for another `side_px` or background stand in until those asked for are built.

        Args:
            portrait: is shown.
            output: kind of output.
            size: (width, height) of the finished pictures.
            side_px: most pixels on the shorter side to compose; the picture is enlarged from these. 0: no limit.
            background: what is shown behind the person.

        Raises:
            MediaError: with AT_ONCE, when the background's picture cannot be read.
        """
        if self._when is OwnPixels.NEVER or portrait.outline is None:
            return None
        key = portrait, output, size, side_px if 0 < side_px < min(size) else 0, background
        with self._changed:
            found = self._compositions.get(key)
            if found is not None:
                self._compositions.move_to_end(key)
            if found is not None and found.subject is self._known(key).get(portrait):
                return found
        if self._when is OwnPixels.AT_ONCE:
            return self._compose(key)
        with self._changed:
            if self._subjects.get(portrait, portrait) is None:
                return None
            if background not in self._refused:
                self._wanted = key
                self._changed.notify_all()
            return found or next(
                (kept for other, kept in reversed(self._compositions.items()) if other[:3] == key[:3]), None
            )

    def prepare(self, portrait: Portrait, prepare_motion: Callable[[], None]) -> None:
        """Cut a portrait out, so that it can be shown soon: now, or later on the thread of `run`.

        Args:
            portrait: may be shown already.
            prepare_motion: of the engine.
        """
        if self._when is OwnPixels.NEVER or portrait.outline is None:
            return
        jobs: tuple[Callable[[], object], ...] = (partial(self.cut_out, portrait), prepare_motion)
        for job in jobs:
            if self._when is OwnPixels.AT_ONCE:
                job()
            else:
                self._later(job)

    def add_siblings(self, portrait: Portrait, siblings: Iterator[Portrait]) -> None:
        """Add further pictures of the same person: now, or later on the thread of `run`.

        Args:
            portrait: may be shown already.
            siblings: have the portrait's square; analysed as they are iterated.
        """
        if self._when is OwnPixels.NEVER:
            portrait.siblings.add(portrait, *siblings)
        elif self._when is OwnPixels.AT_ONCE:
            self._add_siblings(portrait, siblings)
        elif portrait.outline is not None:
            self._later(lambda: self._add_siblings(portrait, siblings))

    def cut_out(self, portrait: Portrait) -> Subject | None:
        """Return the cut-out portrait; blocks for a second or two the first time.

        None: it has no outline, or no person was found.
        """
        return None if portrait.outline is None else self._cut_out(portrait, self._subjects)

    @property
    def shows_squares(self) -> bool:
        """True if no portrait is ever composed from its own pixels."""
        return self._when is OwnPixels.NEVER

    def run(self) -> None:
        """Build layers until `close`; the portrait that is shown comes first. Body of a thread.

        Backgrounds with texture come last, and are given up when another portrait is to be shown.
        """
        while (job := self._next()) is not None:
            with library_calls:  # a job is seconds of calls into libraries, and the program may end meanwhile
                job()

    def close(self) -> None:
        """End `run` after its current job."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _later(self, job: Callable[[], object]) -> None:
        with self._changed:
            self._ahead.append(job)
            self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        """Wait for the next job; None after `close`, and at once without LATER."""
        with self._changed:
            if self._when is not OwnPixels.LATER:
                return None
            self._changed.wait_for(lambda: self._closed or self._wanted or self._ahead or self._soft)
            if self._closed:
                return None
            wanted, self._wanted = self._wanted, None
            if wanted is not None:
                return partial(self._compose, wanted)
            return self._ahead.popleft() if self._ahead else partial(self._add_texture, self._soft.popleft())

    def _known(self, key: _Key) -> WeakKeyDictionary[Portrait, Subject | None]:
        """Return the cut-outs that serve a composition: a replaced background covers all that is shown."""
        whole = key[1] is Output.FULL and key[4].kind is not BackgroundKind.KEEP
        return self._whole if whole else self._subjects

    def _cut_out(self, portrait: Portrait, known: WeakKeyDictionary[Portrait, Subject | None]) -> Subject | None:
        with self._changed:
            if portrait in known:
                return known[portrait]
        subject = self._person_of(portrait, whole=known is self._whole)
        with self._changed:
            known[portrait] = subject
        return subject

    def _compose(self, key: _Key) -> Composition | None:
        """Build and keep the layers of a portrait."""
        portrait, output, size, side_px, background = key
        known = self._known(key)
        with self._changed:
            found = self._compositions.get(key)
            if found is not None and found.subject is known.get(portrait):  # built since it was asked for
                return found
        subject = self._cut_out(portrait, known)
        if subject is None:
            return None
        kept = background.kind is BackgroundKind.KEEP and portrait not in self._textured
        if kept and self._when is OwnPixels.AT_ONCE:
            subject = known[portrait] = self._with_shared_background(portrait, self._with_texture(subject))
        try:
            chosen = self._picture(background)
        except MediaError as error:
            if self._when is OwnPixels.AT_ONCE:
                raise
            _log.warning("%s; the background stays as it was", error)
            self._refused.add(background)
            return None
        composition = Composition(subject, size, output, side_px, background, chosen)
        if found is not None:
            composition.siblings = {sibling: layers.over(composition) for sibling, layers in found.siblings.items()}
        if self._when is OwnPixels.AT_ONCE:
            self._compose_siblings(key, composition)
        elif len(composition.siblings) < len(portrait.siblings.ready):
            self._later(lambda: self._compose_siblings(key, composition))
        with self._changed:
            self._compositions[key] = composition
            while len(self._compositions) > _MOST_COMPOSITIONS:
                self._compositions.popitem(last=False)
            if kept:
                self._textured.add(portrait)
                self._soft.append(portrait)
        return composition

    def _picture(self, background: Background) -> Picture | None:
        """Return the picture behind the person, if it is one. Raises MediaError."""
        if background.kind is not BackgroundKind.PICTURE:
            return None
        if self._chosen is None or self._chosen[0] != background:
            self._chosen = background, read_picture(Path(background.picture))
        return self._chosen[1]

    def _add_texture(self, portrait: Portrait) -> None:
        """Replace the soft background of a portrait, unless another job comes meanwhile: then again later."""
        subject = self._subjects.get(portrait)
        if subject is None:
            return
        textured = self._with_texture(subject, self._interrupted)
        if textured is not subject:
            textured = self._with_shared_background(portrait, textured)
        with self._changed:
            if textured is not subject:
                self._subjects[portrait] = textured
            elif self._interrupted():
                self._soft.append(portrait)

    def _add_siblings(self, portrait: Portrait, siblings: Iterator[Portrait]) -> None:
        """Cut further pictures out; show behind the person what they show there."""
        for sibling in siblings:
            if self._closed:
                return
            subject = self._person_of(sibling, whole=False)
            if subject is not None:
                with self._changed:
                    self._subjects[sibling] = subject
                portrait.siblings.add(portrait, sibling)
        subject = self.cut_out(portrait)
        if subject is not None and portrait.siblings.ready:
            shared = self._with_shared_background(portrait, subject)
            with self._changed:
                self._subjects[portrait] = shared

    def _with_shared_background(self, portrait: Portrait, subject: Subject) -> Subject:
        photographs = [sibling for sibling in portrait.siblings.ready if not sibling.is_front_view]
        others = [other for sibling in photographs if (other := self._subjects.get(sibling)) is not None]
        pairs = [(other.picture, other.cutout) for other in others]
        return replace(subject, cutout=with_shared_background(subject.picture, subject.cutout, pairs))

    def _compose_siblings(self, key: _Key, composition: Composition) -> None:
        """Build the missing layers of a portrait's further pictures; those of all other compositions are given up."""
        portrait, output, size, side_px, background = key
        with self._changed:
            for other in self._compositions.values():
                if other is not composition:
                    other.siblings = {}
        built: dict[Any, Composition] = {}
        for sibling in portrait.siblings.ready:
            subject = self._cut_out(sibling, self._known(key))
            layers = composition.siblings.get(sibling)
            if layers is None and subject is not None:
                layers = Composition(subject, size, output, side_px, background, self._picture(background)).over(
                    composition
                )
            if layers is not None:
                built[sibling] = layers
            if sum(each.size_bytes for each in built.values()) > _MOST_SIBLINGS_BYTES:
                break
        composition.siblings = built

    def _interrupted(self) -> bool:
        return bool(self._closed or self._wanted or self._ahead)

    def _person_of(self, portrait: Portrait, *, whole: bool) -> Subject | None:
        """Cut the person out of a portrait; None, with a line in the log, when no person was found."""
        assert portrait.outline is not None
        square = portrait.picture, portrait.crop, portrait.outline
        try:
            found = self._cutting.cut_out(*square, lambda: self._closed, whole=whole)
            reason = "the person cannot be told from the background"
        except (PuppetError, cv2.error, MemoryError) as error:
            found, reason = None, f"the person cannot be cut out ({error})"
        if found is None:
            if not self._closed:
                _log.warning("%s: %s; its picture is less sharp", portrait.name, reason)
            return None
        return Subject(portrait.picture, portrait.crop, portrait.face, portrait.keypoints, found)

    def _with_texture(self, subject: Subject, stopped: Callable[[], bool] = lambda: False) -> Subject:
        """Return a portrait with texture in its background; the same one when it has it, that fails or is stopped."""
        if subject.cutout.finished:
            return subject
        try:
            found = self._cutting.with_texture(subject.cutout, subject.picture, stopped)
        except (PuppetError, cv2.error, MemoryError) as error:
            _log.warning("The background cannot be painted over with texture (%s); it stays soft", error)
            return subject
        return replace(subject, cutout=found) if found is not None else subject
