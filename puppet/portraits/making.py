"""Making a portrait of several pictures: look, leave out what is not usable, choose, read the chosen again.

Blocking; for the command line and for a worker of the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from puppet.errors import TrackingError
from puppet.media.portrait_file import MOST_PICTURES, Shot
from puppet.portraits.candidates import MOST_CLIP_S, Candidate, look, read_chosen
from puppet.portraits.choice import choose, neutral_of
from puppet.portraits.people import other_people

LEAST_FACE_PX = 96.0
_LEAST_FACE_SHARE = 0.4  # of the neutral picture's face
SHARP_SHARE = 0.55  # of the sharpness that a quarter of the pictures of the same file exceed
_SHARPEST_NEEDED = 0.6  # the same, of all files
LIGHT = (0.12, 0.92)
_FARTHEST_TURN_RAD = np.radians(55.0)  # landmarks of the hidden side are guesses beyond
_COVERED_EYES = 0.62  # brightness of the eyes, as a share of that of the other pictures
Progress = Callable[[str, int, int | None], None]


class OtherPeopleError(TrackingError):
    """Pictures seem to show different people.

    Attributes:
        files: names of those that differ from the neutral picture's person.
    """

    files: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A portrait's pictures, and what was decided.

    Attributes:
        shots: the chosen pictures, the neutral one first.
        left_out: one line for every file of which pictures were left out for a reason.
    """

    shots: Sequence[Shot]
    left_out: Sequence[str]


def make_portrait(
    paths: Sequence[Path],
    *,
    most: int = 16,
    any_people: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> Made:
    """Choose the pictures of a portrait from pictures, portrait files and clips of one person.

    Args:
        paths: the files.
        most: number of pictures, 2 to 32; fewer are chosen when there are no more that differ.
        any_people: take pictures that seem to show another person, too.
        progress: called with the name of a file, what is done and the total.

    Raises:
        MediaError: a file cannot be read.
        TrackingError: no usable picture, none from the front, or pictures of different people.
    """
    reasons = _Reasons(paths)
    candidates: list[Candidate] = []
    for source, path in enumerate(paths):
        found = look(source, path, partial(progress, path.name))
        reasons.add(source, "without a face", found.looked_at - len(found.candidates))
        if found.cut:
            reasons.say(source, f"only the first {MOST_CLIP_S:.0f} s are looked at")
        candidates += found.candidates
    if not candidates:
        raise TrackingError(f"{paths[0]}: no face found; choose pictures that show a face from the front")
    usable = _usable(candidates, reasons)
    first = neutral_of([candidate.shape for candidate in usable], _sharpness(usable)) if usable else None
    if first is None:
        raise TrackingError(
            f"{paths[0]}: no usable picture shows the face from the front{reasons.summary()}; add one that does"
        )
    usable, first = _like_the_neutral(usable, first, reasons)
    if not any_people:
        strangers = other_people(usable, first)
        if strangers:
            sources = sorted({usable[index].source for index in strangers})
            names = ", ".join(paths[source].name for source in sources)
            error = OtherPeopleError(
                f"{names}: seems to show another person than {paths[usable[first].source].name}; "
                "leave it out, or allow it with --any-people"
            )
            error.files = names
            raise error
    quality = 0.5 + 0.5 * (_sharpness(usable) / _sharpness(usable).max()).clip(0, 1)
    chosen = choose([candidate.shape for candidate in usable], quality, first, min(most, MOST_PICTURES))
    reasons.add_unchosen(usable, chosen)
    return Made(read_chosen(paths, [usable[index] for index in chosen]), reasons.lines())


class _Reasons:
    """Collects why pictures were left out, per file."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._counts: dict[tuple[int, str], int] = {}
        self._said: dict[int, list[str]] = {}

    def add(self, source: int, reason: str, count: int = 1) -> None:
        if count:
            self._counts[source, reason] = self._counts.get((source, reason), 0) + count

    def say(self, source: int, line: str) -> None:
        self._said.setdefault(source, []).append(line)

    def add_unchosen(self, usable: Sequence[Candidate], chosen: Sequence[int]) -> None:
        """Name files of which no picture was chosen, because others show the same."""
        used = {usable[index].source for index in chosen}
        for source in {candidate.source for candidate in usable} - used:
            self.say(source, "left out: like the others")

    def lines(self) -> list[str]:
        said = dict(self._said)
        for (source, reason), count in self._counts.items():
            line = f"left out: {count} picture{'s' * (count != 1)} {reason}"
            said[source] = [*said.get(source, []), line]
        return [f"{self._paths[source]}: {'; '.join(said[source])}" for source in sorted(said)]

    def summary(self) -> str:
        """Return the reasons with their counts, in brackets."""
        counts: dict[str, int] = {}
        for (_, reason), count in self._counts.items():
            counts[reason] = counts.get(reason, 0) + count
        return f" ({', '.join(f'{count} {reason}' for reason, count in counts.items())})" if counts else ""


def _usable(candidates: Sequence[Candidate], reasons: _Reasons) -> list[Candidate]:
    """Return the pictures that are sharp, lit and large enough, and not turned too far."""
    sharp = _usual_sharpness(candidates)
    usable = []
    for candidate in candidates:
        reason = _defect(candidate, sharp[candidate.source])
        if reason:
            reasons.add(candidate.source, reason)
        else:
            usable.append(candidate)
    return usable


def _usual_sharpness(candidates: Sequence[Candidate]) -> dict[int, float]:
    """Return the least sharpness of a usable picture, per file."""
    sources = {candidate.source for candidate in candidates}
    own = {
        source: float(np.percentile(_sharpness([one for one in candidates if one.source == source]), 75))
        for source in sources
    }
    usual = float(np.median(list(own.values())))
    return {source: max(SHARP_SHARE * own[source], _SHARPEST_NEEDED * SHARP_SHARE * usual) for source in sources}


def _defect(candidate: Candidate, least_sharpness: float) -> str:
    if candidate.face_px < LEAST_FACE_PX:
        return f"with a face of less than {LEAST_FACE_PX:.0f} pixels"
    if candidate.sharpness < least_sharpness:
        return "blurred"
    if not LIGHT[0] <= candidate.light <= LIGHT[1]:
        return "too dark or too bright"
    if np.abs(candidate.shape.turn).max() > _FARTHEST_TURN_RAD:
        return "turned too far"
    return ""


def _like_the_neutral(usable: Sequence[Candidate], first: int, reasons: _Reasons) -> tuple[list[Candidate], int]:
    """Leave out pictures whose face is much smaller than the neutral one's, or whose eyes are covered."""
    neutral = usable[first]
    covered = _COVERED_EYES * float(np.median([candidate.eyes for candidate in usable]))
    kept = []
    for candidate in usable:
        small = candidate.face_px < _LEAST_FACE_SHARE * neutral.face_px
        if candidate is neutral or not (small or candidate.eyes < covered):
            kept.append(candidate)
        else:
            reasons.add(candidate.source, "with a much smaller face" if small else "with covered eyes")
    return kept, kept.index(neutral)


def _sharpness(candidates: Sequence[Candidate]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([candidate.sharpness for candidate in candidates], np.float64)
