"""The recipe of a training: a TOML file as frozen values, checked once."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from puppet.errors import ConfigError
from puppet.training.recipe_schema.tables import filled, flat, read_toml, require

OBJECTIVES = ("motion", "detail", "mouth", "eyes")


@dataclass(frozen=True, slots=True)
class DataRecipe:
    """How clips are prepared and chosen from.

    Attributes:
        frames_per_s: how many frames of a clip's second are kept, at most.
        most_frames: how many of a clip, at most.
        held_out: share of the people never trained on, 0 to below 1.
        person: regular expression; what it matches in a file's name is the person's name. Without a match every
            file is a person of its own, and files in a subfolder are the subfolder's person.
        folder_weights: name of a data folder -> how often it is drawn from, 1 being usual.
    """

    frames_per_s: float = 12.5
    most_frames: int = 1500
    held_out: float = 0.08
    person: str = ""
    folder_weights: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        require(self.frames_per_s > 0, "data.frames_per_s", self.frames_per_s, "above 0")
        require(self.most_frames >= 2, "data.most_frames", self.most_frames, "at least 2")
        require(0 <= self.held_out < 1, "data.held_out", self.held_out, "from 0 to below 1")
        weights = self.folder_weights.values()
        numbers = all(isinstance(weight, int | float) and weight >= 0 for weight in weights)
        require(numbers, "data.folder_weights", self.folder_weights, "numbers of at least 0")
        try:
            re.compile(self.person)
        except re.error as error:
            raise ConfigError(f"data.person: {self.person!r} is not a regular expression ({error}).") from error


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """One stage of a training.

    Attributes:
        objective: "motion" (encoder and motion network), "detail" (mouth and eyes), or one of "mouth" and "eyes".
        minutes: how long, on the clock; the learning rate falls along a cosine over this time.
        batch: pairs a step.
        learning_rate: of Adam, at its highest.
        adversarial: weight of the discriminators' verdict; 0: none. Not for "motion".
    """

    objective: str
    minutes: float
    batch: int
    learning_rate: float = 4e-4
    adversarial: float = 0.0

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        require(self.objective in OBJECTIVES, "stages.objective", self.objective, f"one of {', '.join(OBJECTIVES)}")
        require(self.minutes > 0, "stages.minutes", self.minutes, "above 0")
        require(self.batch >= 2, "stages.batch", self.batch, "at least 2: batches are normalised")
        require(0 < self.learning_rate < 1, "stages.learning_rate", self.learning_rate, "between 0 and 1")
        allowed = self.adversarial == 0 or (self.adversarial > 0 and self.objective != "motion")
        require(allowed, "stages.adversarial", self.adversarial, "at least 0, and 0 for motion")


@dataclass(frozen=True, slots=True)
class PackRecipe:
    """What the trained pack says of itself; see puppet.packs.PackCard."""

    name: str = "face"
    licence: str = "unstated"
    description: str = "A face of any picture, moved by 478 landmarks."
    training: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole training.

    Attributes:
        stages: what is trained, in this order.
        seed: of the weights and of the choice of pairs.
        checkpoint_minutes: how often a checkpoint and a picture sheet are written.
        data: how clips are prepared and chosen from.
        pack: what the result says of itself.
    """

    stages: tuple[StageRecipe, ...]
    seed: int = 0
    checkpoint_minutes: float = 10.0
    data: DataRecipe = field(default_factory=DataRecipe)
    pack: PackRecipe = field(default_factory=PackRecipe)

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        require(len(self.stages) > 0, "stages", len(self.stages), "at least one [[stages]]")
        require(self.seed >= 0, "seed", self.seed, "at least 0")
        require(self.checkpoint_minutes > 0, "checkpoint_minutes", self.checkpoint_minutes, "above 0")

    def settings(self) -> dict[str, str]:
        """Every value that decides what a step does, by its dotted name; a resumed training has to agree in them.

        Left out is what may change between two runs: durations, and what the pack says of itself.
        """
        values = asdict(self)
        del values["pack"], values["checkpoint_minutes"]
        return {name: repr(value) for name, value in flat("", values) if not name.endswith(".minutes")}


def read_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises ConfigError, naming the key, for anything that is unknown, missing or of a wrong type."""
    table = read_toml(path)
    try:
        return _recipe(table)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _recipe(table: dict[str, Any]) -> Recipe:
    stages = table.get("stages", [])
    if not isinstance(stages, list) or not all(isinstance(stage, dict) for stage in stages):
        raise ConfigError("key stages: expected [[stages]] tables.")
    nested: dict[str, Any] = {
        "stages": tuple(filled(StageRecipe, stage, f"stages[{index}].") for index, stage in enumerate(stages)),
        "data": filled(DataRecipe, table.get("data", {}), "data."),
        "pack": filled(PackRecipe, table.get("pack", {}), "pack."),
    }
    return filled(Recipe, table | nested, "")
