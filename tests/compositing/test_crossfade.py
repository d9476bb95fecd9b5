"""Fading between two ways of composing a portrait, and between two portraits."""

from __future__ import annotations

import numpy as np

from puppet.compositing.crossfade import FRAMES, Crossfade, PortraitFade
from puppet.domain import Picture


def test_an_exchange_is_mixed_evenly_and_then_over() -> None:
    fade = Crossfade[str]()
    assert fade.step("maria", None) == (None, 1)
    shares = [fade.step("maria", "layers") for _ in range(FRAMES + 2)]
    assert [before for before, _ in shares] == [None] * (FRAMES + 2)
    steps = [share for _, share in shares]
    assert steps[FRAMES:] == [1, 1]
    assert all(0 < step < 1 for step in steps[:FRAMES])
    assert steps == sorted(steps)


def test_better_layers_are_mixed_with_those_before() -> None:
    fade = Crossfade[str]()
    for _ in range(FRAMES + 1):
        fade.step("maria", "layers")
    assert fade.step("maria", "better layers")[0] == "layers"


def test_another_portrait_appears_at_once() -> None:
    fade = Crossfade[str]()
    fade.step("maria", None)
    assert fade.step("samuel", "layers")[1] == 1
    assert fade.step("maria", None) == (None, 1)


def _level(level: int) -> Picture:
    return np.full((4, 4, 3), level, np.uint8)


def _seen(fade: PortraitFade, portrait: str | None, level: int, now_s: float, fade_s: float = 0.2) -> int:
    return int(fade.step(portrait, _level(level), now_s, fade_s)[0, 0, 0])


def test_another_portrait_fades_in_over_the_given_time() -> None:
    fade = PortraitFade()
    assert _seen(fade, "maria", 0, 0.0) == 0
    assert [_seen(fade, "samuel", 200, now_s) for now_s in (1.0, 1.05, 1.1, 1.2, 1.3)] == [0, 50, 100, 200, 200]


def test_a_switch_within_a_fade_begins_from_what_is_seen() -> None:
    fade = PortraitFade()
    _seen(fade, "maria", 0, 0.0)
    _seen(fade, "samuel", 200, 1.0)
    assert _seen(fade, "samuel", 200, 1.1) == 100
    assert _seen(fade, "maria", 0, 1.1) == 100


def test_without_a_fade_time_the_portrait_appears_at_once() -> None:
    fade = PortraitFade()
    _seen(fade, "maria", 0, 0.0, 0.0)
    assert _seen(fade, "samuel", 200, 0.1, 0.0) == 200


def test_the_performers_own_picture_is_never_mixed_into_another() -> None:
    fade = PortraitFade()
    _seen(fade, "maria", 0, 0.0)
    assert _seen(fade, None, 250, 1.0) == 250
    assert _seen(fade, "maria", 0, 1.05) == 0
