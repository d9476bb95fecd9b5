"""Options about what is written: the mark of AI-made media, the badge, the microphone; for `takes_options`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from puppet import config
from puppet.cli.typer_adapter import option
from puppet.controls import BADGE_SIZE_RANGE, Badge, Controls, Corner
from puppet.errors import ConfigError

NO_MICROPHONE = "none"
_BADGE = Badge()


def known_microphone(which: str) -> str:
    """Return the name of a microphone that exists and can be opened, or "none". Raises MicrophoneError."""
    if which != NO_MICROPHONE:
        from puppet.microphones.opening import open_microphone

        open_microphone(which).close()
    return which


@dataclass(frozen=True, slots=True)
class MicrophoneParameters:
    """Microphone."""

    microphone: str | None = option(
        "--microphone",
        "NAME|none",
        'Record this microphone, or a part of its name; "default": the system\'s; see the command microphones.',
        parser=known_microphone,
        shown="none",
    )
    microphone_gain: float = option(
        "--microphone-gain", "DB", "Record louder or quieter.", default=0.0, within=config.MICROPHONE_GAIN_RANGE_DB
    )
    microphone_delay: float = option(
        "--microphone-delay",
        "MS",
        "Delay the sound in the recording by the time that the camera itself takes.",
        default=0.0,
        within=config.MICROPHONE_DELAY_RANGE_MS,
    )

    def chosen(self) -> config.MicrophoneOptions | None:
        """Return the microphone that was asked for, or None."""
        if self.microphone is None or self.microphone == NO_MICROPHONE:
            return None
        return config.MicrophoneOptions(self.microphone, self.microphone_gain, self.microphone_delay)


@dataclass(frozen=True, slots=True)
class RecordingParameters:
    """Recording."""

    takes: bool | None = option(
        "--take/--no-take",
        None,
        "Record a take: picture, sound and motion in a folder of its own, to be rendered again at will.",
        shown="take in the window, none without",
    )
    quality: config.Quality | None = option(
        "--quality", "small|good|best", "Smaller files or better pictures.", shown=config.RECORDING.quality
    )
    hardware: bool = option(
        "--hardware-encoder/--no-hardware-encoder",
        None,
        "Encode recordings on the graphics card where a trial works.",
        default=True,
    )
    side_by_side: bool = option(
        "--side-by-side", None, "Show your own camera picture in the recording, at the right.", default=False
    )

    def recording(self, saved: config.RecordingOptions = config.RECORDING) -> config.RecordingOptions:
        """Return the options that were given; what was not is as in `saved`."""
        quality = self.quality or saved.quality
        return config.RecordingOptions(quality, self.hardware, self.side_by_side, saved.replay)


@dataclass(frozen=True, slots=True)
class MarkParameters:
    """Mark as AI-made."""

    marked: bool = option(
        "--mark/--no-mark",
        None,
        "Mark the files as AI-made: IPTC's digital source type, tool and version, no names.",
        default=True,
    )
    certificate: Path | None = option(
        "--certificate", "CHAIN.pem", "Sign a C2PA manifest with this certificate, too; needs the extra c2pa."
    )
    certificate_key: Path | None = option("--certificate-key", "KEY.pem", "The certificate's private key.")
    badge: bool | None = option("--badge/--no-badge", None, "Show a label in the picture.", shown="no label")
    badge_text: str | None = option("--badge-text", "TEXT", "Text of the label.", shown=_BADGE.text)
    badge_corner: Corner | None = option("--badge-corner", None, "Corner of the label.", shown=_BADGE.corner.value)
    badge_size: float | None = option(
        "--badge-size",
        "F",
        "Height of the label's text, as a share of the shorter side.",
        within=BADGE_SIZE_RANGE,
        shown=f"{_BADGE.size:g}",
    )

    def mark(self) -> config.Mark | None:
        """Return the mark; None when it is switched off, with a line about it. Raises PuppetError for a certificate."""
        if not self.marked:
            _tell_unmarked()
            return None
        if self.certificate is None and self.certificate_key is None:
            return config.MARK
        if self.certificate is None or self.certificate_key is None:
            raise ConfigError("--certificate and --certificate-key belong together; give both")
        from puppet.media.content_credentials import check_certificate

        certificate = config.Certificate(self.certificate, self.certificate_key)
        check_certificate(certificate)
        return config.Mark(certificate)

    def with_badge(self, controls: Controls) -> Controls:
        """Return the controls with the badge that was asked for, or without one; as they are when nothing was asked."""
        chosen: dict[str, Any] = {"text": self.badge_text, "corner": self.badge_corner, "size": self.badge_size}
        chosen = {name: value for name, value in chosen.items() if value is not None}
        if self.badge is None and not chosen:
            return controls
        badge = None if self.badge is False else replace(controls.badge or _BADGE, **chosen)
        return replace(controls, badge=badge)


def _tell_unmarked() -> None:
    from puppet.cli.console import tell

    tell("--no-mark: the files do not say that they are AI-made; where the law asks for that, add the mark yourself")
