"""Fade from one picture of a person to another: `SiblingFade`. Belongs to the thread that paints, after the render."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from puppet.compositing.corrections import mixed_corrections
from puppet.compositing.donor_parts import Donor, add_parts
from puppet.compositing.face_alignment import FaceAlignment, PerformerView
from puppet.compositing.layered_compositor import Composition
from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.smoothstep import smoothstep

FRAMES = 3
"""Number of frames that mix two pictures."""
_FAST = 0.03
"""Motion of the face between two frames, in its own widths, from which pictures are exchanged at once: they lie beside
each other then, and mixed ones would be seen as two heads, but the exchange is not seen."""


@dataclass(slots=True)
class _Before:
    """The picture that is faded out.

    Attributes:
        composition: its layers.
        offset: (h, w, 2): its flow minus the flow of the next picture, when they were exchanged.
        last: the last square that was rendered of it, whose corrections go on.
        frames: since then.
    """

    composition: Composition
    offset: Floats
    last: Inspection
    frames: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """The frame before.

    Attributes:
        subject: the portrait and the kind of output.
        composition: its layers.
        flow: (h, w, 2): the person's.
        points: (K, 2): the pose, normalised.
        inspection: the rendered square.
    """

    subject: Hashable
    composition: Composition
    flow: Floats
    points: Floats
    inspection: Inspection


class SiblingFade:
    """Composes from one of several pictures; after an exchange, mixes both for some frames, unless the head moves.

    Only one picture is rendered per frame: the flow of the picture before goes on as the flow of the next one does.
    """

    def __init__(self) -> None:
        """Begin without a picture."""
        self._shown: _Shown | None = None
        self._before: _Before | None = None
        self._alignment = FaceAlignment()

    def place(
        self,
        shown: Hashable,
        composition: Composition,
        inspection: Inspection,
        driven: Keypoints,
        donors: Sequence[Donor] = (),
        view: PerformerView | None = None,
    ) -> Picture:
        """Return the finished picture, as `Composition.place` does.

        Args:
            shown: the portrait and the kind of output; another one appears at once.
            composition: of the picture that was rendered.
            inspection: the rendered square.
            driven: the portrait's pose.
            donors: parts of other pictures.
            view: of the performer, if the portrait shows them.
        """
        flow = composition.flow(inspection, driven)
        last = self._shown
        if last is None or last.subject != shown:
            self._before = None
        else:
            if composition is not last.composition:
                self._before = _Before(last.composition, last.flow - flow, last.inspection)
            if self._before is not None and _moved(driven.points, last.points) > _FAST:
                self._before = None
        self._shown = _Shown(shown, composition, flow, driven.points, inspection)
        picture = composition.compose(flow, driven)
        if self._before is not None:
            self._before.frames += 1
            share = float(smoothstep(self._before.frames, end=FRAMES + 1))
            other = self._before.composition.compose(flow + self._before.offset, driven)
            cv2.addWeighted(picture, share, other, 1 - share, 0, picture)
            inspection = mixed_corrections(inspection, self._before.last, share)
            if self._before.frames == FRAMES:
                self._before = None
        composition.correct(picture, inspection, driven)
        add_parts(picture, driven, donors)
        if view is not None:
            self._alignment.align(picture, composition.placement.of_normalised(driven.points), view)
        return composition.enlarged(picture)


def _moved(points: Floats, before: Floats) -> float:
    """Return the root mean square motion of points (K, 2) of a face, in its widths."""
    width = max(float(np.ptp(before[OVAL, 0])), 1e-3)
    return float(np.sqrt(np.square(points - before).sum(1).mean())) / width
