"""animate relative to the performer at rest: blinks at the start, faces lost for a while, one pass over the clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from puppet.config import OFFLINE_CONTROLS, RenderOptions
from puppet.domain import Face, Framing, Keypoints
from puppet.errors import TrackingError
from puppet.geometry.head_pose import face_of, fit_head
from puppet.motion.motion_track import read_motion_track
from puppet.offline import render
from puppet.offline.render import animate
from puppet.pipeline import puppeteer as pipeline
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.faces import face
from tests.support.scripted_face import LandmarkSquares, ScriptedTracker, face_pixels
from tests.support.square_engine import SIZE, make_clip, read_video

OPTIONS = RenderOptions(codec="ffv1", size=(SIZE, SIZE))
REST, BLINK = face(mouth=0.01, eyes=(1.2, 1.2)), face(mouth=0.25, eyes=(0, 0))
CLIP = [None, BLINK, BLINK, REST, REST, None, None, REST, REST, REST, REST, REST]


@pytest.fixture
def engine() -> LandmarkSquares:
    return LandmarkSquares()


Play = Callable[[Sequence[Keypoints | None]], ScriptedTracker]


@pytest.fixture
def play(engine: LandmarkSquares, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Returns a function that makes the tracker find these poses in the next clip."""
    monkeypatch.setattr(pipeline, "largest_face", lambda picture: (Face(face_pixels(REST)), 1))

    def play(poses: Sequence[Keypoints | None]) -> ScriptedTracker:
        tracker = ScriptedTracker(poses)
        monkeypatch.setattr(render, "open_puppeteer", lambda *given, **named: Puppeteer(engine, tracker, size=None))
        return tracker

    return play


def _clip(tmp_path: Path, frames: int = len(CLIP)) -> Path:
    return make_clip(tmp_path / "c.mkv", [index / 30 for index in range(frames)])


@pytest.mark.parametrize("most_poses", [3, 3000])
def test_the_portrait_is_at_rest_when_the_performer_is_and_each_frame_is_tracked_once(
    tmp_path: Path,
    source: Path,
    engine: LandmarkSquares,
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    most_poses: int,
) -> None:
    monkeypatch.setattr(render, "MOST_POSES", most_poses)
    tracker = play(CLIP)
    options = replace(OPTIONS, motion_track=tmp_path / "t.npz")
    assert animate(source, _clip(tmp_path), tmp_path / "o.mkv", options) == len(CLIP)
    assert tracker.frames == len(CLIP)
    portrait, blinking, resting = engine.driven[0], engine.driven[1], engine.driven[-1]
    assert float(np.abs(resting.points - portrait.points).max()) < 1e-3
    assert float(np.abs(blinking.points - portrait.points).max()) > 0.05
    assert len(read_video(tmp_path / "o.mkv")[0]) == len(CLIP)
    track = read_motion_track(tmp_path / "t.npz")
    assert [pose is None for pose in track.poses] == [pose is None for pose in CLIP]
    assert track.neutral is not None


def test_framing_none_keeps_the_papers_protocol() -> None:
    assert RenderOptions(framing=Framing.NONE).neutral_pose == "first"
    assert RenderOptions().neutral_pose == "rest"
    assert RenderOptions(framing=Framing.NONE, neutral="rest").neutral_pose == "rest"


@pytest.mark.parametrize(("framing", "limited"), [(Framing.AUTO, True), (Framing.NONE, False)])
def test_turns_that_no_picture_survives_are_limited_but_in_the_papers_protocol(
    tmp_path: Path, source: Path, engine: LandmarkSquares, play: Play, framing: Framing, limited: bool
) -> None:
    play([REST] * 6 + [face(turn_deg=(0, 70, 0))] * 20)  # the protocol looks at the first ones twice
    animate(source, _clip(tmp_path, 8), tmp_path / "o.mkv", replace(OPTIONS, framing=framing))
    yaw = fit_head(face_of(engine.driven[-1])).aside_deg()
    assert abs(yaw) < 35 if limited else abs(yaw) > 60


def test_a_clip_of_one_frame_is_rendered(tmp_path: Path, source: Path, play: Play) -> None:
    play([BLINK])
    assert animate(source, _clip(tmp_path, 1), tmp_path / "o.mkv", OPTIONS) == 1


def test_a_clip_without_a_face_is_refused(tmp_path: Path, source: Path, play: Play) -> None:
    play([None] * 3)
    with pytest.raises(TrackingError, match="no face in any frame"):
        animate(source, _clip(tmp_path, 3), tmp_path / "o.mkv", OPTIONS)
    assert not (tmp_path / "o.mkv").exists()


def test_mirrored_frames_are_measured_mirrored(
    tmp_path: Path, source: Path, engine: LandmarkSquares, play: Play
) -> None:
    play([REST] * 20)
    options = replace(OPTIONS, controls=replace(OFFLINE_CONTROLS, mirror=True), neutral="first")
    animate(source, _clip(tmp_path, 4), tmp_path / "o.mkv", options)
    assert max(float(np.abs(driven.points - engine.driven[0].points).max()) for driven in engine.driven) < 1e-5
