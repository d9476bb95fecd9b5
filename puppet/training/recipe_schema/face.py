"""Recipe of the `face` family: stages that last some minutes each."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Interval, Len

from puppet.training.recipe_schema.common import Adam, ClipsRecipe, CommonRecipe, NotNegative, PackRecipe, Positive

_WARM_UP_STEPS = 200
_FINAL_RATE = 0.02  # of the learning rate
_EMA = 0.999
_DISCRIMINATOR = Adam(5e-4, (0.5, 0.99), math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceClipsRecipe(ClipsRecipe):
    """`[data]` of a face recipe.

    Attributes:
        person: regular expression; its match in a file's name is the person's name. Without a match every file is a
            person of its own, and files in a subfolder are the subfolder's person.
        folder_weights: name of a data folder -> factor of how often it is drawn from.
        size: side of the squares that are kept, in pixels; 512 gives the crops of mouth and eyes their detail.
    """

    frames_per_s: Positive = 12.5
    most_frames: Annotated[int, Ge(2)] = 1500
    held_out: Annotated[float, Interval(ge=0, lt=1)] = 0.08
    person: str = ""
    folder_weights: dict[str, NotNegative] = field(default_factory=dict)
    size: Literal[256, 512] = 256

    def __post_init__(self) -> None:
        """Check the regular expression."""
        try:
            re.compile(self.person)
        except re.error as error:
            raise ValueError(f"person is {self.person!r}; not a regular expression ({error})") from error


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """`[[stages]]`: one stage of a training.

    Attributes:
        objective: "motion" (encoder and motion network), "detail" (mouth and eyes), or one of "mouth" and "eyes".
        minutes: duration; the learning rate falls along a cosine over it.
        batch: pairs a step, of each process; batch norm needs two.
        learning_rate: of Adam, at its highest.
        adversarial: weight of the adversarial loss; 0: no discriminators. Not for "motion".
        pool: number of batches that are prepared once and then repeated; 0: every step draws one. Not for "motion".
    """

    objective: Literal["motion", "detail", "mouth", "eyes"]
    minutes: Positive
    batch: Annotated[int, Ge(2)]
    learning_rate: Annotated[float, Interval(gt=0, lt=1)] = 4e-4
    adversarial: NotNegative = 0.0
    pool: Annotated[int, Ge(0)] = 0

    def __post_init__(self) -> None:
        """Check the keys against one another."""
        for key in ("adversarial", "pool"):
            if (value := getattr(self, key)) and self.objective == "motion":
                raise ValueError(f"{key} is {value}; expected 0 for motion")

    @property
    def name(self) -> str:
        """Name of the stage in the log."""
        return self.objective

    @property
    def optimisers(self) -> tuple[Adam, Adam]:
        """Settings for the model and for its discriminators."""
        # A discriminator moves the goal: less momentum follows it better.
        return Adam(self.learning_rate, (0.5 if self.adversarial else 0.9, 0.99), 5.0), _DISCRIMINATOR

    def rates(self, step: int, elapsed_s: float) -> tuple[float, float]:
        """Learning rates of the model and of its discriminators at a step of this stage, counted from 0."""
        warm_up = min(1.0, (step + 1) / _WARM_UP_STEPS)
        done = min(1.0, elapsed_s / (60 * self.minutes))
        cosine = _FINAL_RATE + (1 - _FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * done))
        return self.learning_rate * warm_up * cosine, _DISCRIMINATOR.learning_rate

    def ema(self, step: int) -> float:
        """Share of the averaged weights that a step keeps: few at first, then over a thousand steps."""
        return min(_EMA, (step + 2) / (step + 21))

    def is_over(self, step: int, elapsed_s: float) -> bool:
        """Return whether the stage has had its time."""
        return elapsed_s >= 60 * self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceRecipe(CommonRecipe):
    """A whole training.

    Attributes:
        family: "face"; may be left out.
        stages: trained in this order.
        data: see there.
        pack: see there.
    """

    family: Literal["face"] = "face"
    stages: Annotated[tuple[StageRecipe, ...], Len(1)]
    data: FaceClipsRecipe = field(default_factory=FaceClipsRecipe)
    pack: PackRecipe = field(default_factory=PackRecipe)

    def amount(self, stage: int, step: int, elapsed_s: float) -> tuple[int, int, str]:
        """Return the amount of training that is done, the amount in all, and the unit."""
        before = sum(one.minutes for one in self.stages[:stage])
        here = elapsed_s / 60 if stage < len(self.stages) else 0
        return round(before + here), round(sum(one.minutes for one in self.stages)), "minutes"
