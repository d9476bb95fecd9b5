"""Scores of clips as tables for the terminal, as text for a log and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import TypeAlias

from puppet.training.evaluation.metrics import Scores, mean_scores

Table: TypeAlias = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""Column titles, and the cells of each row."""

_COLUMNS = {  # title and number format of each score
    "l1": ("L1", ".4f"),
    "ssim": ("SSIM", ".3f"),
    "lpips": ("LPIPS", ".3f"),
    "akd": ("AKD, px", ".2f"),
    "lost": ("lost", ".3f"),
    "detail_l1": ("detail L1", ".4f"),
    "detail_lpips": ("detail LPIPS", ".3f"),
    "flicker": ("flicker", ".4f"),
    "aed": ("AED", ".4f"),
}
_NO_RATIO = ("ssim", "lost")  # SSIM is no distance; the share of lost faces is mostly 0
_BASELINES = {"copy": "copy: the source held still", "mesh": "mesh: the classical landmark warp"}


@dataclass(frozen=True, slots=True)
class Row:
    """Scores of one clip, or their means over clips.

    Attributes:
        name: the clip's name.
        scores: by name: the evaluated one ("model" or "pack") and its baselines ("copy", "mesh").
    """

    name: str
    scores: dict[str, Scores]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores of every clip; the first name in each row is what is evaluated, the others are its baselines."""

    rows: list[Row]

    @property
    def mean(self) -> Row:
        """Means over clips, each clip counting once however long it is."""
        return Row("mean", {name: mean_scores([row.scores[name] for row in self.rows]) for name in self.rows[0].scores})

    def clip_table(self) -> Table:
        """Return a row for each clip and the mean; in brackets each score divided by that of the baselines."""
        measured, (_, *baselines) = self._measured(), self.mean.scores
        title = f"clip ({', '.join(f'× {name}' for name in baselines)})"
        rows = [(row.name, *(_with_ratios(name, row) for name in measured)) for row in [*self.rows, self.mean]]
        return (title, *(_COLUMNS[name][0] for name in measured)), rows

    def summary(self, name: str) -> Table:
        """Return rows of means over clips: the baselines, `name`, and the ratios of `name` to each baseline."""
        measured, ((_, own), *baselines) = self._measured(), self.mean.scores.items()
        rows = [(_BASELINES[baseline], *(_cell(item, scores) for item in measured)) for baseline, scores in baselines]
        rows.append((name, *(_cell(item, own) for item in measured)))
        for baseline, scores in baselines:
            rows.append((f"{name} against {baseline}", *(_ratio(item, own, scores) for item in measured)))
        count = f"{len(self.rows)} clip{'s' if len(self.rows) > 1 else ''}"
        return (count, *(_COLUMNS[item][0] for item in measured)), rows

    def to_json(self) -> str:
        """Return all rows; scores that were not measured are null."""
        return json.dumps(self.as_records(), indent=1)

    def as_records(self) -> list[dict[str, object]]:
        """Return one JSON object for each row."""
        return [
            {"name": row.name, **{name: _numbers(scores) for name, scores in row.scores.items()}}
            for row in [*self.rows, self.mean]
        ]

    def _measured(self) -> list[str]:
        own = next(iter(self.mean.scores.values()))
        return [item.name for item in fields(Scores) if not math.isnan(getattr(own, item.name))]


def as_text(table: Table) -> str:
    """Return a table as aligned lines."""
    titles, rows = table
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    return "\n".join("  ".join(f"{cell:{n}}" for cell, n in zip(row, widths, strict=True)) for row in [titles, *rows])


def _numbers(scores: Scores) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else round(value, 5) for name, value in asdict(scores).items()}


def _cell(item: str, scores: Scores) -> str:
    return format(getattr(scores, item), _COLUMNS[item][1])


def _ratio(item: str, own: Scores, baseline: Scores) -> str:
    other = getattr(baseline, item)
    if item in _NO_RATIO or math.isnan(other):
        return ""
    return f"×{getattr(own, item) / other:.2f}" if other else "–"


def _with_ratios(item: str, row: Row) -> str:
    own, *baselines = row.scores.values()
    ratios: Sequence[str] = [ratio for scores in baselines if (ratio := _ratio(item, own, scores))]
    return f"{_cell(item, own)} ({' '.join(ratios)})" if ratios else _cell(item, own)
