"""Keys that the recipes of all families share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from annotated_types import Ge, Interval

Positive = Annotated[float, Interval(gt=0)]
NotNegative = Annotated[float, Ge(0)]
Share = Annotated[float, Interval(ge=0, le=1)]

# Keys that may change when a training is resumed.
_MAY_CHANGE = (
    *("steps", "checkpoint_minutes", "workers", "pack.", "data.folders", "vgg", "reinit"),
    "family",  # follows from the sections of `model`
)


@dataclass(frozen=True, slots=True)
class Adam:
    """Settings of one optimiser.

    Attributes:
        learning_rate: at its highest.
        betas: decay of the first and the second moment.
        gradient_norm: gradients are scaled down to this norm; infinity: never.
    """

    learning_rate: float
    betas: tuple[float, float]
    gradient_norm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipsRecipe:
    """`[data]`: clips and how they are read.

    Attributes:
        folders: folders of clips, relative to the recipe's own folder; --data overrides them.
        frames_per_s: frames kept of each second of a video, at most.
        most_frames: frames kept of a clip, at most.
        held_out: share of the people (face) or clips that are never trained on.
    """

    folders: tuple[str, ...] = ()
    frames_per_s: Positive = 25.0
    most_frames: Annotated[int, Ge(2)] = 1000
    held_out: Annotated[float, Interval(ge=0, lt=1)] = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRecipe:
    """`[pack]`: card of the trained pack; see puppet.packs.PackCard."""

    name: str = "face"
    licence: str = "unstated"
    description: str = "A face of any picture, moved by 478 landmarks."
    training: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonRecipe:
    """Keys of every recipe.

    Attributes:
        seed: of the initial weights and of everything that is drawn at random.
        checkpoint_minutes: time between two checkpoints, each with a contact sheet.
        workers: processes that prepare batches; 0: the training process does it.
        vgg: file with the weights of VGG, relative to the recipe's own folder; --vgg overrides it.
    """

    seed: Annotated[int, Interval(ge=0, lt=2**31)] = 0
    checkpoint_minutes: Positive = 10.0
    workers: Annotated[int, Interval(ge=0, le=64)] = 0
    vgg: str = ""

    def settings(self) -> dict[str, str]:
        """Return every value that decides what a step does, by its dotted name; a resumed training has the same."""
        return decisive({name: repr(value) for name, value in _flat("", asdict(self))})


def decisive(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings without those that may change when a training is resumed, as its duration.

    Older checkpoints have whole numbers as the recipe writes them, 100 for 100.0.
    """
    return {
        name: value.removesuffix(".0")
        for name, value in settings.items()
        if not name.startswith(_MAY_CHANGE) and not name.endswith(".minutes")
    }


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """Every plain value within nested ones, with its dotted name."""
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in _flat(f"{prefix}.{name}".lstrip("."), inner)]
    if isinstance(value, list | tuple):
        return [pair for index, inner in enumerate(value) for pair in _flat(f"{prefix}[{index}]", inner)]
    return [(prefix, value)]
