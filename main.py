"""Puppet's command line: the only place that reads options, prints, and chooses an exit code.

`run` and `live` stand here, the other commands in `puppet.cli` and `export.cli`. Everything heavy is imported inside
the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Until `main` handles it, while modules are imported, Ctrl-C ends the program without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import typer

from export.cli.packs import packs_export, packs_import
from export.cli.train import train
from puppet.cli import parameters as opt
from puppet.cli.camera_setup_command import camera_setup
from puppet.cli.inspect_command import inspect
from puppet.cli.live_command import run_headless, saved_options
from puppet.cli.pack_commands import packs_info, packs_list, packs_verify
from puppet.cli.portrait_commands import portrait_info, portrait_make
from puppet.cli.recording_parameters import MarkParameters, MicrophoneParameters, RecordingParameters
from puppet.cli.remote_commands import pair, serve
from puppet.cli.render_commands import animate, swap
from puppet.cli.system_commands import bench, cameras, doctor, microphones
from puppet.cli.take_commands import takes_list, takes_render
from puppet.cli.typer_adapter import given, takes_options
from puppet.concurrency.signals import interrupt_on_signals
from puppet.config import LIVE_CONTROLS, EngineOptions, LiveOptions
from puppet.engines.library_shutdown import end_program
from puppet.errors import ConfigError, PuppetError
from puppet.installation import COMMAND

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
takes_app = typer.Typer(help="List recorded takes, and render them again.", no_args_is_help=False)
portrait_app = typer.Typer(help="Make portraits of several pictures of one person.", no_args_is_help=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit code: 0, 2 for an error the user can act on, 128 + the number of a signal."""
    from puppet.cli.console import checked_stdout

    arguments = _complete(sys.argv[1:] if arguments is None else arguments)
    signals: list[int] = []
    try:
        with interrupt_on_signals() as signals, checked_stdout():
            code = app(arguments, prog_name=COMMAND, standalone_mode=False) or 0
    except PuppetError as error:
        return _refuse("; ".join([str(error), *getattr(error, "__notes__", [])]))
    except typer.TyperException as error:
        return _refuse(error.format_message())
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    return 128 + signals[0] if signals else code


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
    camera: opt.CameraParameters,
    picture: opt.BackgroundParameters,
    motion: opt.MotionParameters,
    pack: opt.LastPackOption = None,
    engine: opt.EngineParameters,
    window: opt.WindowParameters,
    microphone: MicrophoneParameters,
    recording: RecordingParameters,
    mark: MarkParameters,
) -> int:
    """Open the window: camera, portrait, preview, recording and virtual camera. Options override saved settings."""
    from puppet.prerequisites import has_display

    display = has_display()
    saved = saved_options() if display else LiveOptions()
    options = replace(
        given(saved, camera, picture, window),
        pack=pack or saved.pack,
        controls=mark.with_badge(given(saved.controls, camera, picture, motion)),
        engine=given(saved.engine, engine),
        mark=mark.mark(),
        microphone=saved.microphone if microphone.microphone is None else microphone.chosen(),
        recording=recording.recording(saved.recording),
        takes=saved.takes if recording.takes is None else recording.takes,
    )
    if not display:
        return _run_without_window(options, window.seconds or HEADLESS_SECONDS, window.stats)
    return _run_window(options, window.seconds, window.stats, window.screenshot)


@app.command()
def hide() -> None:
    """Hide the performer in the open window, or show them again; for a key of the desktop's own."""
    try:
        from ui.single_instance import SingleInstance
    except ImportError as error:
        raise ConfigError(f"There is no window to hide in: {error}; run `{COMMAND} doctor`") from error
    if not SingleInstance().hide_performer():
        raise ConfigError(f"No window of Puppet is open; open it with `{COMMAND} run`")


@app.command()
@takes_options(LIVE_CONTROLS, EngineOptions())
def live(
    *,
    camera: opt.CameraParameters,
    picture: opt.BackgroundParameters,
    motion: opt.MotionParameters,
    pack: opt.PackOption = "face",
    engine: opt.EngineParameters,
    session: opt.SessionParameters,
    sinks: opt.SinkParameters,
    microphone: MicrophoneParameters,
    recording: RecordingParameters,
    parts: opt.LiveSwapParameters,
    study: opt.StudyParameters,
    mark: MarkParameters,
) -> int:
    """Animate live without a window, until Ctrl-C."""
    controls = mark.with_badge(given(LIVE_CONTROLS, camera, picture, motion, study))
    options = LiveOptions(
        pack=pack,
        controls=replace(controls, swap=parts.part_swap()),
        engine=given(EngineOptions(), engine),
        others=parts.other_portraits(),
        mark=mark.mark(),
        microphone=microphone.chosen(),
        recording=recording.recording(),
        takes=recording.takes or False,
    )
    return run_headless(given(options, camera, picture, session, sinks, study), session.seconds, session.stats)


for command in (animate, swap, inspect, train, cameras, microphones, camera_setup, doctor, bench, serve, pair):
    app.command()(command)
app.add_typer(portrait_app, name="portrait")
portrait_app.command("make")(portrait_make)
portrait_app.command("info")(portrait_info)
app.add_typer(takes_app, name="takes")
takes_app.command("list")(takes_list)
takes_app.command("render")(takes_render)
app.add_typer(packs_app, name="packs")
packs_app.command("list")(packs_list)
packs_app.command("info")(packs_info)
packs_app.command("verify")(packs_verify)
packs_app.command("import")(packs_import)
packs_app.command("export")(packs_export)


def _run_window(options: LiveOptions, seconds: float | None, stats: Path | None, screenshot: Path | None) -> int:
    from puppet.cli.console import tell

    if options.notice:
        tell(options.notice)
    try:
        from puppet.userdata.settings import load_settings
        from ui.translation import use_language

        use_language(load_settings().settings.language)  # before texts are imported
        from ui.app import run_window
    except ImportError as error:
        raise ConfigError(f"The window cannot open: {error}; run `{COMMAND} doctor`, or `{COMMAND} live`") from error
    return run_window(options, seconds=seconds, stats=stats, screenshot=screenshot)


def _run_without_window(options: LiveOptions, seconds: float, stats: Path | None) -> int:
    from puppet.cli.console import tell
    from puppet.media.files import recording_path, release

    tell(f"No display: the portrait is recorded for {seconds:g} s instead of shown in a window")
    path = recording_path()
    try:
        return run_headless(replace(options, record=path), seconds, stats)
    finally:
        release(path)


if __name__ == "__main__":
    end_program(main())
