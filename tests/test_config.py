"""Options are read from text and checked once."""

from __future__ import annotations

import math
from typing import Any

import pytest

from puppet.config import (
    LIVE_CONTROLS,
    OFFLINE_CONTROLS,
    IceServer,
    LiveOptions,
    RenderOptions,
    parse_box,
    parse_ice,
    parse_neutral,
    parse_overlay,
    parse_segments,
    parse_size,
)
from puppet.controls import Controls, Overlay
from puppet.errors import ConfigError


def test_live_is_smooth_and_mirrored_and_offline_is_exact() -> None:
    assert (LIVE_CONTROLS.smoothing, LIVE_CONTROLS.limits, LIVE_CONTROLS.mirror) == (0.5, True, True)
    assert (OFFLINE_CONTROLS.smoothing, OFFLINE_CONTROLS.limits, OFFLINE_CONTROLS.mirror) == (0.0, False, False)
    gains = (OFFLINE_CONTROLS.strength, OFFLINE_CONTROLS.mouth, OFFLINE_CONTROLS.eyes)
    assert gains == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("name", ["strength", "mouth", "eyes", "smoothing"])
@pytest.mark.parametrize("value", [-0.1, 2.1, math.nan, math.inf])
def test_a_gain_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    changed: dict[str, Any] = {name: value}
    with pytest.raises(ConfigError, match=rf"{name} is .*; expected 0 to"):
        Controls(**changed)


@pytest.mark.parametrize("size", [(1281, 720), (1280, 719), (0, 0), (32, 720), (10_000, 720)])
def test_a_size_that_cannot_be_recorded_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="must be even"):
        LiveOptions(size=size)


@pytest.mark.parametrize("text", ["", "1280", "x", "1280x", "-2x4", "1280×720", "1.5x2"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="WIDTHxHEIGHT"):
        parse_size(text)


def test_a_size_is_read() -> None:
    assert parse_size("640X480") == (640, 480)


@pytest.mark.parametrize(("text", "neutral"), [("first", "first"), ("best", "best"), ("0", 0), ("17", 17)])
def test_a_neutral_frame_is_read(text: str, neutral: str | int) -> None:
    assert RenderOptions(neutral=parse_neutral(text)).neutral == neutral


@pytest.mark.parametrize("text", ["", "last", "-1", "1.5"])
def test_an_unknown_neutral_frame_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="first, best or the number"):
        RenderOptions(neutral=parse_neutral(text))


def test_an_unknown_codec_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="h264, ffv1"):
        RenderOptions(codec="gif")


def test_a_box_is_read_with_its_corner_and_side() -> None:
    assert parse_box("320,40.5,480") == (320, 40.5, 480)


@pytest.mark.parametrize("text", ["", "1,2", "1,2,3,4", "a,b,c", "1,2,nan", "1,2,0", "1,2,1e9"])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--box"):
        parse_box(text)


def test_segments_are_read_as_numbers() -> None:
    assert parse_segments("2,4") == (2, 4)
    with pytest.raises(ConfigError, match="expected numbers"):
        parse_segments("nose")


def test_overlays_are_read_by_their_names() -> None:
    assert parse_overlay("keypoints, Flow") == Overlay.KEYPOINTS | Overlay.FLOW
    with pytest.raises(ConfigError, match="keypoints, masks, occlusion, flow, segments"):
        parse_overlay("flow,ghosts")


def test_stun_and_turn_servers_are_read() -> None:
    assert parse_ice("stun:example.org:3478, turn:me:secret@10.0.0.2:3478") == (
        IceServer("stun:example.org:3478"),
        IceServer("turn:10.0.0.2:3478", "me", "secret"),
    )
    assert "secret" not in repr(parse_ice("turn:me:secret@10.0.0.2"))
    for text in ("example.org", "stun:me:secret@example.org", "turn:example.org", "http://example.org", "turn:me@x"):
        with pytest.raises(ConfigError, match="--ice"):
            parse_ice(text)
