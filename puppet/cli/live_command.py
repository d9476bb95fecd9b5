"""Beginning and end of `run` and `live`: the window's saved options, and a session without a window.

Heavy imports happen inside.
"""

from __future__ import annotations

from pathlib import Path

from puppet.config import EngineOptions, LiveOptions
from puppet.errors import SinkError


def saved_options() -> LiveOptions:
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


def run_headless(options: LiveOptions, seconds: float | None, stats: Path | None) -> int:
    """Run a session without a window to its end, write its outputs, and return the exit code.

    Args:
        options: sinks and motion track included; these files must be new.
        seconds: duration; None: until Ctrl-C.
        stats: JSON file for the statistics, or None.

    Raises:
        PuppetError: the session failed, or nothing was recorded.
    """
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
    if options.motion_track and track and (track.has_poses or not ended.error):
        write_motion_track(options.motion_track, track)
        result(str(options.motion_track))
    if ended.error:
        raise ended.error
    if options.record and not ended.recording and not ended.exit_code:
        reason = ended.status.message or f"no picture was finished in {ended.seconds:.1f} s"
        raise SinkError(f"{options.record}: nothing was recorded: {reason}")
    return ended.exit_code
