"""Every reader of files that may come from others, with valid files to start from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from tests.fuzz.media_readers import (
    picture_seeds,
    read_clip,
    read_picture,
    read_sound,
    read_video,
    sound_seeds,
    video_seeds,
)
from tests.fuzz.mutations import WORDS

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "puppet" / "training" / "recipes"
PICKLE_TOKENS = (
    *(b"q\x00h\x00\x86" * 30, b"]" * 5000, b"}", b"s", b"R", b"b", b"(", b"t", b"\x81", b".", b"Q", b"0", b"h\x05"),
    *(b"cbuiltins\nbytearray\n", b"ctorch\nFloatTensor\n", b"J\xff\xff\xff\x7f", b"\x8a\x08" + b"\x7f" * 8),
    *(b"ccollections\nOrderedDict\n)R", b"ctorch._utils\n_rebuild_tensor_v2\n", b"cposix\nsystem\n", b"K\x00\x85"),
)
TENSOR_TOKENS = (b'"F32"', b'"F64"', b"[0,", b"null", b"{", b"-1", b"9" * 30)
NPY_TOKENS = (b"'<f4'", b"'|O'", b"(999999999999,)", b"(((((", b"True", b"{", b"'<U9'", b"(0,)", b"-1", b"\xff" * 8)


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader under test.

    Attributes:
        name: of the reader, and its folder in the corpus.
        file: name of the file that it reads.
        seeds: makes valid files.
        read: reads the file; may raise PuppetError, nothing else.
        tokens: are put into files.
    """

    name: str
    file: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    tokens: Sequence[bytes] = ()


# --- motion tracks, settings, recipes, gallery ---


def track_seeds() -> list[bytes]:
    """Tracks of landmarks and of a pack's own keypoints."""
    from puppet.domain import Keypoints
    from puppet.geometry.landmarks import rest_pose
    from puppet.motion.motion_track import MotionTrack, write_motion_track

    points = np.zeros((5, 2), np.float32)
    matrices = np.tile(np.eye(2, dtype=np.float32), (5, 1, 1))
    found = []
    for detector, pose in (("landmarks", rest_pose()), ("graph", Keypoints(points, None, matrices, matrices))):
        track = MotionTrack(detector, "face", 25.0)
        for index in range(3):
            track.add(None if index == 1 else pose, index / 25)
        with tempfile.TemporaryDirectory() as folder:
            write_motion_track(Path(folder) / "track.npz", track)
            found.append((Path(folder) / "track.npz").read_bytes())
    return found


def read_track(path: Path) -> object:
    from puppet.motion.motion_track import read_motion_track

    return read_motion_track(path).has_poses


def settings_seeds() -> list[bytes]:
    """Settings as the window writes them, and as earlier versions did."""
    from puppet.userdata.settings import Settings, save_settings

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        save_settings(replace(Settings(), portrait="Nina", camera="HD", theme="dark", geometry="AdnQywAD"), path)
        return [path.read_bytes(), b'avatar = "Nina"\nsize = [640, 480]\n[controls]\nmouth = 2\n']


def read_settings(path: Path) -> object:
    from puppet.userdata.settings import Settings, load_settings

    loaded = load_settings(path)
    if "\n" in loaded.warning or not isinstance(loaded.settings, Settings):
        raise AssertionError(f"warning of several lines: {loaded.warning!r}")
    return loaded


def recipe_seeds() -> list[bytes]:
    """The recipes that ship with Puppet."""
    return [path.read_bytes() for path in sorted(RECIPES.glob("*.toml"))]


def read_recipe(path: Path) -> object:
    from puppet.training.recipe_schema.reader import read_recipe

    return read_recipe(path)


def gallery_seeds() -> list[bytes]:
    """The list of the bundled portraits."""
    return [(ROOT / "puppet" / "assets" / "avatars" / "avatars.toml").read_bytes()]


def read_gallery(path: Path) -> object:
    from puppet.userdata.gallery import Gallery

    return Gallery(bundled=path.parent, own=path.parent / "own").portraits()


# --- packs and checkpoints ---


def manifest_seeds() -> list[bytes]:
    """The manifests of the shipped packs."""
    return [path.read_bytes() for path in sorted((ROOT / "puppet" / "assets" / "packs").glob("*/pack.json"))]


def read_manifest(path: Path) -> object:
    from puppet.packs import open_pack, verify_pack

    pack = open_pack(str(path.parent))
    verify_pack(pack)
    return pack


def graph_seeds() -> list[bytes]:
    """Small graphs of the shipped packs."""
    graphs = sorted((ROOT / "puppet" / "assets" / "packs").glob("*/encode.onnx"))
    return [path.read_bytes() for path in graphs if path.stat().st_size < 300_000] or [b"\x3a\x02\x2a\x00"]


def read_graph(path: Path) -> object:
    from puppet.engines.graph_files import graph_file
    from puppet.packs import Pack, PackCard

    card = PackCard("p", "fomm", 64, "graph", 4, "none", "of a test")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return graph_file(Pack(path.parent, card, {path.name: digest}), "render", "fp32")


CONFIGURATION = """
model_params:
  common_params: {num_kp: 2, num_channels: 3, estimate_jacobian: True}
  kp_detector_params: {temperature: 0.1, block_expansion: 1, max_features: 2, scale_factor: 0.25, num_blocks: 1}
  generator_params: {block_expansion: 2, max_features: 2, num_down_blocks: 1, num_bottleneck_blocks: 0}
"""


def checkpoint_seeds() -> list[bytes]:
    """A small network with its optimizer, in torch's formats since 1.6 and before."""
    import torch

    from puppet.models.checkpoints import build
    from puppet.models.original_yaml import read_config

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yaml").write_text(CONFIGURATION)
        model = build(read_config(Path(folder) / "config.yaml").architecture)
    content = {name: network.state_dict() for name, network in model.named_children()}
    more: dict[str, object] = {
        "epoch": 3,
        "optimizer": {"state": {0: {"step": 1}}, "param_groups": [{"betas": (0.5, 0.999)}]},
    }
    found = []
    for zipped in (True, False):
        stream = io.BytesIO()
        torch.save({**content, **more}, stream, _use_new_zipfile_serialization=zipped)
        found.append(stream.getvalue())
    return found


def read_checkpoint(path: Path) -> object:
    from puppet.models.checkpoints import load_checkpoint, read_weights

    config = path.with_name("config.yaml")
    if not config.exists():
        config.write_text(CONFIGURATION)
    read_weights(path)
    return load_checkpoint(path, config)


def weights_seeds() -> list[bytes]:
    """The same network as a learned pack keeps it."""
    import torch
    from safetensors.torch import save

    content = torch.load(io.BytesIO(checkpoint_seeds()[0]), weights_only=True)
    networks = {name: state for name, state in content.items() if isinstance(state, dict) and name != "optimizer"}
    return [save({f"{name}.{key}": value for name, state in networks.items() for key, value in state.items()})]


def read_weights(path: Path) -> object:
    from puppet.models.checkpoints import load_weights

    return load_weights(path, yaml.safe_load(CONFIGURATION)["model_params"])


def yaml_seeds() -> list[bytes]:
    """Configurations of each family."""
    from tests.models.test_original_yaml import COSEG, FOMM, MONKEYNET

    return [text.encode() for text in (FOMM, MONKEYNET, COSEG, "a: &a [1, 2]\nb: {<<: {c: *a}}\n")]


def read_yaml(path: Path) -> object:
    from puppet.models.original_yaml import read_config

    return read_config(path).frame_shape()


# --- caches and results ---


def array_seeds() -> list[bytes]:
    """Frames in a training's cache."""
    stream = io.BytesIO()
    np.save(stream, np.zeros((3, 8, 8, 3), np.uint8))
    return [stream.getvalue()]


def read_array(path: Path) -> object:
    from puppet.motion.npz import map_npy

    try:
        return int(map_npy(path).nbytes)
    except ValueError:  # the cache is then made again
        return None


def choice_seeds() -> list[bytes]:
    """The remembered engine."""
    return [json.dumps(["onnxruntime", "fp32", "cpu", "onnxruntime fp32 chosen"]).encode()]


def read_choice(path: Path) -> object:
    from puppet.config import EngineOptions
    from puppet.engines.autotune import _remembered
    from puppet.engines.disk_cache import read_cached

    content = path.read_bytes()
    path.write_bytes(hashlib.sha256(content).digest() + content)
    return _remembered(read_cached(path), [EngineOptions("onnxruntime", "fp32", "cpu")])


def results_seeds() -> list[bytes]:
    """The published benchmark."""
    return [(ROOT / "docs" / "benchmarks.json").read_bytes()]


def read_results(path: Path) -> object:
    from benchmarks.results import Results

    return Results.read(path)


def misbehave(path: Path) -> object:
    """Do what the file says: the fuzzer's own tests need readers that fail."""
    from puppet.errors import MediaError

    match path.read_text():
        case "raise":
            raise ValueError("not the project's own")
        case "lines":
            raise MediaError("two\nlines")
        case "crash":
            os.abort()
        case "hang":
            time.sleep(60)
        case "memory":
            return bytes(3_000_000_000)
    return None


MISBEHAVING = Reader("misbehaving", "case", lambda: [b""], misbehave)
READERS = {
    reader.name: reader
    for reader in (
        Reader("picture", "case.png", picture_seeds, read_picture),
        Reader("video", "case.mp4", lambda: [*video_seeds(), *sound_seeds()], read_video),
        Reader("animation", "case.webp", picture_seeds, read_clip),
        Reader("sound", "case.mkv", lambda: [*video_seeds(), *sound_seeds()], read_sound),
        Reader("motion_track", "case.npz", track_seeds, read_track, NPY_TOKENS),
        Reader("settings", "settings.toml", settings_seeds, read_settings, WORDS),
        Reader("recipe", "recipe.toml", recipe_seeds, read_recipe, WORDS),
        Reader("gallery", "avatars.toml", gallery_seeds, read_gallery, WORDS),
        Reader("manifest", "pack.json", manifest_seeds, read_manifest, WORDS),
        Reader("graph", "render.onnx", graph_seeds, read_graph),
        Reader("checkpoint", "case.pth.tar", checkpoint_seeds, read_checkpoint, PICKLE_TOKENS),
        Reader(
            "weights", "weights.safetensors", weights_seeds, read_weights, (b'"F32"', b'"F64"', b"[0,", b"null", b"{")
        ),
        Reader("yaml", "config.yaml", yaml_seeds, read_yaml, WORDS),
        Reader("array", "frames.npy", array_seeds, read_array, NPY_TOKENS),
        Reader("choice", "choice", choice_seeds, read_choice, WORDS),
        Reader("results", "benchmarks.json", results_seeds, read_results, WORDS),
    )
}
