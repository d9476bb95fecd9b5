"""The shipped pack, composed from the portrait's own pixels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from puppet.compositing import cutout, cutout_process
from puppet.compositing.crossfade import FRAMES
from puppet.compositing.cutout import Cutout
from puppet.domain import Frame, Framing, Inspection, Keypoints, Output, Overlay, Picture
from puppet.engines.factory import open_engine
from puppet.media.pictures import read_picture
from puppet.packs import open_pack
from puppet.pipeline import layered_portraits as module
from puppet.pipeline.layered_portraits import LayeredPortraits, OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import AnimateScene
from puppet.tracking.tracker import MediaPipeTracker
from tests.support.faces import PORTRAITS
from tests.support.fakes import STILL
from tests.support.waiting import until


@pytest.fixture(scope="module")
def picture() -> Picture:
    return read_picture(PORTRAITS / "astronaut.jpg")


@pytest.fixture(autouse=True)
def _soft_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patch search takes seconds, and a process of low priority as long as others want the processor."""
    monkeypatch.setattr(cutout_process, "cut_out", cutout.cut_out)
    for each in (cutout, cutout_process):
        monkeypatch.setattr(each, "with_texture", lambda *given: None)


@pytest.fixture
def puppeteer() -> Iterator[Puppeteer]:
    engine = open_engine(open_pack("face"))
    size, framing = (512, 512), Framing.NONE
    with closing(
        Puppeteer(engine, MediaPipeTracker(), size=size, framing=framing, own_pixels=OwnPixels.AT_ONCE)
    ) as opened:
        yield opened


def test_a_portrait_that_does_not_move_is_its_picture_bit_for_bit(puppeteer: Puppeteer, picture: Picture) -> None:
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    rest = puppeteer.follow(None, Frame(picture, 0.0), STILL)
    np.testing.assert_array_equal(puppeteer.paint(rest).picture, picture)


def test_work_done_ahead_changes_no_pixel(puppeteer: Puppeteer, picture: Picture) -> None:
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    turned = replace(portrait.keypoints, points=portrait.keypoints.points * np.float32(1.05))
    scene = puppeteer.scene(turned, None, Frame(picture, 0.0), STILL)
    ahead = puppeteer.work_ahead(scene)
    assert isinstance(ahead, AnimateScene)
    assert ahead.inputs is not None
    np.testing.assert_array_equal(puppeteer.paint(ahead).picture, puppeteer.paint(scene).picture)


def test_the_models_square_is_rendered_only_while_it_is_shown(
    puppeteer: Puppeteer, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, inspect = list[bool](), puppeteer.engine.inspect

    def recorded(code: object, *poses: Keypoints, picture: bool = True, inputs: object = None) -> Inspection:
        asked.append(picture)
        return inspect(code, *poses, picture=picture)

    monkeypatch.setattr(puppeteer.engine, "inspect", recorded)
    puppeteer.show(puppeteer.prepare(picture, "astronaut"))
    for overlay in (Overlay.NONE, Overlay.FLOW):
        puppeteer.paint(puppeteer.follow(None, Frame(picture, 0.0), replace(STILL, overlay=overlay)))
    assert asked == [False, True]


def test_without_a_size_the_picture_is_the_models_square(puppeteer: Puppeteer, picture: Picture) -> None:
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    puppeteer.size = None
    rest = puppeteer.follow(None, Frame(picture, 0.0), STILL)
    square = puppeteer.engine.render(portrait.code, portrait.keypoints, rest.driven)
    np.testing.assert_array_equal(puppeteer.paint(rest).picture, square)


def test_overlays_are_drawn_on_the_models_square(puppeteer: Puppeteer, picture: Picture) -> None:
    puppeteer.show(puppeteer.prepare(picture, "astronaut"))
    controls = replace(STILL, overlay=Overlay.MASKS)
    rendered = puppeteer.paint(puppeteer.follow(None, Frame(picture, 0.0), controls))
    assert rendered.picture.shape == (512, 512, 3)
    assert (rendered.picture != picture).any()


def test_a_person_who_cannot_be_cut_out_is_shown_as_before(
    puppeteer: Puppeteer, picture: Picture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cutout, "cut_out", lambda *given, **options: None)
    portrait = puppeteer.prepare(picture, "astronaut")
    assert puppeteer.layers.cut_out(portrait) is None
    assert "astronaut: the person cannot be told from the background" in caplog.text
    puppeteer.show(portrait)
    assert puppeteer.paint(puppeteer.follow(None, Frame(picture, 0.0), STILL)).picture.shape == (512, 512, 3)


def test_layers_that_are_built_later_replace_the_square_gradually(puppeteer: Puppeteer, picture: Picture) -> None:
    puppeteer.layers = LayeredPortraits(OwnPixels.LATER)
    puppeteer.show(puppeteer.prepare(picture, "astronaut"))

    def paint() -> NDArray[np.int64]:
        return puppeteer.paint(puppeteer.follow(None, Frame(picture, 0.0), STILL)).picture.astype(int)

    square = paint()
    assert (square != picture).any()
    portrait = puppeteer.portrait
    assert portrait is not None
    builder = threading.Thread(target=puppeteer.layers.run)
    builder.start()
    try:
        until(lambda: puppeteer.layers.find(portrait, Output.CROP, (512, 512)) is not None)
        distances = [np.abs(paint() - picture).mean() for _ in range(FRAMES + 1)]
    finally:
        puppeteer.layers.close()
        builder.join()
    whole = np.abs(square - picture).mean()
    steps = -np.diff([whole, *distances])
    assert distances[-1] == 0
    assert (steps > 0).all()
    assert steps.max() < 0.6 * whole  # rounding: most pixels differ by one or two levels


def test_a_background_with_texture_replaces_the_soft_one(
    puppeteer: Puppeteer, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def black(cutout: Cutout, *given: object) -> Cutout:
        behind = np.where(cutout.matte[..., None] > 0, np.uint8(0), cutout.background)
        return replace(cutout, background=behind)

    monkeypatch.setattr(cutout_process, "with_texture", black)
    portrait = puppeteer.prepare(picture, "astronaut")
    layers = LayeredPortraits(OwnPixels.LATER)
    builder = threading.Thread(target=layers.run)
    builder.start()
    try:
        until(lambda: layers.find(portrait, Output.CROP, (512, 512)) is not None)
        first = layers.find(portrait, Output.CROP, (512, 512))
        until(lambda: layers.find(portrait, Output.CROP, (512, 512)) is not first)
        now = layers.find(portrait, Output.CROP, (512, 512))
    finally:
        layers.close()
        builder.join()
    assert now is not None
    cutout = now.subject.cutout
    assert not cutout.background[cutout.matte > 0].any()


@pytest.mark.parametrize("pack", ["learned", "parts"])
def test_packs_whose_generators_copy_move_the_portraits_own_pixels(pack: str, picture: Picture) -> None:
    engine, tracker = open_engine(open_pack(pack)), MediaPipeTracker()
    with closing(Puppeteer(engine, tracker, size=(512, 512), own_pixels=OwnPixels.AT_ONCE)) as puppeteer:
        puppeteer.show(puppeteer.prepare(picture, "astronaut"))
        puppeteer.set_neutral(Frame(picture, 0.0))
        rest = puppeteer.step(Frame(picture, 0.0), STILL).picture.astype(int)
        moved = puppeteer.step(Frame(np.roll(picture, 20, 1), 1.0), STILL).picture
    sharp, square = (
        cv2.Laplacian(each, cv2.CV_32F).std()
        for each in (picture, cv2.resize(cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA), (512, 512)))
    )
    assert cv2.Laplacian(moved, cv2.CV_32F).std() > (sharp + square) / 2
    assert rest.shape == (512, 512, 3)


def test_the_painter_never_waits_for_layers(
    puppeteer: Puppeteer, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **options: object) -> None:
        raise AssertionError("built on the thread that looks or paints")

    monkeypatch.setattr(cutout_process, "cut_out", refuse)
    monkeypatch.setattr(module, "Composition", refuse)
    puppeteer.layers = LayeredPortraits(OwnPixels.LATER)
    for name in ("first", "second"):
        puppeteer.show(puppeteer.prepare(picture, name))
        rendered = puppeteer.paint(puppeteer.follow(None, Frame(picture, 0.0), STILL))
        assert rendered.picture.shape == (512, 512, 3)
