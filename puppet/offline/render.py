"""Offline rendering: a picture and a driving clip become a video, through the same `Puppeteer.step` as live.

Every frame is rendered and keeps its time in the clip, so variable frame rates and the sound stay in step. One thread,
blocking.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

from puppet.compositing.part_masks import checked_swap
from puppet.compositing.placement import shown_square
from puppet.config import RenderOptions
from puppet.domain import BackgroundKind, Frame, Framing, Keypoints, Motion, Output, PartSwap
from puppet.errors import ConfigError, MediaError, TrackingError
from puppet.media.animation import STILL_RATE, ClipReader, holds_picture, holds_still, open_clip
from puppet.media.files import PICTURE_EXTENSIONS, check_output
from puppet.media.picture_folder import check_frames_folder
from puppet.media.pictures import read_picture, write_picture
from puppet.media.portrait_file import read_face, read_portrait
from puppet.media.video_codecs import VIDEO_CODECS
from puppet.motion.motion_track import EXTENSIONS as TRACK_EXTENSIONS
from puppet.motion.motion_track import GRAPH, MotionTrack, holds_motion_track, read_motion_track
from puppet.offline.kept_pack import KeptPack
from puppet.offline.neutral_pose import choose_neutral, no_face, pose_at_rest
from puppet.offline.writing import Clip, Progress, VideoOutput, write_clip
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.opening import open_puppeteer, show_pictures
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Portrait, Rendered
from puppet.takes.recorder import picture_delay_s
from puppet.takes.take import Take, is_take, read_take

EXTENSIONS = {name: codec.extensions for name, codec in VIDEO_CODECS.items()}
OWN_SIDES_PX = (256, 1080)
"""Shortest and longest shorter side of a video whose size the portrait decides."""
MOST_POSES = 3000
"""Poses of a clip that are kept for rendering: 20 MB, with measured motion 55 MB."""
_log = logging.getLogger(__name__)


def animate(
    source: Path,
    driving: Path,
    out: Path,
    options: RenderOptions,
    *,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
    kept: KeptPack | None = None,
) -> int:
    """Animate `source` with `driving` and write the video `out`, whole or not at all.

    When an error or Ctrl-C ends it early, the pictures rendered until then are kept beside `out`: the error has a note
    with the name.

    Args:
        source: picture to animate.
        driving: a video, an animated picture, a motion track, or the folder of a take: its motion and its sound.
        out: a video whose container holds the codec; a folder for the codec "png".
        options: pack, controls, framing, neutral frame, codec, sound and engine.
        overwrite: replace `out` when it exists, once the new video is complete.
        progress: called with the number of frames done and in all; None: unknown.
        kept: shared with other renderings of this process; None: nothing is kept.

    Returns:
        Number of frames, as many as the clip has.

    Raises:
        MediaError: a file cannot be read or written.
        TrackingError: no face in the source, or in no frame of the clip.
        ConfigError: an output is an input, or the motion track has keypoints of another pack.
        PackError, EngineError: see `open_puppeteer`.
    """
    if options.framing is Framing.AUTO:
        options = replace(options, controls=replace(options.controls, limits=True))
    take = read_take(driving) if is_take(driving) else None
    motion = driving if take is None else _motion_of(take)
    inputs = [source, motion] if take is None else [source, motion, take.video]
    _check(inputs, out, options, overwrite, EXTENSIONS.get(options.codec, ()))
    shots = read_portrait(source, strict=options.strict)
    output = VideoOutput(out, overwrite, progress)
    with ExitStack() as opened:  # a bad clip is refused before anything slow
        track = read_motion_track(motion) if holds_motion_track(motion) else None
        reader = opened.enter_context(open_clip(motion, strict=options.strict)) if track is None else None
        replaced = options.controls.background.kind is not BackgroundKind.KEEP
        sized = options.size is not None or options.framing is Framing.AUTO or replaced
        own_pixels = OwnPixels.AT_ONCE if sized else OwnPixels.NEVER
        if kept is None:
            puppeteer = opened.enter_context(_puppeteer(options, own_pixels))
            show_pictures(puppeteer, [(shots, source.name)])
        else:
            puppeteer = kept.puppeteer(options, own_pixels)
            kept.show(puppeteer, source, shots)
        _choose_size(puppeteer, options)
        if reader is None:
            assert track is not None
            clip = _render_track(puppeteer, track, motion, options)
            if take is not None and take.manifest.sound and options.sound:
                delay_s = picture_delay_s(take, track.times_s)
                clip = replace(clip, sound_from=take.video, delay_s=delay_s)
            return write_clip(clip, puppeteer, output, options)
        if options.controls.motion is Motion.RELATIVE:
            if options.neutral_pose == "rest" and not puppeteer.engine.detects:
                clip = _render_from_rest(puppeteer, reader, options)
            else:
                _choose_frame(puppeteer, reader, options)
                clip = _render_clip(puppeteer, reader, options)
        else:
            clip = _render_clip(puppeteer, reader, options)
        count = write_clip(clip, puppeteer, output, options)
        if count == 1 and options.controls.motion is Motion.RELATIVE:
            _log.warning(
                "%s: one picture has no motion relative to itself; use --motion absolute to apply its pose", driving
            )
        return count


def swap(
    sources: Sequence[Path],
    target: Path,
    out: Path,
    options: RenderOptions,
    *,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
) -> int:
    """Put parts of `sources` on every frame of `target`; arguments not named here are as of `animate`.

    Args:
        sources: pictures that give parts; where parts overlap, the later picture's lies on top.
        target: a video or a picture.
        out: also .png or .jpg when `target` is a picture.
        options: with Controls.swap; motion and neutral are ignored.
        overwrite: as of `animate`.
        progress: as of `animate`.

    Returns:
        Number of frames.

    Raises:
        ConfigError: the pack has no segments or not these, or an output is an input.
        TrackingError: no face in a source, or in no frame of the target.
        MediaError, PackError, EngineError: as of `animate`.
    """
    picture_out = out.suffix.lower() in PICTURE_EXTENSIONS
    still = holds_picture(target) and (picture_out or holds_still(target))
    known = EXTENSIONS.get(options.codec, ())
    if still:
        known = (*known, *PICTURE_EXTENSIONS)
    _check([*sources, target], out, options, overwrite, known)
    pictures = [(read_face(source, strict=options.strict), source.name) for source in sources]
    output = VideoOutput(out, overwrite, progress)
    with ExitStack() as opened:
        picture = read_picture(target, strict=options.strict) if still else None
        reader = None if still else opened.enter_context(open_clip(target, strict=options.strict))
        puppeteer = opened.enter_context(_puppeteer(options))
        options = _check_swap(options, puppeteer, len(sources))
        show_pictures(puppeteer, pictures)
        if reader is not None:
            return write_clip(_render_clip(puppeteer, reader, options), puppeteer, output, options)
        assert picture is not None
        rendered = puppeteer.step(Frame(picture, 0.0), options.controls)
        if not picture_out:
            return write_clip(Clip([rendered], STILL_RATE, 1), puppeteer, output, options)
        if rendered.driving is None:
            raise TrackingError(f"{target}: no face found; use --framing none for a picture that is framed already")
        write_picture(out, rendered.picture, overwrite=overwrite, mark=options.mark)
        return 1


def _motion_of(take: Take) -> Path:
    if not take.motion.exists():
        raise MediaError(f"{take.folder}: holds no motion, because no face was seen; record another take")
    return take.motion


def _check(inputs: Sequence[Path], out: Path, options: RenderOptions, overwrite: bool, known: tuple[str, ...]) -> None:
    """Check the outputs before any work. Raises ConfigError or MediaError."""
    outputs = [path for path in (out, options.motion_track) if path is not None]
    for path in outputs:
        if path.resolve() in [other.resolve() for other in inputs]:
            raise ConfigError(f"{path}: is an input too; choose another name for the output")
    if options.codec == "png" and not (out.suffix and known):
        check_frames_folder(out, overwrite=overwrite)
    else:
        check_output(out, known, overwrite=overwrite)
    if options.motion_track is not None:
        check_output(options.motion_track, TRACK_EXTENSIONS, overwrite=overwrite)


def _puppeteer(options: RenderOptions, own_pixels: OwnPixels = OwnPixels.NEVER) -> closing[Puppeteer]:
    opened = open_puppeteer(options.pack, options.engine, options.framing, options.size, options.box, own_pixels)
    return closing(opened)


def _choose_size(puppeteer: Puppeteer, options: RenderOptions) -> None:
    """Let the portrait decide the video's size where the options leave it open."""
    portrait = puppeteer.portrait
    assert portrait is not None
    kind, cutout = options.controls.background.kind, puppeteer.layers.cut_out(portrait)
    if cutout is None and kind is not BackgroundKind.KEEP:
        raise ConfigError(
            f"--background {options.controls.background}: the pack {options.pack} cannot cut {portrait.name} out; "
            "use --background keep, or another portrait with --pack face"
        )
    if options.size is not None or cutout is None:
        return
    if options.framing is Framing.AUTO:
        puppeteer.size = own_size(portrait, options.controls.output)
    elif options.controls.output is Output.CROP:
        puppeteer.size = puppeteer.engine.size, puppeteer.engine.size


def own_size(portrait: Portrait, output: Output) -> tuple[int, int] | None:
    """Return the size at which a portrait's own pixels are shown, (width, height), even, within `OWN_SIDES_PX`.

    Args:
        portrait: the portrait.
        output: CROP: a square of the shown square's size. FULL: the whole picture's size; None when it fits.
    """
    least, most = OWN_SIDES_PX
    if output is Output.CROP:
        side = round(min(max(shown_square(portrait.picture, portrait.crop).side, least), most) / 2) * 2
        return side, side
    height, width = portrait.picture.shape[:2]
    shrink = most / min(width, height)
    if shrink >= 1:
        return None
    return round(width * shrink / 2) * 2, round(height * shrink / 2) * 2


def _check_swap(options: RenderOptions, puppeteer: Puppeteer, sources: int) -> RenderOptions:
    """Return the options with a swap that fits the pack. Raises ConfigError."""
    swap = checked_swap(options.controls.swap or PartSwap(), puppeteer.engine.segments, sources)
    return replace(options, controls=replace(options.controls, swap=swap))


def _choose_frame(puppeteer: Puppeteer, reader: ClipReader, options: RenderOptions) -> None:
    """Take the neutral pose from a frame of the clip; "rest" is the first."""
    assert puppeteer.portrait is not None
    mirror, source = options.controls.mirror, puppeteer.portrait.keypoints
    frame, _ = choose_neutral(
        _frames(reader),
        lambda frame: puppeteer.pose(frame.image, mirror=mirror),
        options.neutral_pose,
        source,
        reader.path,
    )
    puppeteer.set_neutral(frame, mirror=mirror)


def _frames(reader: ClipReader) -> Iterator[Frame]:
    for index, timed in enumerate(reader.pictures()):
        yield Frame(timed.picture, timed.time_s, index)


def _render_clip(puppeteer: Puppeteer, reader: ClipReader, options: RenderOptions) -> Clip:
    """Return every frame of a clip, rendered."""
    return _clip((puppeteer.step(frame, options.controls) for frame in _frames(reader)), reader, options)


def _clip(rendered: Iterable[Rendered], reader: ClipReader, options: RenderOptions) -> Clip:
    sound_from = reader.path if options.sound and reader.has_sound else None
    return Clip(rendered, reader.rate, reader.frame_count, sound_from)


def _render_from_rest(puppeteer: Puppeteer, reader: ClipReader, options: RenderOptions) -> Clip:
    """Return every frame of a clip, rendered relative to the performer at rest. Raises TrackingError without a face.

    The clip is read and tracked once: the poses of its first frames, up to `MOST_POSES`, tell how the performer looks
    at rest and are kept for rendering.
    """
    portrait, controls, frames = puppeteer.portrait, options.controls, _frames(reader)
    assert portrait is not None
    poses: list[tuple[Keypoints | None, Frame]] = []
    found = 0
    for frame in frames:
        pose = puppeteer.pose(frame.image, mirror=controls.mirror, rest=not found)  # as the head of `pose_at_rest`
        poses.append((pose, replace(frame, image=portrait.picture)))
        found += pose is not None
        if found == MOST_POSES:
            break
    neutral = pose_at_rest(pose for pose, _ in poses if pose is not None)
    if neutral is None:
        raise no_face(reader.path)
    puppeteer.set_neutral_pose(neutral)
    known = (puppeteer.paint(puppeteer.follow(pose, frame, controls)) for pose, frame in poses)
    return _clip(chain(known, (puppeteer.step(frame, controls) for frame in frames)), reader, options)


def _render_track(puppeteer: Puppeteer, track: MotionTrack, path: Path, options: RenderOptions) -> Clip:
    """Return every pose of a motion track, rendered. Raises ConfigError when another pack detected the poses."""
    portrait = puppeteer.portrait
    assert portrait is not None
    own, pose = puppeteer.new_motion_track(), next(pose for pose in track.poses if pose is not None)
    same = track.pack == own.pack if own.detector == GRAPH else True
    if track.detector != own.detector or not same or not _same_shapes(pose, portrait.keypoints):
        raise ConfigError(
            f"{path}: was recorded with the pack {track.pack}, whose keypoints do not fit {own.pack}; "
            f"use --pack {track.pack}"
        )
    which = options.neutral_pose
    neutral = track.neutral if which in ("rest", "first") else None
    if neutral is None:
        _, neutral = choose_neutral(track.poses, lambda pose: pose, which, portrait.keypoints, path)
    puppeteer.set_neutral_pose(neutral)
    rendered = (
        puppeteer.paint(puppeteer.follow(pose, Frame(portrait.picture, time_s, index), options.controls))
        for index, (pose, time_s) in enumerate(track.frames())
    )
    return Clip(rendered, Fraction(track.rate), len(track.poses))


def _same_shapes(pose: Keypoints, own: Keypoints) -> bool:
    """True when a track's pose has as many keypoints as `own`, with the same fields; tracks lack maps and body."""
    shapes = [{name: array.shape for name, array in keypoints.arrays().items()} for keypoints in (pose, own)]
    return shapes[0] == {name: shape for name, shape in shapes[1].items() if name not in ("segmentation", "body")}
