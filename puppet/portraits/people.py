"""Telling other people's pictures apart from a person's own, as far as landmarks and the skin's colour can.

There is no face recognition in Puppet. The skull's landmarks in the head's own frame differ between people, but also
between poses, so only faces from the front are compared, and averages over a clip rather than frames. On 102 people
photographed twice alike this finds three quarters of the strangers; in everyday pictures it finds fewer
(docs/results/several.md). It prevents mistakes, it proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array
from puppet.portraits.candidates import Candidate

_FRONTAL_RAD = np.radians(15.0)
_MOST_AVERAGED = 12
_SPREAD = (0.0105, 0.014)  # of one person's landmarks, x and y, in the mean face's unit
_FILE_LIMIT, _CLIP_LIMIT = 1.6, 2.2  # in spreads: between files; between two stretches of one clip, which differ more
_SURE_SKIN, _SKIN_LIMIT = 1.2, 0.3  # a smaller distance is enough when the skin's colour differs as well


def other_people(candidates: Sequence[Candidate], neutral: int) -> list[int]:
    """Return the indices of candidates that seem to show another person than candidate `neutral`.

    All pictures of a stretch of a clip, in which one face was followed, show one person.
    """
    groups: dict[tuple[int, int, int], list[int]] = {}
    for index, candidate in enumerate(candidates):
        still = candidate.index if candidate.run == 0 else 0  # a picture is a group of its own
        groups.setdefault((candidate.source, candidate.run, still), []).append(index)
    own = next(group for group in groups.values() if neutral in group)
    reference = _average(candidates, own)
    strangers = []
    for group in groups.values():
        found = _average(candidates, group)
        if group is own or found is None or reference is None:
            continue
        shape = float(np.sqrt(np.mean(((found[0] - reference[0]) / _SPREAD) ** 2)))
        skin = float(np.abs(found[1] - reference[1]).max())
        one_clip = candidates[group[0]].source == candidates[neutral].source
        limit = _CLIP_LIMIT if one_clip else _FILE_LIMIT
        if shape > limit or (shape > _SURE_SKIN and skin > _SKIN_LIMIT):
            strangers += group
    return strangers


def _average(candidates: Sequence[Candidate], group: Sequence[int]) -> tuple[Array, Array] | None:
    """Return the mean shape (35, 2) and skin chromaticity (2,) of the most frontal faces; None without any."""
    turns = {index: float(np.abs(candidates[index].shape.turn[:2]).max()) for index in group}
    frontal = sorted((index for index in group if turns[index] < _FRONTAL_RAD), key=turns.__getitem__)[:_MOST_AVERAGED]
    if not frontal:
        return None
    shape = np.mean([candidates[index].shape.own[lm.STABLE, :2] for index in frontal], 0)
    red, green, blue = np.mean([candidates[index].skin for index in frontal], 0).clip(0.01).astype(np.float64)
    return shape, np.log(np.array([red / green, blue / green]))
