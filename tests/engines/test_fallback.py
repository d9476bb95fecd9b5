"""FallbackEngine: portraits that a low precision changes visibly are rendered at fp32; a failed engine is replaced."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from puppet.domain import EngineInfo, Inspection, Keypoints, Picture, SessionState
from puppet.engines.base import SwapPart
from puppet.engines.disk_cache import cache_folder, write_cached
from puppet.engines.fallback import FallbackEngine, image_deviation
from puppet.errors import EngineError, GraphError
from puppet.live.session import Session
from tests.support.fakes import FACE_PX, FakeCamera, FakeEngine, make_puppeteer, portrait
from tests.support.waiting import until

POSE = Keypoints(np.zeros((10, 2), np.float32))
FACE = portrait(FACE_PX)


class Library(FakeEngine):
    """An engine with a picture filter of its own that can be broken; its codes work in the same library only."""

    segments = 2

    def __init__(self, name: str, filter_: Callable[[Picture], Picture] = np.copy, library: str = "") -> None:
        super().__init__()
        self.info = EngineInfo(name, "", "")
        self.broken = False
        self._filter, self._library = filter_, library or name

    def _check_works(self) -> None:
        if self.broken:
            raise GraphError("the device vanished")

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        self._check_works()
        return super().detect(face)

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> object:
        self._check_works()
        return self._library, face

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        self._check_works()
        assert isinstance(code, tuple)
        assert code[0] == self._library
        self.rendered += 1
        return self._filter(code[1])

    def inspect(
        self, code: object, source: Keypoints, driving: Keypoints, *, picture: bool = True, inputs: object = None
    ) -> Inspection:
        return Inspection(self.render(code, source, driving))

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        return self.render(parts[-1].code, target, target)


def dark(picture: Picture) -> Picture:
    return np.zeros_like(picture)


def grainy(picture: Picture) -> Picture:
    return picture ^ np.uint8(1)


def fallback(reduced: Library, exact: Library | None = None) -> FallbackEngine:
    return FallbackEngine(reduced, lambda: Library("spare"), None if exact is None else lambda: exact)


def test_a_precision_that_deviates_little_is_used() -> None:
    engine = fallback(Library("bf16", grainy, "it"), Library("fp32", library="it"))
    code = engine.encode(FACE, POSE)
    assert (engine.render(code, POSE, POSE) == grainy(FACE)).all()
    assert engine.info.library == "bf16"


def test_black_pictures_fall_back_to_fp32_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    engine = fallback(Library("bf16", dark, "it"), Library("fp32", library="it"))
    code = engine.encode(FACE, POSE)
    for _ in range(3):
        assert (engine.render(code, POSE, POSE) == FACE).all()
    assert engine.info.library == "fp32"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "bf16: the picture deviates by" in record.getMessage()


def test_only_the_portrait_that_deviates_is_rendered_at_fp32() -> None:
    engine = fallback(Library("bf16", lambda picture: np.minimum(picture, 100), "it"), Library("fp32", library="it"))
    bright, dim = (np.full((FACE_PX, FACE_PX, 3), grey, np.uint8) for grey in (200, 50))
    codes = [engine.encode(face, POSE) for face in (bright, dim)]
    pictures = [engine.render(code, POSE, POSE) for code in codes]
    assert (pictures[0] == bright).all()
    assert engine.info.library == "bf16"
    parts = [SwapPart(code, POSE, np.ones((4, 4), np.float32)) for code in reversed(codes)]
    assert (engine.swap(parts, FACE, POSE) == bright).all()


def test_allow_low_precision_tolerates_a_small_deviation() -> None:
    engine = fallback(Library("bf16", lambda picture: np.minimum(picture, 100), "it"), Library("fp32", library="it"))
    assert engine.has_low_precision
    bright, brighter = (np.full((FACE_PX, FACE_PX, 3), grey, np.uint8) for grey in (102, 200))
    little, great = (engine.encode(face, POSE) for face in (bright, brighter))
    assert (engine.render(little, POSE, POSE) == 102).all()
    engine.allow_low_precision = True
    assert (engine.render(little, POSE, POSE) == 100).all()
    assert engine.info.library == "bf16"
    assert (engine.render(great, POSE, POSE) == 200).all()
    engine.allow_low_precision = False
    assert (engine.render(little, POSE, POSE) == 102).all()
    assert not fallback(Library("fp32")).has_low_precision


def test_a_black_box_exceeds_the_limits_though_small_on_average() -> None:
    grey = np.full((256, 256, 3), 120, np.uint8)
    boxed = grey.copy()
    boxed[32:48, 64:80] = 0
    assert np.abs(boxed.astype(float) - grey).mean() < 2
    assert image_deviation(boxed, grey).exceeds()
    assert not image_deviation(grey + np.uint8(1), grey).exceeds()
    assert "120.0 grey levels on average" in str(image_deviation(dark(grey), grey))


def test_a_failed_device_is_replaced_with_one_line_and_the_portrait_encoded_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    device = Library("gpu", grainy)
    engine = fallback(device)
    engine.warm_up()
    code = engine.encode(FACE, POSE)
    assert (engine.render(code, POSE, POSE) == grainy(FACE)).all()
    device.broken = True
    assert (engine.render(code, POSE, POSE) == FACE).all()
    assert (engine.inspect(code, POSE, POSE).picture == FACE).all()
    assert (engine.render(engine.encode(FACE, POSE), POSE, POSE) == FACE).all()
    assert engine.detect(FACE).points.shape == (10, 2)
    assert engine.info.library == "spare"
    assert [record.getMessage() for record in caplog.records] == [
        "gpu failed (the device vanished); continuing with spare"
    ]


def test_a_device_may_fail_while_a_portrait_is_encoded() -> None:
    device = Library("gpu")
    engine = fallback(device, Library("fp32", library="gpu"))
    device.broken = True
    assert (engine.render(engine.encode(FACE, POSE), POSE, POSE) == FACE).all()


def test_a_spare_engine_that_fails_is_an_error() -> None:
    device, spare = Library("gpu"), Library("spare")
    engine = FallbackEngine(device, lambda: spare)
    code = engine.encode(FACE, POSE)
    device.broken = True
    engine.render(code, POSE, POSE)
    spare.broken = True
    with pytest.raises(EngineError, match="vanished"):
        engine.render(code, POSE, POSE)


def test_every_engine_that_was_opened_is_closed() -> None:
    device, exact, spare = Library("gpu", library="it"), Library("fp32", library="it"), Library("spare")
    engine = FallbackEngine(device, lambda: spare, lambda: exact)
    code = engine.encode(FACE, POSE)
    device.broken = True
    engine.render(code, POSE, POSE)
    engine.close()
    assert [device.closed, exact.closed, spare.closed] == [1, 1, 1]


def test_a_session_keeps_running_when_its_engine_fails() -> None:
    device = Library("gpu")
    session = Session(make_puppeteer(fallback(device)), FakeCamera)
    session.start()
    try:
        until(lambda: session.status().rendered > 2)
        device.broken = True
        before = session.status().rendered
        until(lambda: session.status().rendered > before + 2)
        status = session.status()
        assert status.state is SessionState.RUNNING
        assert status.engine == EngineInfo("spare", "", "")
        assert session.error() is None
    finally:
        session.stop()


def remembering(low: Callable[[Picture], Picture], exact: Library, facts: str = "this machine") -> FallbackEngine:
    """Return an engine as of a new start."""
    return FallbackEngine(Library("bf16", low, "it"), lambda: Library("spare"), lambda: exact, facts)


def test_a_portraits_deviation_is_remembered_for_the_next_start() -> None:
    exact = Library("fp32", library="it")
    for _ in range(2):
        remembering(grainy, exact).encode(FACE, POSE)
    assert exact.rendered == 1  # the second start compared nothing
    remembering(grainy, exact).encode(FACE, Keypoints(POSE.points + 1))
    remembering(grainy, exact, "another pack").encode(FACE, POSE)
    assert exact.rendered == 3


def test_a_remembered_great_deviation_still_renders_at_fp32() -> None:
    remembering(dark, Library("fp32", library="it")).encode(FACE, POSE)
    exact = Library("fp32", library="it")
    engine = remembering(dark, exact)
    code = engine.encode(FACE, POSE)
    assert exact.rendered == 0
    assert (engine.render(code, POSE, POSE) == FACE).all()


@pytest.mark.parametrize("content", [b"", b"null", b"[1]", b"[NaN, 0]", b'"text"'])
def test_a_damaged_remembered_deviation_is_measured_again(content: bytes) -> None:
    exact = Library("fp32", library="it")
    remembering(grainy, exact).encode(FACE, POSE)
    (path,) = cache_folder("deviations").iterdir()
    write_cached(path, content)
    remembering(grainy, exact).encode(FACE, POSE)
    assert exact.rendered == 2
