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
from puppet.geometry.affine import similarity
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.smoothstep import smoothstep

FRAMES = 3
"""Number of frames that mix two pictures."""
_REACH = 1.5, 2.5  # distances from the face's middle, in halves of its size, between which the head's motion ends


@dataclass(slots=True)
class _Before:
    """The picture that is faded out.

    Attributes:
        composition: its layers.
        offset: (h, w, 2): its flow minus the flow of the next picture, when they were exchanged.
        points: (K, 2): the face at that time, normalised; the offset moves with it.
        last: the last square that was rendered of it, whose corrections go on.
        frames: since then.
    """

    composition: Composition
    offset: Floats
    points: Floats
    last: Inspection
    frames: int = 0


class SiblingFade:
    """Composes from one of several pictures; after an exchange, mixes both for some frames.

    Only one picture is rendered per frame: the flow of the picture before goes on as the flow of the next one does, and
    with the head.
    """

    def __init__(self) -> None:
        """Begin without a picture."""
        self._shown: Hashable = None
        self._now: Composition | None = None
        self._flow: tuple[Floats, Floats] | None = None  # and the face's points
        self._last: Inspection | None = None
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
        if shown != self._shown:
            self._shown, self._before = shown, None
        elif composition is not self._now and self._now and self._flow is not None and self._last:
            before, points = self._flow
            places, shift = _places(len(flow), driven.points, points)
            self._before = _Before(self._now, _sampled(before, places) + shift - flow, driven.points, self._last)
        self._now, self._flow, self._last = composition, (flow, driven.points), inspection
        picture = composition.compose(flow, driven)
        if self._before is not None:
            self._before.frames += 1
            share = float(smoothstep(self._before.frames, end=FRAMES + 1))
            places, _ = _places(len(flow), driven.points, self._before.points)
            other = self._before.composition.compose(flow + _sampled(self._before.offset, places), driven)
            cv2.addWeighted(picture, share, other, 1 - share, 0, picture)
            inspection = mixed_corrections(inspection, self._before.last, share)
            if self._before.frames == FRAMES:
                self._before = None
        composition.correct(picture, inspection, driven)
        add_parts(picture, driven, donors)
        if view is not None:
            self._alignment.align(picture, composition.placement.of_normalised(driven.points), view)
        return composition.enlarged(picture)


def _places(side: int, points: Floats, then: Floats) -> tuple[Floats, Floats]:
    """Return where each place of a square was when a face was elsewhere; beside the head it was where it is.

    Args:
        side: of the grid of places.
        points: (K, 2): the face now, normalised.
        then: the same points at that time.

    Returns:
        The places (side, side, 2) on the grid, and their offset, normalised.
    """
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    x, y = axis[None], axis[:, None]
    low, high = points[OVAL].min(0), points[OVAL].max(0)
    (middle_x, middle_y), (half_x, half_y) = (low + high) / 2, np.maximum((high - low) / 2, 1e-3)
    away = np.sqrt(((x - middle_x) / half_x) ** 2 + ((y - middle_y) / half_y) ** 2)
    with_head = 1 - smoothstep(away, *_REACH)
    then_of = similarity(points, then).astype(np.float32)
    offset_x, offset_y = (
        with_head * (by_x * x + by_y * y + shift - here)
        for (by_x, by_y, shift), here in zip(then_of, (x, y), strict=True)
    )
    places = np.dstack([(offset_x + x + 1) * ((side - 1) / 2), (offset_y + y + 1) * ((side - 1) / 2)])
    return places.astype(np.float32), np.dstack([offset_x, offset_y]).astype(np.float32)


def _sampled(field: Floats, places: Floats) -> Floats:
    found = cv2.remap(field, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload] # None: the map has both axes
    return np.asarray(found, np.float32)
