"""Answers to the requests of one client, apart from authentication. On the host's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from puppet import __version__
from puppet.api.host import ApiHost, HostState
from puppet.api.messages import (
    ApiError,
    CalibrationChoice,
    ErrorId,
    ExpressionChoice,
    HotkeyChoice,
    Injection,
    ModelChoice,
    Named,
    NoData,
    ParameterChoice,
    Switched,
)
from puppet.controls import GAIN_RANGE, GAINS, SMOOTHING_RANGE, Controls
from puppet.domain import Following, SinkKind
from puppet.motion.face_parameters import face_parameters

Data = dict[str, Any]

EXPRESSION_SUFFIX = ".exp3.json"
"""Ends the names of expressions in VTube Studio, and so those of presets here."""
_SLIDERS = {f"Puppet{name.title().replace('_', '')}": name for name in (*GAINS, "smoothing")}
_DEFAULTS = Controls()


@dataclass(frozen=True, slots=True)
class Handler:
    """Answers one kind of request.

    Attributes:
        data: dataclass of its data.
        answer: returns the answer's data.
    """

    data: type
    answer: Callable[[ApiHost, Any], Data]


def statistics(state: HostState, *, uptime_ms: int, allowed: int, connected: int) -> Data:
    """Return the data of StatisticsResponse; the server knows the last three."""
    return {
        "uptime": uptime_ms,
        "framerate": round(state.status.fps),
        "vTubeStudioVersion": f"Puppet {__version__}",
        "allowedPlugins": allowed,
        "connectedPlugins": connected,
        "startedWithSteam": False,
        "windowWidth": state.size[0],
        "windowHeight": state.size[1],
        "windowIsFullscreen": state.full_screen,
    }


def status_event(state: HostState) -> Data:
    """Return the data of PuppetStatusEvent and PuppetStatusResponse."""
    status = state.status
    return {
        "state": status.state.value,
        "following": status.following.value,
        "portrait": status.portrait,
        "preset": state.preset,
        "camera": status.camera,
        "fps": round(status.fps, 1),
        "latencyMs": None if status.latency is None else round(status.latency.p50_ms, 1),
        "recording": SinkKind.RECORDER in status.sinks,
        "virtualCamera": SinkKind.VIRTUAL_CAMERA in status.sinks,
        "hidden": state.controls.idle,
        "message": status.message,
    }


def model_event(state: HostState) -> Data:
    """Return the data of ModelLoadedEvent."""
    return _model(state)


def tracking_event(state: HostState) -> Data:
    """Return the data of TrackingStatusChangedEvent."""
    found = _face_found(state)
    return {"faceFound": found, "leftHandFound": False, "rightHandFound": False}


def _model(state: HostState) -> Data:
    name = state.status.portrait
    return {"modelLoaded": bool(name), "modelName": name, "modelID": name}


def _current_model(host: ApiHost, _data: NoData) -> Data:
    state = host.state()
    return _model(state) | {
        "vtsModelName": state.status.portrait,
        "vtsModelIconName": "",
        "live2DModelName": "",
        "modelLoadTime": 0,
        "timeSinceModelLoaded": 0,
        "numberOfLive2DParameters": len(_SLIDERS),
        "numberOfLive2DArtmeshes": 0,
        "hasPhysicsFile": False,
        "numberOfTextures": 1,
        "textureResolution": 0,
        "modelPosition": {"positionX": 0.0, "positionY": 0.0, "rotation": 0.0, "size": 0.0},
    }


def _models(host: ApiHost, _data: NoData) -> Data:
    state = host.state()
    models = [
        {
            "modelLoaded": name == state.status.portrait,
            "modelName": name,
            "modelID": name,
            "vtsModelName": name,
            "vtsModelIconName": "",
        }
        for name in state.portraits
    ]
    return {"numberOfModels": len(models), "availableModels": models}


def _load_model(host: ApiHost, data: ModelChoice) -> Data:
    _show_portrait(host, Named(data.modelID))
    return {"modelID": data.modelID}


def _hotkeys(host: ApiHost, data: ModelChoice) -> Data:
    state = host.state()
    if data.modelID and data.modelID not in state.portraits:
        raise ApiError(ErrorId.MODEL_NOT_FOUND, f"There is no portrait {data.modelID!r}")
    hotkeys = [
        {
            "name": command.name,
            "type": "Unset",
            "description": command.name,
            "file": "",
            "hotkeyID": command.identity,
            "keyCombination": [],
            "onScreenButtonID": -1,
        }
        for command in state.commands
    ]
    return _model(state) | {"availableHotkeys": hotkeys}


def _trigger(host: ApiHost, data: HotkeyChoice) -> Data:
    wanted = data.hotkeyID.casefold()
    for command in host.state().commands:
        if wanted in (command.identity.casefold(), command.name.casefold()):
            host.run_command(command.identity)
            return {"hotkeyID": command.identity}
    raise ApiError(ErrorId.HOTKEY_NOT_FOUND, f"There is no command {data.hotkeyID!r}")


def _expressions(host: ApiHost, _data: NoData) -> Data:
    state = host.state()
    expressions = [
        {
            "name": name,
            "file": name + EXPRESSION_SUFFIX,
            "active": name == state.preset,
            "deactivateWhenKeyIsLetGo": False,
            "autoDeactivateAfterSeconds": False,
            "secondsRemaining": 0,
            "usedInHotkeys": [],
            "parameters": [],
        }
        for name in state.presets
    ]
    return _model(state) | {"expressions": expressions}


def _activate(host: ApiHost, data: ExpressionChoice) -> Data:
    name = data.expressionFile.removesuffix(EXPRESSION_SUFFIX)
    if data.active:
        return _use_preset(host, Named(name))
    if name not in host.state().presets:
        raise ApiError(ErrorId.EXPRESSION_NOT_FOUND, f"There is no preset {name!r}")
    return {}


def _face_found(state: HostState) -> bool:
    return state.status.following in (Following.TRACKING, Following.CALIBRATING, Following.MATCHING)


def _parameters(state: HostState) -> dict[str, Data]:
    """Return every parameter: those of the performer's face, then the sliders."""
    found = {}
    for name, face in face_parameters(state.pose, state.neutral).items():
        found[name] = _parameter(name, face.value, face.low, face.high, face.rest)
    for name, field in _SLIDERS.items():
        low, high = SMOOTHING_RANGE if field == "smoothing" else GAIN_RANGE
        found[name] = _parameter(name, getattr(state.controls, field), low, high, getattr(_DEFAULTS, field))
    return found


def _parameter(name: str, value: float, low: float, high: float, default: float) -> Data:
    return {
        "name": name,
        "addedBy": "Puppet" if name in _SLIDERS else "VTube Studio",
        "value": round(value, 4),
        "min": low,
        "max": high,
        "defaultValue": default,
    }


def _input_parameters(host: ApiHost, _data: NoData) -> Data:
    state = host.state()
    found = _parameters(state)
    custom = [each for name, each in found.items() if name in _SLIDERS]
    default = [each for name, each in found.items() if name not in _SLIDERS]
    return _model(state) | {"customParameters": custom, "defaultParameters": default}


def _model_parameters(host: ApiHost, _data: NoData) -> Data:
    state = host.state()
    found = [{key: each[key] for key in each if key != "addedBy"} for each in _parameters(state).values()]
    return _model(state) | {"parameters": found}


def _parameter_value(host: ApiHost, data: ParameterChoice) -> Data:
    found = _parameters(host.state())
    if data.name not in found:
        raise ApiError(ErrorId.PARAMETER_UNKNOWN, f"There is no parameter {data.name!r}")
    return found[data.name]


def _inject(host: ApiHost, data: Injection) -> Data:
    state = host.state()
    found, values = _parameters(state), dict[str, object]()
    for each in data.parameterValues:
        if each.id not in _SLIDERS:
            known = ", ".join(_SLIDERS)
            raise ApiError(ErrorId.PARAMETER_NOT_FOUND, f"{each.id!r} cannot be set; known here: {known}")
        now = found[each.id]
        value = now["value"] + each.value if data.mode == "add" else each.value
        mixed = now["value"] + each.weight * (value - now["value"])
        values[_SLIDERS[each.id]] = min(max(mixed, now["min"]), now["max"])
    host.set_controls(**values)
    return {}


def _status(host: ApiHost, _data: NoData) -> Data:
    return status_event(host.state())


def _presets(host: ApiHost, _data: NoData) -> Data:
    state = host.state()
    return {"presets": list(state.presets), "preset": state.preset}


def _show_portrait(host: ApiHost, data: Named) -> Data:
    if data.name not in host.state().portraits:
        raise ApiError(ErrorId.MODEL_NOT_FOUND, f"There is no portrait {data.name!r}")
    host.show_portrait(data.name)
    return {"name": data.name}


def _use_preset(host: ApiHost, data: Named) -> Data:
    if data.name not in host.state().presets:
        raise ApiError(ErrorId.EXPRESSION_NOT_FOUND, f"There is no preset {data.name!r}")
    host.use_preset(data.name)
    return {}


def _calibrate(host: ApiHost, data: CalibrationChoice) -> Data:
    {"now": host.calibrate, "best moment": host.take_best_moment, "re-anchor": host.reanchor}[data.how]()
    return {}


def _record(host: ApiHost, data: Switched) -> Data:
    return _switch(data.on, SinkKind.RECORDER in host.state().status.sinks, host.toggle_recording)


def _virtual_camera(host: ApiHost, data: Switched) -> Data:
    return _switch(data.on, SinkKind.VIRTUAL_CAMERA in host.state().status.sinks, host.toggle_virtual_camera)


def _hide(host: ApiHost, data: Switched) -> Data:
    return _switch(data.on, host.state().controls.idle, host.toggle_hidden)


def _switch(wanted: bool | None, now: bool, toggle: Callable[[], None]) -> Data:
    wanted = not now if wanted is None else wanted
    if wanted is not now:
        toggle()
    return {"on": wanted}


HANDLERS = {
    "CurrentModel": Handler(NoData, _current_model),
    "AvailableModels": Handler(NoData, _models),
    "ModelLoad": Handler(ModelChoice, _load_model),
    "HotkeysInCurrentModel": Handler(ModelChoice, _hotkeys),
    "HotkeyTrigger": Handler(HotkeyChoice, _trigger),
    "ExpressionState": Handler(NoData, _expressions),
    "ExpressionActivation": Handler(ExpressionChoice, _activate),
    "FaceFound": Handler(NoData, lambda host, _data: {"found": _face_found(host.state())}),
    "InputParameterList": Handler(NoData, _input_parameters),
    "Live2DParameterList": Handler(NoData, _model_parameters),
    "ParameterValue": Handler(ParameterChoice, _parameter_value),
    "InjectParameterData": Handler(Injection, _inject),
    "PuppetStatus": Handler(NoData, _status),
    "PuppetPresetList": Handler(NoData, _presets),
    "PuppetPortrait": Handler(Named, _show_portrait),
    "PuppetPreset": Handler(Named, _use_preset),
    "PuppetCalibrate": Handler(CalibrationChoice, _calibrate),
    "PuppetRecord": Handler(Switched, _record),
    "PuppetVirtualCamera": Handler(Switched, _virtual_camera),
    "PuppetHide": Handler(Switched, _hide),
}
"""By the message type without "Request"; the answer's type ends in "Response"."""
