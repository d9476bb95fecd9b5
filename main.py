"""Puppet's command line: the only place that reads options, prints, and chooses an exit code.

Everything heavy is imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from export.cli.packs import packs_export, packs_import
from export.cli.train import train
from puppet.cli import parameters as opt
from puppet.cli.render_commands import animate, swap
from puppet.cli.system_commands import bench, cameras, doctor
from puppet.errors import ConfigError, PuppetError, SinkError

if TYPE_CHECKING:
    from puppet.config import LiveOptions

FAILED = 2
INTERRUPTED = 130
HEADLESS_SECONDS = 20.0

app = typer.Typer(
    help="Drives a still portrait live from a webcam. Without a command it opens the window.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
packs_app = typer.Typer(help="Model packs: what Puppet animates with.", no_args_is_help=False)
app.add_typer(packs_app, name="packs")
packs_app.command("import")(packs_import)
packs_app.command("export")(packs_export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit code: 0, 2 for what a person can mend, 130 for Ctrl-C."""
    arguments = _normal(sys.argv[1:] if arguments is None else arguments)
    try:
        return app(arguments, prog_name="python main.py", standalone_mode=False) or 0
    except (PuppetError, typer.TyperException) as error:
        return _refused(str(error) if isinstance(error, PuppetError) else error.format_message())
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


def _normal(arguments: Sequence[str]) -> list[str]:
    """The arguments with `run` in front when no command is named; -v may stand anywhere."""
    verbose = [argument for argument in arguments if argument in ("-v", "--verbose")]
    rest = [argument for argument in arguments if argument not in verbose]
    if not rest or (rest[0].startswith("-") and rest[0] != "--help"):
        rest.insert(0, "run")
    return [*verbose[:1], *rest]


def _refused(message: str) -> int:
    from puppet.cli.console import refuse

    refuse(message)
    return FAILED


@app.callback()
def _common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what happens inside.")] = False,
) -> None:
    from puppet.cli.console import log_to_stderr

    log_to_stderr(verbose)


@app.command()
def run(
    camera: opt.Camera = None,
    avatar: opt.Avatar = None,
    pack: opt.WindowPack = None,
    motion: opt.Motion = None,
    framing: opt.Framing = "auto",
    output: opt.Output = None,
    size: opt.Size = None,
    mirror: opt.Mirror = None,
    strength: opt.Strength = None,
    mouth: opt.Mouth = None,
    eyes: opt.Eyes = None,
    smoothing: opt.Smoothing = None,
    engine: opt.WindowEngine = None,
    precision: opt.WindowPrecision = None,
    device: opt.WindowDevice = None,
    governor: opt.Governor = True,
    box: opt.Box = None,
    seconds: opt.Seconds = None,
    stats: opt.Stats = None,
    screenshot: Annotated[
        Path | None, typer.Option("--screenshot", metavar="FILE.png", help="Save a picture of the window, at the end.")
    ] = None,
) -> int:
    """Open the window: camera, avatar, preview, recording and virtual camera. What it remembers, options override."""
    from puppet.config import EngineOptions, LiveOptions, changed, parse_box
    from puppet.domain import Framing
    from puppet.prerequisites import has_display

    display = has_display()
    remembered = _remembered() if display else LiveOptions()
    options = LiveOptions(
        camera=_known_camera(camera) or remembered.camera,
        portrait=_known_avatar(avatar) or remembered.portrait,
        pack=remembered.pack if pack is None else pack,
        controls=changed(remembered.controls, motion, output, mirror, strength, mouth, eyes, smoothing),
        framing=Framing(framing),
        size=_size(size) or remembered.size,
        engine=EngineOptions(
            remembered.engine.engine if engine is None else engine,
            remembered.engine.precision if precision is None else precision,
            remembered.engine.device if device is None else device,
        ),
        governor=governor,
        notice=remembered.notice,
        box=None if box is None else parse_box(box),
    )
    _check_outputs(stats, screenshot)
    if not display:
        return _run_without_window(options, seconds or HEADLESS_SECONDS, stats)
    return _run_window(options, seconds, stats, screenshot)


@app.command()
def live(
    camera: opt.Camera = None,
    virtual_camera: Annotated[bool, typer.Option("--virtual-camera", help="Show it to other programs.")] = False,
    record: Annotated[Path | None, typer.Option("--record", metavar="OUT.mp4", help="Record to a new file.")] = None,
    avatar: opt.Avatar = None,
    pack: opt.Pack = "face",
    motion: opt.Motion = None,
    framing: opt.Framing = "auto",
    output: opt.Output = None,
    size: opt.Size = None,
    mirror: opt.Mirror = None,
    strength: opt.Strength = None,
    mouth: opt.Mouth = None,
    eyes: opt.Eyes = None,
    smoothing: opt.Smoothing = None,
    engine: opt.Engine = "auto",
    precision: opt.Precision = "auto",
    device: opt.Device = "auto",
    governor: opt.Governor = True,
    box: opt.Box = None,
    overlay: opt.Overlays = None,
    swap: Annotated[
        list[str] | None,
        typer.Option(
            "--swap",
            metavar="2,4",
            help="Put these segments of the avatar on the camera's own picture; again for each --other.",
            rich_help_panel="Swap",
        ),
    ] = None,
    other: Annotated[
        list[str] | None,
        typer.Option("--other", metavar="IMAGE", help="A further avatar that gives parts.", rich_help_panel="Swap"),
    ] = None,
    mask: opt.Mask = "segments",
    hard: opt.Hard = False,
    source_mask: opt.SourceMask = False,
    motion_track: opt.MotionTrack = None,
    seconds: opt.Seconds = None,
    stats: opt.Stats = None,
) -> int:
    """The same live loop without a window; Ctrl-C ends it."""
    from puppet.config import (
        DEFAULT_SIZE,
        LIVE_CONTROLS,
        EngineOptions,
        LiveOptions,
        changed,
        parse_box,
        parse_overlay,
        parse_swap,
    )
    from puppet.domain import Framing, Overlay

    controls = changed(LIVE_CONTROLS, motion, output, mirror, strength, mouth, eyes, smoothing)
    options = LiveOptions(
        camera=_known_camera(camera),
        portrait=_known_avatar(avatar),
        pack=pack,
        controls=replace(
            controls,
            swap=parse_swap(swap or (), mask, hard, source_mask),
            overlay=Overlay.NONE if overlay is None else parse_overlay(overlay),
        ),
        framing=Framing(framing),
        size=_size(size) or DEFAULT_SIZE,
        engine=EngineOptions(engine, precision, device),
        governor=governor,
        virtual_camera=virtual_camera,
        record=record,
        box=None if box is None else parse_box(box),
        others=tuple(name for name in other or () if _known_avatar(name)),
        motion_track=motion_track,
    )
    _check_outputs(stats)
    return _live(options, seconds, stats)


for command in (animate, swap, train, cameras, doctor, bench):
    app.command()(command)


@packs_app.command("list")
def packs_list() -> int:
    """The packs that --pack knows by name."""
    from puppet.cli.console import table
    from puppet.packs import DEFAULT_PACK, list_packs

    rows = [
        (
            f"{pack.name} (default)" if pack.name == DEFAULT_PACK else pack.name,
            pack.card.family,
            f"{pack.size}x{pack.size}",
            pack.card.licence,
            pack.card.description,
        )
        for pack in list_packs()
    ]
    table(("pack", "family", "size", "licence", "description"), rows)
    return 0


@packs_app.command("info")
def packs_info(pack: opt.PackName) -> int:
    """What a pack's manifest says."""
    from puppet.cli.console import table
    from puppet.packs import open_pack

    opened = open_pack(pack)
    facts = [(field.name, str(getattr(opened.card, field.name))) for field in fields(opened.card)]
    table(("folder", str(opened.folder)), [*facts, ("files", ", ".join(opened.files))])
    return 0


@packs_app.command("verify")
def packs_verify(pack: opt.PackName) -> int:
    """Check every file of a pack against its checksum."""
    from puppet.cli.console import result
    from puppet.packs import open_pack, verify_pack

    opened = open_pack(pack)
    verify_pack(opened)
    result(f"{opened.name}: every file is as its checksum says.")
    return 0


def _remembered() -> LiveOptions:
    """What the window was like when it was last closed; what is gone since then is left to chance."""
    from puppet.config import EngineOptions, LiveOptions
    from puppet.gallery import Gallery
    from puppet.packs import DEFAULT_PACK, is_pack
    from puppet.settings import load_settings

    loaded = load_settings()
    settings = loaded.settings
    names = {item.name for item in Gallery().portraits()}
    return LiveOptions(
        camera=settings.camera or None,
        portrait=settings.portrait if settings.portrait in names else None,
        controls=settings.controls,
        size=settings.size,
        pack=settings.pack if is_pack(settings.pack) else DEFAULT_PACK,
        engine=EngineOptions(settings.engine, settings.precision, settings.device),
        notice=loaded.warning,
    )


def _run_window(options: LiveOptions, seconds: float | None, stats: Path | None, screenshot: Path | None) -> int:
    from puppet.cli.console import tell

    if options.notice:
        tell(options.notice)
    try:
        from ui.app import run_window
    except ImportError as error:
        raise ConfigError(f"The window cannot open: {error}; `python main.py live` needs none.") from error
    return run_window(options, seconds=seconds, stats=stats, screenshot=screenshot)


def _run_without_window(options: LiveOptions, seconds: float, stats: Path | None) -> int:
    from puppet.cli.console import tell
    from puppet.media.files import recording_path

    tell(f"No display: for {seconds:g} s the portrait is animated into a recording instead of a window.")
    return _live(replace(options, record=recording_path()), seconds, stats)


def _live(options: LiveOptions, seconds: float | None, stats: Path | None) -> int:
    from puppet.cli.console import result, status_line
    from puppet.live.headless import run_live
    from puppet.live.opening import open_session
    from puppet.live.statistics import write_stats
    from puppet.media.files import RECORDING_EXTENSIONS, check_output
    from puppet.motion.motion_track import EXTENSIONS as TRACK_EXTENSIONS
    from puppet.motion.motion_track import write_motion_track

    if options.record:
        check_output(options.record, RECORDING_EXTENSIONS)
    if options.motion_track:
        check_output(options.motion_track, TRACK_EXTENSIONS)
    with status_line() as show:
        session = open_session(options, preview=False)
        ended = run_live(session, options, seconds, show)
    if stats:
        write_stats(stats, ended.status, ended.seconds)
    if ended.recording:
        result(str(ended.recording))
    track = session.motion()
    if options.motion_track and track and (track.seen or not ended.error):
        write_motion_track(options.motion_track, track)
        result(str(options.motion_track))
    if ended.error:
        raise ended.error
    if options.record and not ended.recording and not ended.exit_code:
        reason = ended.status.message or f"no picture was finished in {ended.seconds:.1f} s."
        raise SinkError(f"{options.record}: nothing was recorded: {reason}")
    return ended.exit_code


def _size(text: str | None) -> tuple[int, int] | None:
    from puppet.config import parse_size

    return None if text is None else parse_size(text)


def _known_avatar(name: str | None) -> str | None:
    """The avatar's name, once it is sure that there is one. Raises ConfigError, which lists the known ones."""
    if name is not None:
        from puppet.gallery import Gallery

        Gallery().find(name)
    return name


def _known_camera(which: str | None) -> str | None:
    """The camera's name, once it is sure that there is one, and that a file in its place can be played."""
    if which is not None:
        from puppet.cameras.base import camera_opener

        opener = camera_opener(which)
        if Path(which).is_file():
            opener().close()
    return which


def _check_outputs(stats: Path | None, screenshot: Path | None = None) -> None:
    """Refuse what could not be written at the end; these may be replaced, scripts write them again and again."""
    from puppet.media.files import PICTURE_EXTENSIONS, check_output

    if stats:
        check_output(stats, (), overwrite=True)
    if screenshot:
        check_output(screenshot, PICTURE_EXTENSIONS, overwrite=True)


if __name__ == "__main__":
    sys.exit(main())
