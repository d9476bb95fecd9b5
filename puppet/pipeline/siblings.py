"""Portraits of several pictures: their registration to one place, and the picture that a frame is made of.

A *sibling* is a further picture of the portrait's person, moved to the portrait's place, so that both have the same
square. Registration takes place on any thread; a `SiblingChooser` belongs to the loop thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.donor_parts import Donor, Part
from puppet.compositing.layered_compositor import Composition
from puppet.compositing.sibling_fade import FRAMES
from puppet.domain import Face, Floats, Keypoints, Picture
from puppet.errors import TrackingError
from puppet.geometry.face_shape import Distances, FaceShape, FaceShapes, distances, shape_of
from puppet.geometry.head_pose import Array, fit_head
from puppet.media.portrait_file import Shot
from puppet.pipeline.body_motion import beside_face
from puppet.pipeline.scenes import Portrait
from puppet.tracking.body_flow import grey_cells
from puppet.tracking.tracker import largest_face

_LEAST_BLUR = 0.2  # pixels
_log = logging.getLogger(__name__)

_KEPT = 0.15
"""A picture is kept until another one is nearer by this share."""
_KEPT_NEUTRAL = 0.2
"""The same of the neutral picture and one of another expression, while somebody else performs."""
_TURNED_RAD = np.radians(15.0)
"""A picture that differs from the neutral one by less of a turn differs by its expression."""
_HELD, _FAR = 12, 0.5
"""A picture for head and hair is kept for so many frames, until another one is nearer by half."""
_BETTER = 0.2
"""A part is taken from another picture that is nearer by this share, and kept while it is nearer by half of it."""
_MORE_OPEN, _LEAST_OPEN, _CLOSED = 0.06, 0.8, 0.05
"""Lips are taken from a picture whose aperture is smaller by less, in the mean face's unit, and of which the root is
about this share at least, but for lips that are almost closed: stretched farther, lips lie where teeth should be, and
the networks paint better ones."""
_OTHER_EYES = 0.15
"""Eyes are taken from a picture whose lids and gaze differ by less, in widths of the eye: the networks turn eyes better
than a warp does."""
_KEPT_STRAIN = 1.3
"""A part that is taken already may exceed these limits by this factor."""
_STEP = 0.34
"""Change of a part's weight per frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The pictures that a frame is made of.

    Attributes:
        picture: the portrait or one of its siblings.
        layers: of that picture; None: the model's square is shown.
        donors: parts of others.
    """

    picture: Portrait
    layers: Composition | None
    donors: Sequence[Donor] = ()


class SiblingChooser:
    """Chooses the pictures that a frame is made of: the nearest in pose, with hysteresis."""

    def __init__(self) -> None:
        """Begin without a picture."""
        self._traits: WeakKeyDictionary[Portrait, _Traits] = WeakKeyDictionary()
        self._pool: _Pool | None = None
        self._chosen: Portrait | None = None
        self._since = _HELD  # frames since the last exchange
        self._parts: dict[Part, dict[Portrait, float]] = {part: {} for part in Part}  # donor -> weight

    def choose(
        self, portrait: Portrait, composition: Composition | None, driven: Keypoints, *, squares: bool = False
    ) -> Choice:
        """Return what to make a frame in the pose `driven` of.

        Args:
            portrait: is shown.
            composition: its layers, with its siblings' that are ready.
            driven: the pose to show.
            squares: without layers, choose among the model's squares of all pictures; else it is the portrait's.
        """
        layers: dict[Portrait, Composition] = {portrait: composition, **composition.siblings} if composition else {}
        pictures = list(layers) or [portrait, *(portrait.siblings.ready if squares else ())]
        if len(pictures) == 1:
            self._pool = None
            return Choice(portrait, composition)
        pool, asked = self._pool_of(pictures), shape_of(driven)
        found = distances(pool.shapes, FaceShapes.of([asked]))
        far = found.whole[:, 0] * pool.blur * pool.unlike(driven)
        base = self._base(pictures, far, pool.expressions & (driven.appearance is None))
        if composition is None:
            return Choice(pictures[base], None)
        donors = []
        for part, fit in _fits(pool.shapes, asked, found).items():
            for picture, weight in self._weights(part, pictures, fit, base).items():
                if picture in layers:
                    donors.append(Donor(part, layers[picture], picture.keypoints, weight))
        return Choice(pictures[base], layers[pictures[base]], donors)

    def _pool_of(self, pictures: Sequence[Portrait]) -> _Pool:
        """Return the pictures with their values; they change when a further one is ready."""
        if self._pool is None or self._pool.pictures != pictures:
            for picture in pictures:
                if picture not in self._traits:
                    self._traits[picture] = _Traits.of(picture)
            self._pool = _Pool.of(pictures, [self._traits[picture] for picture in pictures])
        return self._pool

    def _base(self, pictures: Sequence[Portrait], far: Array, strange: NDArray[np.bool_]) -> int:
        """Return the index of the picture for head and hair.

        Args:
            pictures: the neutral one first.
            far: (N,): their distances.
            strange: (N,): the picture's expression is asked for by somebody else, whose is never quite the same, so
                that its folds would be seen for long: the neutral picture is left for it later, and shown again as
                soon as it is nearer at all.
        """
        best = int(far.argmin())
        kept = next((index for index, picture in enumerate(pictures) if picture is self._chosen), best)
        self._since += 1
        held = FRAMES if far[best] < _FAR * far[kept] else _HELD  # a fade is not interrupted
        share = _KEPT_NEUTRAL if kept == 0 and strange[best] else _KEPT
        if far[best] < (1 - share) * far[kept] and self._since > held:
            kept, self._since = best, 0
        elif strange[kept] and far[0] < far[kept] and self._since > _HELD:
            kept, self._since = 0, 0
        self._chosen = pictures[kept]
        return kept

    def _weights(self, part: Part, pictures: Sequence[Portrait], fit: _Fit, base: int) -> dict[Portrait, float]:
        """Return the donors of a part with their weights, the stronger last; they change by `_STEP` per frame."""
        weights = self._parts[part]
        now = max(weights, key=lambda picture: weights[picture], default=None)
        kept = next((index for index, picture in enumerate(pictures) if picture is now), base)
        share, most = np.full(len(pictures), 1 - _BETTER), np.ones(len(pictures))
        share[kept], most[kept] = 1 - _BETTER / 2, _KEPT_STRAIN
        better = (fit.own < share * fit.own[base]) & (fit.far < share * fit.far[base]) & (fit.strain < most)
        better[base] = True
        far = np.where(better, fit.far, np.inf)
        best = int(far.argmin())
        if far[best] > (1 - _KEPT) * far[kept]:
            best = kept
        wanted = None if best == base else pictures[best]
        if wanted is not None:
            weights.setdefault(wanted, 0.0)
        for picture, weight in list(weights.items()):
            changed = min(weight + _STEP, 1.0) if picture is wanted else weight - _STEP
            weights[picture] = changed
            if changed <= 0:
                del weights[picture]
        return dict(sorted(weights.items(), key=lambda item: item[1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Traits:
    """Values of one picture by which it is chosen.

    Attributes:
        shape: of its face.
        cells: its `grey_cells`.
        sharpness: of its face; None: of a front view, which is as sharp as its portrait.
    """

    shape: FaceShape
    cells: Floats
    sharpness: float | None

    @classmethod
    def of(cls, picture: Portrait) -> _Traits:
        sharpness = None if picture.is_front_view else _sharpness_of(picture)
        return cls(shape_of(picture.keypoints), grey_cells(picture.face), sharpness)


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """The N pictures among which one is chosen, with their values stacked.

    Attributes:
        pictures: of the portrait.
        shapes: of their faces.
        blur: (N,): factors by which they count as farther.
        cells: (N, h, w): their `grey_cells`.
        expressions: (N,): pictures that differ from the neutral one, the first, by their expression and not by a turn.
    """

    pictures: Sequence[Portrait]
    shapes: FaceShapes
    blur: Array
    cells: Floats
    expressions: NDArray[np.bool_]

    @classmethod
    def of(cls, pictures: Sequence[Portrait], traits: Sequence[_Traits]) -> _Pool:
        sharpest = max(each.sharpness for each in traits if each.sharpness is not None)
        blur = [(sharpest / (each.sharpness or sharpest)) ** 0.5 for each in traits]
        shapes, cells = FaceShapes.of([each.shape for each in traits]), np.array([each.cells for each in traits])
        turns = np.linalg.norm(shapes.turn - shapes.turn[0], axis=1)
        return cls(pictures, shapes, np.array(blur), cells, (turns < _TURNED_RAD) & (np.arange(len(turns)) > 0))

    def unlike(self, driven: Keypoints) -> Array:
        """Return (N,): the difference of each picture to the performer beside the face, to the smallest; 1: unknown."""
        if driven.appearance is None:
            return np.ones(len(self.pictures))
        weights = beside_face(driven)
        means = (np.abs(self.cells - driven.appearance) * weights).sum((1, 2)) / max(float(weights.sum()), 1.0)
        return np.asarray(means / max(means.min(), 1.0), np.float64)


def _sharpness_of(picture: Portrait) -> float:
    """Return the strength of fine detail in the face of a picture, above 0."""
    grey = cv2.cvtColor(picture.face, cv2.COLOR_RGB2GRAY)
    face = 1 - cv2.resize(beside_face(picture.keypoints), grey.shape[::-1])
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=3)) * face
    return max(float(detail.sum()) / max(float(face.sum()), 1.0), 1e-3)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Agreement of each of N pictures with a part of the pose that is asked for.

    Attributes:
        far: (N,) distances of the part, with the pose of the head.
        own: (N,) distances of the part alone.
        strain: (N,) stretching of the part as a share of the most that is allowed.
    """

    far: Array
    own: Array
    strain: Array


def _fits(shapes: FaceShapes, asked: FaceShape, found: Distances) -> dict[Part, _Fit]:
    """Return the agreement of the pictures with mouth and eyes of the pose `asked`."""
    lids, opening = found.lids[:, :, 0].max(0), shapes.opening[:, 0]
    more, ratio = asked.opening**2 - opening**2, asked.opening / (opening + _CLOSED)
    return {
        Part.MOUTH: _Fit(found.mouth[:, 0], found.lips[:, 0], np.maximum(more / _MORE_OPEN, _LEAST_OPEN * ratio)),
        Part.EYES: _Fit(found.eyes[:, :, 0].mean(0), lids, lids / _OTHER_EYES),
    }


def register(shots: Sequence[Shot], face: Face) -> Iterator[Picture]:
    """Yield further pictures of a person, moved to the place of the first; those without a face are passed over.

    Frames of one clip keep their places to one another; where a picture ends, the first one's pixels go on.

    Args:
        shots: the pictures; the first one is the portrait.
        face: in the first picture.
    """
    portrait = shots[0].picture
    places = {shots[0].clip: face}
    for shot in shots[1:]:
        try:
            own, _ = largest_face(shot.picture)
        except TrackingError as error:
            _log.warning("%s: %s", shot.origin, error)
            continue
        place = places.setdefault(shot.clip, own)
        if place is face and shot.picture.shape == portrait.shape:
            yield shot.picture
        else:
            yield _moved(shot.picture, place, portrait, face)


def _moved(picture: Picture, face: Face, portrait: Picture, portrait_face: Face) -> Picture:
    """Return a picture moved and scaled so that its head lies where the portrait's does."""
    own, target = (fit_head(each.points.astype(np.float64)) for each in (face, portrait_face))
    scale = target.size / own.size
    x, y = target.centre[:2] - scale * own.centre[:2]
    sigma = 0.5 * max(1 / scale**2 - 1, 0.0) ** 0.5
    if sigma > _LEAST_BLUR:  # reduce without aliasing
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    height, width = portrait.shape[:2]
    affine = np.array([[scale, 0, x], [0, scale, y]])
    moved = portrait.copy()
    cv2.warpAffine(picture, affine, (width, height), moved, cv2.INTER_CUBIC, cv2.BORDER_TRANSPARENT)
    return moved
