"""Puppet's command line: the only place that reads options, prints, and chooses an exit code.

`run` and `live` stand here, the other commands in `puppet.cli` and `export.cli`. Everything heavy is imported inside
the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from export.cli.packs import packs_export, packs_import
from export.cli.train import train
from puppet.cli.adapter import given, takes_options
from puppet.cli.pack_commands import packs_info, packs_list, packs_verify
from puppet.cli.parameters import (
    CameraParameters,
    EngineParameters,
    LastPackOption,
    LiveSwapParameters,
    MotionParameters,
    PackOption,
    PictureParameters,
    SessionParameters,
    SinkParameters,
    StudyParameters,
    WindowParameters,
)
from puppet.cli.render_commands import animate, swap
from puppet.cli.system_commands import bench, cameras, doctor
from puppet.config import LIVE_CONTROLS, EngineOptions, LiveOptions
from puppet.errors import ConfigError, PuppetError, SinkError

FAILED = 2
INTERRUPTED = 130
HEADLESS_SECONDS = 20.0

app = typer.Typer(
    help="Animate a still portrait with your webcam, in real time. Without a command, the window opens.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
packs_app = typer.Typer(help="List, check, import and export model packs.", no_args_is_help=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit code: 0, 2 for an error the user can act on, 130 for Ctrl-C."""
    arguments = _complete(sys.argv[1:] if arguments is None else arguments)
    try:
        return app(arguments, prog_name="python main.py", standalone_mode=False) or 0
    except PuppetError as error:
        return _refuse(str(error))
    except typer.TyperException as error:
        return _refuse(error.format_message())
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


def _complete(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `run` in front when no command is named, and with -v moved to the front."""
    verbose = [argument for argument in arguments if argument in ("-v", "--verbose")]
    rest = [argument for argument in arguments if argument not in verbose]
    if not rest or (rest[0].startswith("-") and rest[0] != "--help"):
        rest.insert(0, "run")
    return [*verbose[:1], *rest]


def _refuse(message: str) -> int:
    from puppet.cli.console import refuse

    refuse(message)
    return FAILED


@app.callback()
def _common(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step to stderr.")] = False,
) -> None:
    from puppet.cli.console import log_to_stderr

    log_to_stderr(verbose)


@app.command()
@takes_options(unset="last used")
def run(
    *,
    camera: CameraParameters,
    picture: PictureParameters,
    motion: MotionParameters,
    pack: LastPackOption = None,
    engine: EngineParameters,
    window: WindowParameters,
) -> int:
    """Open the window: camera, portrait, preview, recording and virtual camera. Options override saved settings."""
    from puppet.prerequisites import has_display

    display = has_display()
    saved = _saved_options() if display else LiveOptions()
    options = replace(
        given(saved, camera, picture, window),
        pack=pack or saved.pack,
        controls=given(saved.controls, camera, picture, motion),
        engine=given(saved.engine, engine),
    )
    if not display:
        return _run_without_window(options, window.seconds or HEADLESS_SECONDS, window.stats)
    return _run_window(options, window.seconds, window.stats, window.screenshot)


@app.command()
@takes_options(LIVE_CONTROLS, EngineOptions())
def live(
    *,
    camera: CameraParameters,
    picture: PictureParameters,
    motion: MotionParameters,
    pack: PackOption = "face",
    engine: EngineParameters,
    session: SessionParameters,
    sinks: SinkParameters,
    parts: LiveSwapParameters,
    study: StudyParameters,
) -> int:
    """Animate live without a window, until Ctrl-C."""
    controls = given(LIVE_CONTROLS, camera, picture, motion, study)
    options = LiveOptions(
        pack=pack,
        controls=replace(controls, swap=parts.part_swap()),
        engine=given(EngineOptions(), engine),
        others=parts.other_portraits(),
    )
    return _live(given(options, camera, picture, session, sinks, study), session.seconds, session.stats)


for command in (animate, swap, train, cameras, doctor, bench):
    app.command()(command)
app.add_typer(packs_app, name="packs")
packs_app.command("list")(packs_list)
packs_app.command("info")(packs_info)
packs_app.command("verify")(packs_verify)
packs_app.command("import")(packs_import)
packs_app.command("export")(packs_export)


def _saved_options() -> LiveOptions:
    """Return the options of the window when it was last closed; a portrait or pack that is gone is left out."""
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
        raise ConfigError(f"The window cannot open: {error}; use `python main.py live`") from error
    return run_window(options, seconds=seconds, stats=stats, screenshot=screenshot)


def _run_without_window(options: LiveOptions, seconds: float, stats: Path | None) -> int:
    from puppet.cli.console import tell
    from puppet.media.files import recording_path

    tell(f"No display: the portrait is recorded for {seconds:g} s instead of shown in a window")
    return _live(replace(options, record=recording_path()), seconds, stats)


def _live(options: LiveOptions, seconds: float | None, stats: Path | None) -> int:
    """Run a session without a window to its end, then write what was asked for."""
    from puppet.cli.console import result, status_line
    from puppet.live.headless import run_live
    from puppet.live.opening import open_session
    from puppet.live.statistics import write_stats
    from puppet.media.files import RECORDING_EXTENSIONS, check_output
    from puppet.motion.motion_track import EXTENSIONS, write_motion_track

    if options.record:
        check_output(options.record, RECORDING_EXTENSIONS)
    if options.motion_track:
        check_output(options.motion_track, EXTENSIONS)
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
        reason = ended.status.message or f"no picture was finished in {ended.seconds:.1f} s"
        raise SinkError(f"{options.record}: nothing was recorded: {reason}")
    return ended.exit_code


if __name__ == "__main__":
    sys.exit(main())
