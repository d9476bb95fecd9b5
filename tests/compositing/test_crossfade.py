"""Fading between two ways of composing a portrait."""

from __future__ import annotations

from puppet.compositing.crossfade import FRAMES, Crossfade


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
