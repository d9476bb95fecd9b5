"""Offline rendering: every frame, its time and the sound; and a file that is whole or absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from puppet.config import OFFLINE_CONTROLS, RenderOptions
from puppet.domain import Framing, Keypoints, Motion, Output, Overlay
from puppet.errors import ConfigError, MediaError
from puppet.geometry.crop import CropBox
from puppet.media.pictures import write_picture
from puppet.motion.motion_track import MotionTrack, write_motion_track
from puppet.offline import render
from puppet.offline.render import animate
from puppet.pipeline.scenes import Portrait
from tests.support.clips import even_times, moving_square, truncated, write_clip
from tests.support.square_engine import SIZE, SQUARES, make_clip, read_video, sound_seconds


@pytest.mark.parametrize("rate", [10, 25, 60])
def test_every_frame_is_rendered_at_its_time(tmp_path: Path, source: Path, rate: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(rate, 12))
    told: list[tuple[int, int | None]] = []
    frames = animate(source, clip, tmp_path / "o.mp4", SQUARES, progress=lambda done, total: told.append((done, total)))
    pictures, times_s = read_video(tmp_path / "o.mp4")
    assert frames == len(pictures) == 12
    assert times_s == pytest.approx(even_times(rate, 12), abs=0.001)
    assert pictures[0].shape == (SIZE, SIZE, 3)
    assert told == [(done, 12) for done in range(1, 13)]


def test_a_variable_frame_rate_is_kept(tmp_path: Path, source: Path) -> None:
    times_s = [0, 0.1, 0.15, 0.3, 0.5, 1.0]
    animate(source, make_clip(tmp_path / "clip.mp4", times_s), tmp_path / "o.mkv", SQUARES)
    assert read_video(tmp_path / "o.mkv")[1] == pytest.approx(times_s, abs=0.002)


def test_the_portrait_moves_as_the_clip_does(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 9))
    animate(source, clip, tmp_path / "o.mkv", RenderOptions(framing=Framing.NONE, codec="ffv1"))
    bright = [float(np.nonzero(picture[..., 0] > 160)[1].mean()) for picture in read_video(tmp_path / "o.mkv")[0]]
    expected = [float(np.nonzero(picture[..., 0] > 160)[1].mean()) for picture in moving_square((SIZE, SIZE), 9)]
    assert bright == pytest.approx(expected, abs=1.5)


def test_a_neutral_frame_in_the_middle_shifts_what_relative_means(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 9))
    options = RenderOptions(framing=Framing.NONE, codec="ffv1", neutral=4)
    animate(source, clip, tmp_path / "o.mkv", options)
    still = moving_square((SIZE, SIZE), 9)[0]
    assert np.abs(read_video(tmp_path / "o.mkv")[0][4].astype(int) - still).mean() < 6


def test_the_best_frame_is_found_without_a_tracker(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 5))
    assert animate(source, clip, tmp_path / "o.mp4", RenderOptions(framing=Framing.NONE, neutral="best")) == 5


def test_the_sound_is_carried_over_unless_told_not_to(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 12), sound=True)
    animate(source, clip, tmp_path / "with.mp4", SQUARES)
    animate(source, clip, tmp_path / "without.mp4", RenderOptions(framing=Framing.NONE, sound=False))
    assert sound_seconds(tmp_path / "with.mp4") == pytest.approx(1.2, abs=0.1)
    assert sound_seconds(tmp_path / "without.mp4") == 0


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_and_odd_sized_clips_are_rendered(tmp_path: Path, source: Path, rotation: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 4), (80, 60), rotation=rotation)
    assert animate(source, clip, tmp_path / "o.mp4", SQUARES) == 4
    odd = make_clip(tmp_path / "odd.mkv", even_times(10, 4), (81, 63))
    assert animate(source, odd, tmp_path / "odd.mp4", SQUARES) == 4


def _assert_refused(error: type[Exception], words: str, *arguments: Path, options: RenderOptions = SQUARES) -> None:
    folder = arguments[0].parent
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(error, match=words) as caught:
        animate(arguments[0], arguments[1], arguments[2], options)
    assert "\n" not in str(caught.value)
    kept = {path for path in folder.iterdir() if path.stem.endswith("-unfinished")}  # named by a note
    assert [str(path) in "".join(caught.value.__notes__) for path in kept] == [True] * len(kept)
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file() and path not in kept} == before


def test_inputs_that_are_no_video_are_refused(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "o.mp4"
    _assert_refused(MediaError, "no such file", source, tmp_path / "none.mp4", out)
    (tmp_path / "empty.mp4").touch()
    _assert_refused(MediaError, "0 bytes", source, tmp_path / "empty.mp4", out)
    (tmp_path / "text.mp4").write_text("no video\n")
    _assert_refused(MediaError, "not a video", source, tmp_path / "text.mp4", out)
    _assert_refused(MediaError, "video", source, source.parent, out)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_video_is_rendered_as_far_as_it_goes_unless_strict(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture, name: str, share: float
) -> None:
    rng = np.random.default_rng(0)
    noisy = [picture - rng.integers(0, 20, picture.shape, np.uint8) for picture in moving_square((320, 240), 60)]
    clip = truncated(write_clip(tmp_path / name, noisy, even_times(10, 60)), share)
    if name == "clip.mp4":  # its index stands at the end, which is missing
        _assert_refused(MediaError, "cut off|damaged", source, clip, tmp_path / "o.mp4", options=SQUARES)
        return
    frames = animate(source, clip, tmp_path / "o.mp4", SQUARES)
    assert share * 60 - 15 < frames < 60
    [line] = [record.getMessage() for record in caplog.records]
    assert "cut off" in line
    assert "as far as it goes" in line
    (tmp_path / "o.mp4").unlink()
    strict = replace(SQUARES, strict=True)
    with pytest.raises(MediaError, match="cut off"):
        animate(source, clip, tmp_path / "p.mp4", strict)
    assert not (tmp_path / "p.mp4").exists()


def test_a_picture_without_its_end_is_animated_unless_strict(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 3))
    cut = tmp_path / "cut.jpg"
    with Image.open(source) as image:
        image.save(cut, quality=95)
    cut.write_bytes(cut.read_bytes()[:-12])
    assert animate(cut, clip, tmp_path / "o.mp4", SQUARES) == 3
    assert "as far as it goes" in caplog.text
    _assert_refused(MediaError, "damaged", cut, clip, tmp_path / "p.mp4", options=replace(SQUARES, strict=True))


def test_a_single_picture_as_driver_is_said_to_have_no_motion(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_picture(tmp_path / "driver.png", moving_square((64, 64), 3)[1])
    assert animate(source, tmp_path / "driver.png", tmp_path / "o.mp4", SQUARES) == 1
    [line] = [record.getMessage() for record in caplog.records]
    assert "--motion absolute" in line
    caplog.clear()
    absolute = replace(SQUARES, controls=replace(OFFLINE_CONTROLS, motion=Motion.ABSOLUTE))
    assert animate(source, tmp_path / "driver.png", tmp_path / "p.mp4", absolute) == 1
    assert not caplog.records


@pytest.mark.parametrize("name", ["driver.webp", "driver.png", "driver.gif", "driver"])
def test_an_animation_drives_at_its_own_times(tmp_path: Path, source: Path, name: str) -> None:
    first, *others = (Image.fromarray(picture) for picture in moving_square((64, 64), 4))
    kind = None if "." in name else "WEBP"
    first.save(tmp_path / name, kind, save_all=True, append_images=others, duration=[40, 200, 100, 60])
    assert animate(source, tmp_path / name, tmp_path / "o.mkv", SQUARES) == 4
    with av.open(str(tmp_path / "o.mkv")) as video:
        assert [frame.time for frame in video.decode(video=0)] == pytest.approx([0.0, 0.04, 0.24, 0.34], abs=0.002)


def test_outputs_that_cannot_be_are_refused(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 3))
    _assert_refused(MediaError, "no such folder", source, clip, tmp_path / "none" / "o.mp4")
    _assert_refused(MediaError, "extension", source, clip, tmp_path / "o.gif")
    lossless = RenderOptions(framing=Framing.NONE, codec="ffv1")
    _assert_refused(MediaError, "mkv", source, clip, tmp_path / "o.mp4", options=lossless)
    (tmp_path / "o.mp4").write_text("precious")
    _assert_refused(MediaError, "exists already", source, clip, tmp_path / "o.mp4")
    _assert_refused(ConfigError, "an input too", source, clip, clip)


def test_a_motion_track_that_is_none_is_refused(tmp_path: Path, source: Path) -> None:
    _assert_refused(MediaError, "no such file", source, tmp_path / "motion.npz", tmp_path / "o.mp4")
    (tmp_path / "text.npz").write_text("no track\n")
    _assert_refused(MediaError, "motion track", source, tmp_path / "text.npz", tmp_path / "o.mp4")


def test_a_neutral_frame_past_the_end_is_refused(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 3))
    options = RenderOptions(framing=Framing.NONE, neutral=3)
    _assert_refused(MediaError, "has 3 frames", source, clip, tmp_path / "o.mp4", options=options)


def test_an_existing_output_stays_until_the_new_one_is_whole(tmp_path: Path, source: Path) -> None:
    clip, out = make_clip(tmp_path / "clip.mp4", even_times(10, 6)), tmp_path / "o.mp4"
    out.write_text("precious")

    def stop(done: int, total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        animate(source, clip, out, SQUARES, overwrite=True, progress=stop)
    assert out.read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"source.png", "clip.mp4", "o.mp4", "o-unfinished.mp4"}
    assert len(read_video(tmp_path / "o-unfinished.mp4")[0]) == 3
    assert stopped.value.__notes__ == [f"what was rendered until then is kept as {tmp_path / 'o-unfinished.mp4'}"]
    assert animate(source, clip, out, SQUARES, overwrite=True) == 6
    assert len(read_video(out)[0]) == 6


def test_offline_nothing_is_smoothed_limited_or_mirrored() -> None:
    assert RenderOptions().controls is OFFLINE_CONTROLS


def test_a_motion_track_makes_the_same_video_as_the_clip_it_was_kept_from(tmp_path: Path, source: Path) -> None:
    clip, track = make_clip(tmp_path / "clip.mp4", even_times(10, 7)), tmp_path / "track.npz"
    options = RenderOptions(framing=Framing.NONE, codec="ffv1", neutral=2)
    animate(source, clip, tmp_path / "a.mkv", replace(options, motion_track=track))
    assert animate(source, track, tmp_path / "b.mkv", replace(options, neutral="first")) == 7
    first, again = read_video(tmp_path / "a.mkv"), read_video(tmp_path / "b.mkv")
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == pytest.approx(again[1], abs=0.001)


@pytest.mark.parametrize(("neutral", "expected"), [("best", None), (3, None), (7, "has 7 frames")])
def test_the_neutral_pose_of_a_motion_track_can_be_chosen(
    tmp_path: Path, source: Path, neutral: str | int, expected: str | None
) -> None:
    clip, track = make_clip(tmp_path / "clip.mp4", even_times(10, 7)), tmp_path / "track.npz"
    animate(source, clip, tmp_path / "a.mp4", RenderOptions(framing=Framing.NONE, motion_track=track))
    options = RenderOptions(framing=Framing.NONE, neutral=neutral)
    if expected is None:
        assert animate(source, track, tmp_path / "b.mp4", options) == 7
    else:
        with pytest.raises(MediaError, match=expected):
            animate(source, track, tmp_path / "b.mp4", options)


def test_a_motion_track_of_another_pack_is_refused(tmp_path: Path, source: Path) -> None:
    clip, track = make_clip(tmp_path / "clip.mp4", even_times(10, 3)), tmp_path / "track.npz"
    animate(source, clip, tmp_path / "a.mp4", RenderOptions(pack="mine", framing=Framing.NONE, motion_track=track))
    with pytest.raises(ConfigError, match="pack mine"):
        animate(source, track, tmp_path / "b.mp4", RenderOptions(pack="theirs", framing=Framing.NONE))


def test_a_motion_track_of_a_pack_of_the_same_name_with_other_keypoints_is_refused(
    tmp_path: Path, source: Path
) -> None:
    track = MotionTrack("graph", "face")
    track.add(Keypoints(np.zeros((5, 2), np.float32)), 0.0)
    write_motion_track(tmp_path / "track.npz", track)
    with pytest.raises(ConfigError, match="do not fit"):
        animate(source, tmp_path / "track.npz", tmp_path / "b.mp4", SQUARES)


def test_what_an_overlay_cannot_show_is_said_once(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 4))
    controls = replace(OFFLINE_CONTROLS, overlay=Overlay.FLOW)
    animate(source, clip, tmp_path / "a.mp4", RenderOptions(framing=Framing.NONE, controls=controls))
    assert caplog.text.count("flow") == 1


@pytest.mark.parametrize(
    ("side", "output", "size"),
    [(600.4, Output.CROP, (600, 600)), (80, Output.CROP, (256, 256)), (3000, Output.CROP, (1080, 1080))],
)
def test_own_size_is_the_squares_within_limits(side: float, output: Output, size: tuple[int, int]) -> None:
    assert render.own_size(_sized_portrait((4000, 3000), side), output) == size


def test_own_size_of_full_is_the_pictures_with_a_limit() -> None:
    assert render.own_size(_sized_portrait((640, 480), 300), Output.FULL) is None
    assert render.own_size(_sized_portrait((4000, 3000), 300), Output.FULL) == (1440, 1080)


def _sized_portrait(size: tuple[int, int], side: float) -> Portrait:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    return Portrait("x", picture, CropBox(100, 100, side), picture, Keypoints(np.zeros((1, 2), np.float32)), None, 1)
