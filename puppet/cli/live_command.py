"""Beginning and end of `run` and `live`: the window's saved options, and a session without a window.

Heavy imports happen inside.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from puppet.config import AS_IT_IS, EngineOptions, LiveOptions, MicrophoneOptions, RecordingOptions
from puppet.controls import BackgroundKind
from puppet.errors import ConfigError, PuppetError, SinkError


def saved_options() -> LiveOptions:
    """Return the options of the window when it was last closed; a portrait or pack that is gone is left out."""
    from puppet.packs import DEFAULT_PACK, is_pack
    from puppet.userdata.gallery import Gallery
    from puppet.userdata.settings import load_settings

    loaded = load_settings()
    settings = loaded.settings
    names = {item.name for item in Gallery().portraits()}
    return LiveOptions(
        camera=settings.camera or None,
        camera_options=settings.cameras.get(settings.camera, AS_IT_IS),
        portrait=settings.portrait if settings.portrait in names else None,
        controls=settings.controls,
        size=settings.size,
        pack=settings.pack if is_pack(settings.pack) else DEFAULT_PACK,
        engine=EngineOptions(settings.engine, settings.precision, settings.device),
        notice=loaded.warning,
        microphone=MicrophoneOptions(settings.microphone, settings.microphone_gain_db, settings.microphone_delay_ms)
        if settings.microphone
        else None,
        recording=RecordingOptions(settings.quality, replay=settings.replay),
        takes=settings.takes,
        fallback=settings.fallback,
        ice=settings.ice,
        virtual_camera=settings.virtual_camera and settings.controls.background.kind is not BackgroundKind.NONE,
    )


def run_headless(options: LiveOptions, seconds: float | None, stats: Path | None) -> int:
    """Run a session without a window to its end, write its outputs, and return the exit code.

    Args:
        options: sinks and motion track included; these files must be new.
        seconds: duration; None: until Ctrl-C.
        stats: JSON file for the statistics, or None.

    Raises:
        PuppetError: the session or its last sink failed, an output cannot be written, or nothing was recorded.
    """
    from puppet.api.live_host import served
    from puppet.cli.console import result, status_line, tell
    from puppet.live.headless import run_live
    from puppet.live.opening import open_session
    from puppet.live.statistics import write_stats
    from puppet.media.files import RECORDING_EXTENSIONS, check_output
    from puppet.media.leftovers import own_folders, recover_leftovers
    from puppet.motion.motion_track import EXTENSIONS, write_motion_track
    from puppet.takes.take import recover_takes, take_folder

    if options.record:
        check_output(options.record, RECORDING_EXTENSIONS)
    if options.motion_track:
        check_output(options.motion_track, EXTENSIONS)
    if options.takes:
        if options.record:
            raise ConfigError("--take and --record exclude each other; a take has a folder of its own")
        options = replace(options, record=take_folder())
    outputs = [path.parent for path in (options.record, options.motion_track, stats) if path is not None]
    for line in (*recover_leftovers([*outputs, *own_folders()]), *recover_takes()):
        tell(line)
    try:
        with status_line() as show:
            session = open_session(options, preview=False)
            with served(session, options.api_port):
                ended = run_live(session, options, seconds, show)
    finally:
        if options.takes and options.record:
            with suppress(OSError):
                options.record.rmdir()  # of a take that never began
    errors = [ended.error] if ended.error else []

    def attempt(write: Callable[[], object]) -> None:
        """Write an output, also when another one failed."""
        try:
            write()
        except PuppetError as error:
            errors.append(error)

    if ended.recording:
        attempt(partial(result, str(ended.recording)))
    if stats:
        attempt(partial(write_stats, stats, ended.status, ended.seconds))
    track = session.motion()
    if options.motion_track and track and (track.has_poses or not ended.error):
        attempt(partial(write_motion_track, options.motion_track, track, overwrite=False))
        if options.motion_track.exists():
            attempt(partial(result, str(options.motion_track)))
    if options.record and not ended.recording and not ended.exit_code and not errors:
        reason = ended.status.message or f"no picture was finished in {ended.seconds:.1f} s"
        errors.append(SinkError(f"{options.record}: nothing was recorded: {reason}"))
    for line in dict.fromkeys(str(error) for error in errors[1:]):
        if line != str(errors[0]):
            tell(line)
    if errors:
        raise errors[0]
    return ended.exit_code
