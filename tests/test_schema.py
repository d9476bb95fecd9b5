"""Schema validation: every mistake is one line with the place, the key and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Interval

from puppet.domain import Motion
from puppet.errors import ConfigError, PackError
from puppet.schema import validate


@dataclass(frozen=True, slots=True)
class Stage:
    kind: Literal["motion", "detail"]
    batch: Annotated[int, Ge(2)] = 2
    rate: Annotated[float, Interval(gt=0, lt=1)] = 0.5

    def __post_init__(self) -> None:
        if self.kind == "motion" and self.batch == 7:
            raise ValueError("motion does not go with batches of 7")


@dataclass(frozen=True, slots=True)
class Plan:
    stages: tuple[Stage, ...]
    motion: Motion = Motion.RELATIVE
    size: tuple[int, int] = (1, 2)
    weights: dict[str, Annotated[float, Ge(0)]] = field(default_factory=dict)
    spread: Literal["estimated"] | Annotated[float, Ge(0)] | None = None


GOOD = {"kind": "motion"}


def test_nested_tables_become_dataclasses() -> None:
    table = {"stages": [{"kind": "detail", "rate": 0.25}], "motion": "absolute", "size": [3, 4], "weights": {"a": 1}}
    expected = Plan((Stage("detail", 2, 0.25),), Motion.ABSOLUTE, (3, 4), {"a": 1.0})
    assert validate(Plan, table, "plan.toml", ConfigError) == expected


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({}, "key stages is missing"),
        ({"stages": [{}]}, "key stages[0].kind is missing"),
        ({"stages": 3}, "stages is 3; expected a valid array"),
        ({"stages": [GOOD | {"batch": 1}]}, "stages[0].batch is 1; expected greater than or equal to 2"),
        ({"stages": [GOOD | {"batch": True}]}, "stages[0].batch is true; expected a valid integer"),
        ({"stages": [GOOD | {"rate": "0.1"}]}, 'stages[0].rate is "0.1"; expected a valid number'),
        ({"stages": [GOOD | {"rate": float("nan")}]}, "stages[0].rate is NaN; expected a finite number"),
        ({"stages": [GOOD | {"batch": 7}]}, "stages[0]: motion does not go with batches of 7"),
        ({"stages": [GOOD | {"x": 1}]}, "unknown key stages[0].x; known here: kind, batch, rate"),
        ({"stages": [{"kind": "q"}]}, "stages[0].kind is \"q\"; expected 'motion' or 'detail'"),
        ({"stages": [GOOD], "z": 1}, "unknown key z; known here: stages, motion, size, weights, spread"),
        ({"stages": [GOOD], "spread": "x"}, "spread is \"x\"; expected 'estimated' or a valid number"),
        ({"stages": [GOOD], "spread": -1}, "spread is -1; expected 'estimated' or greater than or equal to 0"),
        ({"stages": [GOOD], "weights": {"a": [1]}}, "weights.a is a list of 1; expected a valid number"),
    ],
)
def test_a_mistake_is_one_line(table: dict[str, object], line: str) -> None:
    with pytest.raises(PackError) as raised:
        validate(Plan, table, "plan.toml", PackError)
    assert str(raised.value) == f"plan.toml: {line}"


def test_unknown_keys_may_be_ignored() -> None:
    table = {"stages": [GOOD | {"newer": 1}], "newer": 2}
    assert validate(Plan, table, "plan.toml", ConfigError, unknown="ignore") == Plan((Stage("motion"),))


def test_endless_nesting_is_a_line() -> None:
    table: dict[str, object] = {}
    inner = table
    for _ in range(5000):
        inner["a"] = inner = {}
    with pytest.raises(ConfigError, match=r"^plan\.toml: "):
        validate(Plan, table, "plan.toml", ConfigError)
