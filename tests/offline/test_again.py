"""Takes rendered again: same motion bit for bit, same times, same sound; what keeps a pack open between jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from puppet.config import RenderOptions
from puppet.controls import Controls, Framing
from puppet.domain import Keypoints, Picture
from puppet.errors import ConfigError, MediaError
from puppet.media.live_sound import LiveSound
from puppet.media.pictures import write_picture
from puppet.motion.motion_track import GRAPH, MotionTrack, read_motion_track
from puppet.offline import kept_pack
from puppet.offline.again import jobs_again, recorded_options
from puppet.offline.job_list import is_batch, jobs_of
from puppet.offline.kept_pack import KeptPack
from puppet.offline.render import animate
from puppet.pipeline.puppeteer import Puppeteer
from puppet.sinks.base import Finished
from puppet.takes.recorder import TakeRecorder
from puppet.takes.take import Take, new_manifest, read_take
from tests.support.clips import moving_square
from tests.support.square_engine import SIZE, SquareEngine, read_video, sound_seconds

OPTIONS = RenderOptions(framing=Framing.NONE)
TIMES_S = [0.0, 0.04, 0.08, 0.2, 0.21, 0.5, 1.0]


class Tone:
    """A microphone that hears one tone."""

    complete_until_s = 1e9

    def read(self, start_s: float, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.sin(np.arange(count, dtype=np.float32) / 20)


@pytest.fixture
def take(tmp_path: Path) -> Take:
    folder = tmp_path / "take"
    folder.mkdir()
    facts = {"portrait": "a", "pack": "face", "engine": "x", "controls": Controls(mirror=False), "size": (SIZE, SIZE)}
    sound = LiveSound(Tone())
    recorder = TakeRecorder(folder, new_manifest(**facts), MotionTrack(GRAPH, "face"), sound=sound)
    engine = SquareEngine()
    for time_s, picture in zip(TIMES_S, moving_square((SIZE, SIZE), len(TIMES_S)), strict=True):
        pose = engine.detect(picture, None)
        recorder.write(Finished(picture, 7 + time_s, replace(pose, segmentation=None), pose))
    recorder.close()
    recorder.finished()
    return read_take(folder)


def test_a_take_is_rendered_again_with_the_same_motion_times_and_sound(
    take: Take, source: Path, tmp_path: Path
) -> None:
    out, track = tmp_path / "again.mp4", tmp_path / "again.npz"
    frames = animate(source, take.folder, out, replace(OPTIONS, motion_track=track))
    assert frames == len(TIMES_S)
    assert read_video(out)[1] == pytest.approx(read_video(take.video)[1], abs=2e-5)
    assert sound_seconds(out) == pytest.approx(sound_seconds(take.video), abs=0.03)
    before, after = read_motion_track(take.motion), read_motion_track(track)
    assert before.times_s == after.times_s
    for old, new in zip(before.poses, after.poses, strict=True):
        assert old is not None
        assert new is not None
        np.testing.assert_array_equal(old.points, new.points)


def test_a_take_counts_as_one_driver(take: Take, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    assert not is_batch([source, take.folder], out)
    (job,) = jobs_of([source, take.folder], tmp_path / "videos")
    assert job.driving == take.folder


def test_a_take_never_becomes_its_own_output(take: Take, source: Path) -> None:
    with pytest.raises(ConfigError, match="is an input too"):
        animate(source, take.folder, take.video, OPTIONS, overwrite=True)


def test_a_take_without_motion_is_one_line(take: Take, source: Path, tmp_path: Path) -> None:
    take.motion.unlink()
    with pytest.raises(MediaError, match="no face was seen"):
        animate(source, take.folder, tmp_path / "out.mp4", OPTIONS)
    with pytest.raises(MediaError, match="no face was seen"):
        jobs_again(take, [source], OPTIONS)


def test_a_take_of_another_pack_is_one_line(take: Take, source: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="was recorded with the pack face"):
        animate(source, take.folder, tmp_path / "out.mp4", replace(OPTIONS, pack="other"))


def test_a_damaged_manifest_is_one_line(take: Take, source: Path, tmp_path: Path) -> None:
    manifest = take.folder / "take.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "size": [3, 5]}))
    with pytest.raises(MediaError, match="both numbers must be even"):
        animate(source, take.folder, tmp_path / "out.mp4", OPTIONS)


def test_a_take_is_rendered_as_it_was_recorded_beside_its_video(take: Take, source: Path) -> None:
    options = recorded_options(take)
    assert (options.pack, options.size, options.controls.mirror) == ("face", (SIZE, SIZE), False)
    first, second = jobs_again(take, [source, source.with_name("b.png")], options)
    assert first.out == take.folder / "take-source.mp4"
    assert second.options is options
    with pytest.raises(ConfigError, match="output of 2 jobs"):
        jobs_again(take, [source, source], options)


class CountingEngine(SquareEngine):
    """Counts the portraits it encodes."""

    encoded = 0

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> object:
        CountingEngine.encoded += 1
        return super().encode(face, keypoints, fine)


def test_a_portrait_is_encoded_once_for_several_jobs(
    take: Take, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Opened:
        def __init__(self, *given: object) -> None:
            self.engine = CountingEngine()

        def puppeteer(self, size: tuple[int, int] | None) -> Puppeteer:
            return Puppeteer(self.engine, None, framing=Framing.NONE, size=size, pack="face")

        def close(self) -> None:
            pass

    monkeypatch.setattr(kept_pack, "OpenedPack", Opened)
    monkeypatch.setattr(CountingEngine, "encoded", 0)
    kept, outs = KeptPack(), [tmp_path / f"{number}.mp4" for number in range(3)]
    for out in outs:
        animate(source, take.folder, out, OPTIONS, kept=kept)
    assert CountingEngine.encoded == 1
    np.testing.assert_array_equal(read_video(outs[0])[0], read_video(outs[2])[0])
    write_picture(source, moving_square((SIZE, SIZE), 3)[2], overwrite=True)
    animate(source, take.folder, outs[0], OPTIONS, kept=kept, overwrite=True)
    assert CountingEngine.encoded == 2
    kept.close()
