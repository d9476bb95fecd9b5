"""The path of a frame with the shipped pack, on portraits that ship."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.domain import Controls, Following, Frame, Framing, Output, Picture
from puppet.engines.choose import open_engine
from puppet.errors import EngineError, PuppetError, TrackingError
from puppet.packs import open_pack
from puppet.pictures import read_picture
from puppet.puppeteer import Puppeteer
from puppet.tracking import MediaPipeTracker
from tests.faces import AVATARS

STILL = Controls(mirror=False, smoothing=0, limits=False)


def opened(size: tuple[int, int] | None = None, framing: Framing = Framing.AUTO) -> Puppeteer:
    return Puppeteer(open_engine(open_pack("face")), MediaPipeTracker(), size=size, framing=framing)


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return read_picture(AVATARS / "astronaut.jpg")


@pytest.fixture(scope="module")
def puppeteer() -> Puppeteer:
    return opened()


def error(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.float32) - b).mean())


def test_neutral_pose_gives_the_avatar_s_own_picture(puppeteer: Puppeteer, portrait: Picture) -> None:
    avatar = puppeteer.prepare(portrait, "astronaut")
    puppeteer.show(avatar)
    frame = Frame(portrait, 0.0)
    puppeteer.set_neutral(frame)
    rendered = puppeteer.step(frame, STILL)
    assert rendered.following is Following.TRACKING
    assert rendered.picture.shape == (256, 256, 3)
    assert error(rendered.face, avatar.face) < 2.5


def test_moved_performer_moves_the_avatar_as_much(puppeteer: Puppeteer, portrait: Picture) -> None:
    """The portrait performs for itself: shifted and enlarged in its frame, it should be so in the model's square."""
    avatar = puppeteer.prepare(portrait, "astronaut")
    puppeteer.show(avatar)
    puppeteer.set_neutral(Frame(portrait, 0.0))
    height, width = portrait.shape[:2]
    shift = round(0.06 * avatar.crop.side)
    moved = np.roll(portrait, shift, axis=1)
    rendered = puppeteer.step(Frame(moved, 1.0), STILL).face
    expected = avatar.crop.extract(moved, 256)
    inside = np.s_[64:200, 80:190]  # the face: what is around it need not follow
    assert (height, width) == moved.shape[:2]
    assert error(rendered[inside], expected[inside]) < 0.5 * error(avatar.face[inside], expected[inside])


def test_frame_without_a_face_is_rendered_all_the_same(puppeteer: Puppeteer, portrait: Picture) -> None:
    avatar = puppeteer.prepare(portrait, "astronaut")
    puppeteer.show(avatar)
    empty = np.full_like(portrait, 127)
    puppeteer.set_neutral(Frame(portrait, 0.0))
    puppeteer.step(Frame(portrait, 0.0), STILL)
    following = [puppeteer.step(Frame(empty, 0.1 * i), STILL).following for i in range(1, 12)]
    assert following[0] is Following.HOLDING
    assert following[-1] is Following.EASING


def test_every_stage_is_timed_in_the_order_of_the_journey(puppeteer: Puppeteer, portrait: Picture) -> None:
    puppeteer.show(puppeteer.prepare(portrait, "astronaut"))
    rendered = puppeteer.step(Frame(portrait, 5.0), STILL)
    assert list(rendered.stages_ms) == ["track", "detect", "transfer", "render", "composite"]
    assert all(spent_ms >= 0 for spent_ms in rendered.stages_ms.values())


def test_output_has_the_wanted_size_and_keeps_the_picture_around_the_square(portrait: Picture) -> None:
    puppeteer = opened(size=(640, 360))
    avatar = puppeteer.prepare(portrait, "astronaut")
    puppeteer.show(avatar)
    assert puppeteer.step(Frame(portrait, 0.0), STILL).picture.shape == (360, 640, 3)
    puppeteer.close()
    native = opened(size=None)
    native.show(avatar)
    full = native.step(Frame(portrait, 0.0), Controls(mirror=False, output=Output.FULL)).picture
    assert full.shape == portrait.shape
    top = max(int(avatar.crop.y - avatar.crop.side / 2) - 2, 0)
    assert (full[:top] == portrait[:top]).all()
    native.close()


def test_neutral_frame_without_a_face_says_so(puppeteer: Puppeteer, portrait: Picture) -> None:
    with pytest.raises(TrackingError, match="--neutral"):
        puppeteer.set_neutral(Frame(np.full_like(portrait, 127), 0.0))


def test_picture_without_a_face_is_refused(puppeteer: Puppeteer) -> None:
    with pytest.raises(TrackingError, match="no face found"):
        puppeteer.prepare(np.full((300, 300, 3), 127, np.uint8), "wall")


def test_stepping_without_an_avatar_says_so(portrait: Picture) -> None:
    empty = opened()
    with pytest.raises(PuppetError, match="no avatar"):
        empty.step(Frame(portrait, 0.0), STILL)
    empty.close()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"engine": "warp9"}, "onnxruntime"), ({"precision": "fp3"}, "fp32"), ({"device": "abacus"}, "cpu, cuda")],
)
def test_unknown_engine_names_list_the_known_ones(arguments: dict[str, str], named: str) -> None:
    with pytest.raises(EngineError, match=f"unknown .*known: .*{named}"):
        open_engine(open_pack("face"), **arguments)


def test_engine_says_what_it_really_uses(puppeteer: Puppeteer) -> None:
    assert puppeteer.engine.description == "onnxruntime · CPU · fp32"
