"""Open the networks in the same runtimes that compute the packs; each is opened once per process. Any thread."""

from __future__ import annotations

import importlib.util
import logging
import threading

from puppet.domain import EngineInfo
from puppet.engines.runtimes.base import Graph
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.engines.runtimes.openvino import OpenVino
from puppet.errors import EngineError, TrackingError
from puppet.tracking.networks.catalogue import Network
from puppet.tracking.networks.files import network_file

_OPENVINO_NETWORKS = (Network.MESH,)
"""Networks of every frame. The others run seldom, as fast in ONNX Runtime, which opens them ten times faster."""
_opening = threading.Lock()
_opened: dict[Network, tuple[Graph, EngineInfo]] = {}
_log = logging.getLogger(__name__)


def open_network(network: Network) -> Graph:
    """Return the opened graph of a network. Raises TrackingError: it is missing, or no library can run it."""
    return _open_once(network)[0]


def network_info(network: Network) -> EngineInfo:
    """Return the library and device that run a network. Raises TrackingError, as `open_network`."""
    return _open_once(network)[1]


def _open_once(network: Network) -> tuple[Graph, EngineInfo]:
    with _opening:
        if network not in _opened:
            _opened[network] = _open(network)
        return _opened[network]


def _open(network: Network) -> tuple[Graph, EngineInfo]:
    file = network_file(network)
    if network in _OPENVINO_NETWORKS and importlib.util.find_spec("openvino") is not None:
        try:
            openvino = OpenVino("cpu", threads=1)
            return openvino.open_file(file), openvino.info
        except EngineError as error:
            _log.warning("%s: %s", network.value, error)
    try:
        onnxruntime = OnnxRuntime("cpu")
        return onnxruntime.open_file(file), onnxruntime.info
    except EngineError as error:
        raise TrackingError(f"Cannot run the network {file.name}, which finds faces: {error}") from error
