"""The path of a frame, with the shipped pack on bundled portraits, and with a fake learned engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from puppet.config import EngineOptions
from puppet.domain import (
    Controls,
    Face,
    Following,
    Frame,
    Framing,
    Inspection,
    Keypoints,
    Output,
    Overlay,
    PartSwap,
    Picture,
)
from puppet.engines.factory import open_engine
from puppet.errors import ConfigError, EngineError, PuppetError, TrackingError
from puppet.geometry.crop import CropBox
from puppet.media.pictures import read_picture
from puppet.packs import open_pack
from puppet.pipeline.puppeteer import Puppeteer
from puppet.tracking.tracker import FaceTracker, MediaPipeTracker
from tests.support import fakes
from tests.support.faces import PORTRAITS
from tests.support.fakes import FACE_PX, SwapEngine

STILL = replace(fakes.STILL, fade_s=0)  # several tests share a puppeteer


def opened(size: tuple[int, int] | None = None, framing: Framing = Framing.AUTO) -> Puppeteer:
    return Puppeteer(open_engine(open_pack("face")), MediaPipeTracker(), size=size, framing=framing)


@pytest.fixture(scope="module")
def picture() -> Picture:
    return read_picture(PORTRAITS / "astronaut.jpg")


@pytest.fixture(scope="module")
def puppeteer() -> Puppeteer:
    return opened()


def error(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.float32) - b).mean())


def test_neutral_pose_gives_the_portraits_own_picture(puppeteer: Puppeteer, picture: Picture) -> None:
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    frame = Frame(picture, 0.0)
    puppeteer.set_neutral(frame)
    rendered = puppeteer.step(frame, STILL)
    assert rendered.following is Following.TRACKING
    assert rendered.picture.shape == (256, 256, 3)
    assert error(rendered.picture, portrait.face) < 2.5


def test_moved_performer_moves_the_portrait_as_much(puppeteer: Puppeteer, picture: Picture) -> None:
    """The portrait performs for itself: shifted in its frame, it is shifted as much in the model's square."""
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    puppeteer.set_neutral(Frame(picture, 0.0))
    shift = round(0.06 * portrait.crop.side)
    moved = np.roll(picture, shift, axis=1)
    rendered = puppeteer.step(Frame(moved, 1.0), STILL).picture
    expected = portrait.crop.extract(moved, 256)
    inside = np.s_[64:200, 80:190]  # the face: what is around it need not follow
    assert error(rendered[inside], expected[inside]) < 0.5 * error(portrait.face[inside], expected[inside])


def test_frame_without_a_face_is_rendered_too(puppeteer: Puppeteer, picture: Picture) -> None:
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    empty = np.full_like(picture, 127)
    puppeteer.set_neutral(Frame(picture, 0.0))
    puppeteer.step(Frame(picture, 0.0), STILL)
    following = [puppeteer.step(Frame(empty, 0.1 * i), STILL).following for i in range(1, 12)]
    assert following[0] is Following.HOLDING
    assert following[-1] is Following.EASING


def test_every_stage_is_timed_in_the_order_of_the_journey() -> None:
    clock = fakes.FakeClock()
    rendered = fakes.make_puppeteer(fakes.SlowEngine(clock), clock=clock).step(Frame(ramp(), 5.0), STILL)
    assert list(rendered.stages_ms) == ["track", "detect", "transfer", "render", "composite"]
    assert list(rendered.stages_ms.values()) == pytest.approx([0, 30, 0, 20, 0])
    assert rendered.finished_s == clock.now_s


def test_output_has_the_wanted_size_and_keeps_the_picture_around_the_square(picture: Picture) -> None:
    puppeteer = opened(size=(640, 360))
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    assert puppeteer.step(Frame(picture, 0.0), STILL).picture.shape == (360, 640, 3)
    puppeteer.close()
    native = opened(size=None)
    native.show(portrait)
    full = native.step(Frame(picture, 0.0), Controls(mirror=False, output=Output.FULL)).picture
    assert full.shape == picture.shape
    top = max(int(portrait.crop.y - portrait.crop.side / 2) - 2, 0)
    assert (full[:top] == picture[:top]).all()
    native.close()


def test_pasted_back_the_body_stays_as_the_picture_around_it_does(puppeteer: Puppeteer, picture: Picture) -> None:
    portrait = puppeteer.prepare(picture, "astronaut")
    puppeteer.show(portrait)
    puppeteer.set_neutral_pose(portrait.keypoints)
    assert portrait.keypoints.body is not None
    leaning = replace(portrait.keypoints, body=portrait.keypoints.body + np.array((0.1, 0), np.float32))
    changed = []
    for output in (Output.CROP, Output.FULL):
        still, moved = (
            puppeteer.paint(puppeteer.follow(pose, Frame(picture, 0.0), replace(STILL, output=output))).picture
            for pose in (portrait.keypoints, leaning)
        )
        changed.append(error(moved, still))
    assert changed[0] > 3
    assert changed[1] == 0


def test_a_still_body_is_detected_only_for_the_neutral_pose(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    puppeteer = opened()
    puppeteer.show(puppeteer.prepare(picture, "astronaut"))
    looks: list[int] = []
    detect = puppeteer.engine.detect

    def counted(face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        looks.append(len(face))
        return detect(face, landmarks)

    monkeypatch.setattr(puppeteer.engine, "detect", counted)
    full, square = (Controls(mirror=False, output=output) for output in (Output.FULL, Output.CROP))
    times = iter(range(1000))

    def steps(controls: Controls, count: int) -> Following:
        return [puppeteer.step(Frame(picture, next(times) / 8), controls).following for _ in range(count)][-1]

    assert steps(full, 25) is Following.TRACKING
    neutral_after = len(looks)
    assert set(looks) == {puppeteer.engine.detect_size}
    assert neutral_after < 25
    steps(full, 5)
    assert len(looks) == neutral_after
    steps(square, 5)
    assert len(looks) == neutral_after + 5
    puppeteer.close()


def test_neutral_frame_without_a_face_says_so(puppeteer: Puppeteer, picture: Picture) -> None:
    with pytest.raises(TrackingError, match="--neutral"):
        puppeteer.set_neutral(Frame(np.full_like(picture, 127), 0.0))


def test_picture_without_a_face_is_refused(puppeteer: Puppeteer) -> None:
    with pytest.raises(TrackingError, match="No face found"):
        puppeteer.prepare(np.full((300, 300, 3), 127, np.uint8), "wall")


def test_stepping_without_a_portrait_says_so(picture: Picture) -> None:
    empty = opened()
    with pytest.raises(PuppetError, match="No portrait"):
        empty.step(Frame(picture, 0.0), STILL)
    empty.close()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"engine": "warp9"}, "onnxruntime"), ({"precision": "fp3"}, "fp32"), ({"device": "abacus"}, "cpu, cuda")],
)
def test_unknown_engine_names_list_the_known_ones(arguments: dict[str, str], named: str) -> None:
    with pytest.raises(EngineError, match=f"Unknown .*choose one of .*{named}"):
        open_engine(open_pack("face"), EngineOptions(**arguments))


def test_engine_describes_what_it_uses(puppeteer: Puppeteer) -> None:
    assert str(puppeteer.engine.info) == "onnxruntime · CPU · fp32"


class EyeEngine(SwapEngine):
    """Records the squares it detected keypoints in, and counts inspections."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Picture] = []
        self.inspected = 0

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        self.seen.append(face)
        return super().detect(face)

    def inspect(
        self, code: object, source: Keypoints, driving: Keypoints, *, picture: bool = True, inputs: object = None
    ) -> Inspection:
        self.inspected += 1
        return super().inspect(code, source, driving, picture=picture)


@pytest.fixture
def eye() -> EyeEngine:
    return EyeEngine()


def learned(eye: EyeEngine, framing: Framing = Framing.NONE, tracker: FaceTracker | None = None) -> Puppeteer:
    puppeteer = Puppeteer(eye, tracker, framing=framing, size=None)
    puppeteer.show(puppeteer.prepare(fakes.portrait(FACE_PX), "portrait"))
    return puppeteer


def ramp(width: int = 64, height: int = 48) -> Picture:
    """A picture whose columns can be told apart."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:] = np.linspace(0, 255, width).astype(np.uint8)[None, :, None]
    return picture


def test_keypoints_are_detected_in_the_box_only(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    puppeteer.choose_box(CropBox(23.5, 23.5, FACE_PX))
    puppeteer.step(Frame(ramp(), 0.0), STILL)
    np.testing.assert_array_equal(eye.seen[-1], ramp()[8:40, 8:40])


def test_a_box_is_of_the_camera_s_picture_also_in_a_mirror(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    puppeteer.choose_box(CropBox(23.5, 23.5, FACE_PX))
    puppeteer.step(Frame(ramp(), 0.0), STILL)
    puppeteer.step(Frame(ramp(), 0.1), Controls(mirror=True, smoothing=0))
    np.testing.assert_array_equal(eye.seen[-1], ramp()[8:40, 8:40][:, ::-1])


def test_without_a_box_keypoints_are_detected_in_the_whole_picture_again(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    puppeteer.step(Frame(ramp(), 0.0), STILL)
    before = eye.seen[-1]
    puppeteer.choose_box(CropBox(23.5, 23.5, FACE_PX))
    puppeteer.step(Frame(ramp(), 0.1), STILL)
    puppeteer.choose_box(None)
    puppeteer.step(Frame(ramp(), 0.2), STILL)
    np.testing.assert_array_equal(eye.seen[-1], before)


def test_a_thing_without_a_face_can_be_shown_once_a_box_is_drawn(eye: EyeEngine) -> None:
    puppeteer = Puppeteer(eye, fakes.FakeTracker(), size=None)
    with pytest.raises(TrackingError):
        puppeteer.prepare(ramp(96, 96), "thing")
    puppeteer.choose_box(CropBox(23.5, 23.5, FACE_PX))
    assert puppeteer.prepare(ramp(96, 96), "thing").crop == CropBox(47.5, 47.5, 96)


def test_a_box_outside_of_the_picture_is_refused(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    puppeteer.choose_box(CropBox(500, 20, 30))
    with pytest.raises(ConfigError, match="outside of the 64x48 picture"):
        puppeteer.step(Frame(ramp(), 0.0), STILL)


def test_a_pack_with_a_detector_follows_tracked_faces_by_their_pixels(eye: EyeEngine) -> None:
    class Corner(fakes.FakeTracker):
        """A face in the upper left corner, twice."""

        calls = 0

        def locate(self, image: Picture) -> Face | None:
            self.calls += 1
            low = np.array((12, 10, 0), np.float32)
            return None if self.calls > 2 else Face(low + np.array([(0, 0, 0), (12, 14, 0)], np.float32))

    tracker = Corner()
    puppeteer = Puppeteer(eye, tracker, size=None)
    portrait = fakes.make_puppeteer(eye).portrait
    assert portrait is not None
    puppeteer.show(portrait)
    eye.seen.clear()
    following = [puppeteer.step(Frame(ramp(), 0.1 * i), STILL).following for i in range(3)]
    assert len(eye.seen) == 2
    assert eye.seen[0].max() < 200  # the square's right edge is far from the picture's
    assert following[-1] is Following.HOLDING
    puppeteer.choose_box(CropBox(31.5, 23.5, 48))
    puppeteer.step(Frame(ramp(), 0.4), STILL)
    assert tracker.calls == 3  # a box needs no face


def test_parts_of_the_portrait_are_put_on_the_performers_picture(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    portrait = fakes.portrait(FACE_PX)
    frame = Frame(np.full((FACE_PX, FACE_PX, 3), 50, np.uint8), 0.0)
    picture = puppeteer.step(frame, replace(STILL, swap=PartSwap((2,)))).picture
    np.testing.assert_array_equal(picture[:, :16], 50)
    np.testing.assert_array_equal(picture[:, 16:], portrait[:, 16:])
    assert eye.rendered == 0


def test_a_square_is_extracted_exactly_only_for_a_part_swap(eye: EyeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    puppeteer = learned(eye)
    close: list[int] = []
    extract = CropBox.extract

    def counted(box: CropBox, image: Picture, size: int) -> Picture:
        close.append(size)
        return extract(box, image, size)

    monkeypatch.setattr(CropBox, "extract", counted)
    puppeteer.step(Frame(ramp(), 0.0), STILL)
    assert close == []
    puppeteer.step(Frame(ramp(), 0.1), replace(STILL, swap=PartSwap((1,))))
    assert close == [FACE_PX]


def test_each_of_several_portraits_is_the_source_of_a_part(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    first = puppeteer.portrait
    assert first is not None
    second = puppeteer.prepare(np.full((FACE_PX, FACE_PX, 3), 222, np.uint8), "other")
    puppeteer.show(first, [second])
    frame = Frame(np.full((FACE_PX, FACE_PX, 3), 50, np.uint8), 0.0)
    picture = puppeteer.step(frame, replace(STILL, swap=PartSwap((1,), others=((2,),)))).picture
    np.testing.assert_array_equal(picture[:, :16], first.face[:, :16])
    np.testing.assert_array_equal(picture[:, 16:], 222)


def test_a_swap_in_the_whole_picture_leaves_the_performers_surroundings(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    puppeteer.choose_box(CropBox(23.5, 23.5, FACE_PX))
    controls = replace(STILL, swap=PartSwap((1,)), output=Output.FULL)
    picture = puppeteer.step(Frame(ramp(), 0.0), controls).picture
    assert picture.shape == (48, 64, 3)
    np.testing.assert_array_equal(picture[:, 40:], ramp()[:, 40:])
    np.testing.assert_array_equal(picture[:8], ramp()[:8])
    assert (picture[16:32, 12:20] != ramp()[16:32, 12:20]).any()


def test_without_a_face_a_part_swap_shows_the_frame_as_it_is(eye: EyeEngine) -> None:
    puppeteer = Puppeteer(eye, fakes.FakeTracker(), size=None)
    portrait = fakes.make_puppeteer(eye).portrait
    assert portrait is not None
    puppeteer.show(portrait)
    square = ramp(FACE_PX, FACE_PX)
    rendered = puppeteer.step(Frame(square, 0.0), replace(STILL, swap=PartSwap((1,))))
    np.testing.assert_array_equal(rendered.picture, square)
    assert rendered.driving is None


def test_animation_continues_after_a_swap(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    puppeteer.set_neutral(Frame(ramp(), 0.0))
    puppeteer.step(Frame(ramp(), 0.0), replace(STILL, swap=PartSwap((1,))))
    assert puppeteer.neutral is not None
    assert puppeteer.step(Frame(ramp(), 0.1), STILL).following is Following.TRACKING


def test_overlays_cost_nothing_until_they_are_switched_on(eye: EyeEngine) -> None:
    puppeteer = learned(eye)
    plain = puppeteer.step(Frame(ramp(), 0.0), STILL)
    assert (eye.inspected, plain.notice) == (0, "")
    drawn = puppeteer.step(Frame(ramp(), 0.1), replace(STILL, overlay=Overlay.MASKS | Overlay.OCCLUSION))
    assert eye.inspected == 1
    assert (drawn.picture != plain.picture).any()
    assert "occlusion" in drawn.notice
    assert "masks" not in drawn.notice


def test_a_pose_from_a_motion_track_moves_the_portrait_like_the_frame_it_came_from(
    puppeteer: Puppeteer, picture: Picture
) -> None:
    puppeteer.show(puppeteer.prepare(picture, "astronaut"))
    puppeteer.set_neutral(Frame(picture, 0.0))
    moved = np.roll(picture, 10, axis=1)
    seen = puppeteer.step(Frame(moved, 0.0), STILL)
    assert seen.driving is not None
    played = puppeteer.paint(puppeteer.follow(seen.driving, Frame(moved, 0.1), STILL))
    np.testing.assert_array_equal(played.picture, seen.picture)


def test_the_face_pack_draws_its_landmarks_onto_what_it_renders(puppeteer: Puppeteer, picture: Picture) -> None:
    puppeteer.show(puppeteer.prepare(picture, "astronaut"))
    puppeteer.set_neutral(Frame(picture, 0.0))
    plain = puppeteer.step(Frame(picture, 0.0), STILL).picture
    drawn = puppeteer.step(Frame(picture, 0.0), replace(STILL, overlay=Overlay.KEYPOINTS)).picture
    assert 0.01 < np.any(plain != drawn, axis=2).mean() < 0.5
