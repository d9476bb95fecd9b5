"""Messages of the API: envelopes, data of requests, and errors, as VTube Studio's public API 1.0 defines them.

Requests are untrusted: validated against the dataclasses here. Any thread.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated, Any, Literal

from annotated_types import Interval, Len

from puppet.errors import ConfigError
from puppet.schema import validate

API_NAME, API_VERSION = "VTubeStudioPublicAPI", "1.0"
_MOST_PARAMETERS = 100
_LONGEST_NAME = 200

Text = Annotated[str, Len(0, _LONGEST_NAME)]


class ErrorId(IntEnum):
    """Numbers of errors in VTube Studio's API; those that Puppet answers with."""

    INTERNAL = 0
    JSON_INVALID = 2
    API_NAME_INVALID = 3
    API_VERSION_INVALID = 4
    REQUEST_ID_INVALID = 5
    TYPE_MISSING = 6
    TYPE_UNKNOWN = 7
    NEEDS_AUTHENTICATION = 8
    TOKEN_DENIED = 50
    TOKEN_ASKED_ALREADY = 51
    PLUGIN_NAME_INVALID = 52
    MODEL_NOT_FOUND = 152
    HOTKEY_NOT_FOUND = 202
    EXPRESSION_NOT_FOUND = 351
    VALUE_INVALID = 451
    PARAMETER_NOT_FOUND = 453
    PARAMETER_UNKNOWN = 500
    EVENT_UNKNOWN = 950
    TOO_MANY_REQUESTS = 951


class ApiError(Exception):
    """A request that is answered with an error.

    Attributes:
        number: of the error.
    """

    def __init__(self, number: ErrorId, message: str) -> None:
        super().__init__(message)
        self.number = number


@dataclass(frozen=True, slots=True)
class Request:
    """Envelope of a request; other keys are ignored.

    Attributes:
        messageType: the kind of request.
        requestID: returned with the answer.
        data: of the request.
    """

    apiName: str = ""
    apiVersion: str = ""
    messageType: Text = ""
    requestID: str = ""
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NoData:
    """A request without data."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """Data of requests for a token, and of its use."""

    pluginName: Annotated[str, Len(3, 32)]
    pluginDeveloper: Annotated[str, Len(3, 32)]
    authenticationToken: Text = ""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Data that name a model: a portrait, here."""

    modelID: Text = ""


@dataclass(frozen=True, slots=True)
class HotkeyChoice:
    """Data of HotkeyTriggerRequest: the command's ID or its name."""

    hotkeyID: Text


@dataclass(frozen=True, slots=True)
class ExpressionChoice:
    """Data of ExpressionActivationRequest: a preset, here. `active` must be true: a preset replaces the one before."""

    expressionFile: Text
    active: bool = True


@dataclass(frozen=True, slots=True)
class ParameterChoice:
    """Data of ParameterValueRequest."""

    name: Text


@dataclass(frozen=True, slots=True)
class InjectedValue:
    """A value for a parameter; `weight` mixes it with the present one."""

    id: Text
    value: Annotated[float, Interval(ge=-1_000_000, le=1_000_000)]
    weight: Annotated[float, Interval(ge=0, le=1)] = 1.0


@dataclass(frozen=True, slots=True)
class Injection:
    """Data of InjectParameterDataRequest."""

    parameterValues: Annotated[tuple[InjectedValue, ...], Len(1, _MOST_PARAMETERS)]
    mode: Literal["set", "add"] = "set"


@dataclass(frozen=True, slots=True)
class EventConfig:
    """Configuration of a subscription; `rate` is of PuppetStatusEvent, in events per second."""

    rate: Annotated[float, Interval(ge=0.1, le=30)] = 2.0
    testMessageForEvent: Text = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Data of EventSubscriptionRequest; without a name, all events are meant."""

    subscribe: bool
    eventName: Text = ""
    config: EventConfig = field(default_factory=EventConfig)


@dataclass(frozen=True, slots=True)
class Named:
    """Data of requests that choose a portrait or a preset by name."""

    name: Text


@dataclass(frozen=True, slots=True)
class Switched:
    """Data of requests that switch something; without `on` they toggle it."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class CalibrationChoice:
    """Data of PuppetCalibrateRequest."""

    how: Literal["now", "best moment", "re-anchor"] = "now"


def decode(text: str) -> Request:
    """Return the envelope of a request.

    Raises:
        ApiError: it is not JSON, or not of this API.
    """
    try:
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("expected an object")
        content = {key: value for key, value in content.items() if key in Request.__slots__ and value is not None}
        request = validate(Request, content, "request", ConfigError, unknown="ignore")
    except (ValueError, RecursionError, ConfigError) as error:
        raise ApiError(ErrorId.JSON_INVALID, f"The request is no valid JSON: {error}"[:_LONGEST_NAME]) from error
    identity = request.requestID
    if not (identity.isascii() and identity.isprintable() and len(identity) <= 64):
        raise ApiError(ErrorId.REQUEST_ID_INVALID, "requestID: expected at most 64 ASCII characters")
    if request.apiName != API_NAME:
        raise ApiError(ErrorId.API_NAME_INVALID, f"apiName: expected {API_NAME}")
    if request.apiVersion != API_VERSION:
        raise ApiError(ErrorId.API_VERSION_INVALID, f"apiVersion: expected {API_VERSION}")
    if not request.messageType:
        raise ApiError(ErrorId.TYPE_MISSING, "messageType is missing")
    return request


def encode(kind: str, data: dict[str, Any], identity: str = "") -> str:
    """Return an answer or an event as text."""
    return json.dumps(
        {
            "apiName": API_NAME,
            "apiVersion": API_VERSION,
            "timestamp": int(time.time() * 1000),
            "messageType": kind,
            "requestID": identity or uuid.uuid4().hex,
            "data": data,
        }
    )


def encode_error(error: ApiError, identity: str = "") -> str:
    """Return an error as text."""
    return encode("APIError", {"errorID": int(error.number), "message": str(error)}, identity)
