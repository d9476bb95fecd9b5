"""The API's host for a session without a window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from typing_extensions import override

from puppet.api.host import ApiCommand, ApiHost, HostState
from puppet.api.server import ApiServer
from puppet.domain import SinkKind
from puppet.live.session_protocol import LiveSession
from puppet.media.files import recording_path
from puppet.media.portrait_file import read_portrait
from puppet.userdata.api_grants import ApiGrants
from puppet.userdata.gallery import Gallery
from puppet.userdata.presets import FIELDS, Preset, load_presets

_STATE_S = 0.02  # a state is used for so long: portraits and presets are files


class LiveHost(ApiHost):
    """Controls a session; on the API's thread, which waits while a portrait is analysed."""

    def __init__(self, session: LiveSession) -> None:
        self._session, self._gallery = session, Gallery()
        self._commands: dict[str, Callable[[], object]] = {
            "hide": self.toggle_hidden,
            "calibrate": self.calibrate,
            "best moment": self.take_best_moment,
            "re-anchor": self.reanchor,
            "record": self.toggle_recording,
            "virtual camera": self.toggle_virtual_camera,
            "mirror": lambda: self.set_controls(mirror=not session.controls.mirror),
        }
        self._presets: list[Preset] = load_presets()[0]
        self._names = tuple(item.name for item in self._gallery.portraits())
        self._known: tuple[float, HostState] | None = None

    @override
    def state(self) -> HostState:
        now_s = time.monotonic()
        if self._known is None or now_s - self._known[0] > _STATE_S:
            self._known = now_s, self._newest()
        return replace(self._known[1], controls=self._session.controls)

    def _newest(self) -> HostState:
        rendered, saved = self._session.preview(), self._session.saved_neutral()
        return HostState(
            self._session.status(),
            self._session.controls,
            self._names,
            tuple(preset.name for preset in self._presets),
            commands=tuple(ApiCommand(name, name[:1].upper() + name[1:]) for name in self._commands),
            pose=rendered.driving if rendered is not None else None,
            neutral=saved.pose if saved is not None else None,
        )

    @override
    def run_command(self, identity: str) -> None:
        self._commands[identity]()

    @override
    def show_portrait(self, name: str) -> None:
        self._session.show(self._session.prepare(read_portrait(self._gallery.find(name).path), name))

    @override
    def use_preset(self, name: str) -> None:
        chosen = next(preset.controls for preset in self._presets if preset.name == name)
        self.set_controls(**{field: getattr(chosen, field) for field in FIELDS})

    @override
    def set_controls(self, **values: object) -> None:
        self._session.set_controls(replace(self._session.controls, **values))  # type: ignore[arg-type] # fields of Controls

    @override
    def calibrate(self) -> None:
        self._session.calibrate()

    @override
    def take_best_moment(self) -> None:
        self._session.take_best_moment()

    @override
    def reanchor(self) -> None:
        self._session.reanchor()

    @override
    def toggle_hidden(self) -> None:
        self.set_controls(idle=not self._session.controls.idle)

    @override
    def toggle_recording(self) -> None:
        if SinkKind.RECORDER in self._session.status().sinks:
            self._session.stop_recording()
        else:
            self._session.start_recording(recording_path())
        self._known = None

    @override
    def toggle_virtual_camera(self) -> None:
        if SinkKind.VIRTUAL_CAMERA in self._session.status().sinks:
            self._session.stop_virtual_camera()
        else:
            self._session.start_virtual_camera()
        self._known = None

    @override
    def ask_permission(self, plugin: str, developer: str, answer: Callable[[bool], None]) -> None:
        answer(False)  # granted in the window only


@contextmanager
def served(session: LiveSession, port: int | None) -> Iterator[None]:
    """Serve the API for a session inside the context; None: do nothing. Raises ConfigError if the port is taken."""
    if port is None:
        yield
        return
    server = ApiServer(LiveHost(session), ApiGrants(), lambda run: run(), port=port)
    server.start()
    try:
        yield
    finally:
        server.stop()
