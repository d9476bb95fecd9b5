"""Checkpoints of the original repositories: untrusted files; every name, shape and value is validated before use.

The keys of the checkpoint and of its YAML determine the family. Nothing in a checkpoint is executed: torch's
weights-only reader refuses everything but tensors and plain containers. The result is a module in eval mode, which
`export` turns into a pack and `training` trains further. The weights of a pack are loaded into a module here, too.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.models.base import MotionModel
from puppet.models.blocks import blur_kernel
from puppet.models.checkpoint_file import check_checkpoint
from puppet.models.coseg import CosegConfig, CoSegmentationModel
from puppet.models.face import FaceModel
from puppet.models.fomm import DenseMotionConfig, FirstOrderMotionModel, FommConfig
from puppet.models.monkeynet import MonkeyNet, MonkeyNetConfig
from puppet.models.original_yaml import Architecture, OriginalConfig, architecture_of, coseg_of, read_config
from puppet.models.other_families import RUN_HERE, other_family

Weights = dict[str, dict[str, Tensor]]
"""State dicts by the names of their networks."""

_FAMILIES = {FommConfig: "fomm", MonkeyNetConfig: "monkeynet", CosegConfig: "coseg"}
_NAMES = {"fomm": "FOMM", "monkeynet": "Monkey-Net", "coseg": "co-part segmentation"}
_NETWORKS = ("kp_detector", "generator", "discriminator", "segmentation_module", "reconstruction_module")
# Heads of a FOMM-style co-segmentation checkpoint -> of co-segmentation.
_HEADS = {"kp": "shift", "jacobian": "affine", "semantic_seg": "segmentation"}
_DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64)
_UNREADABLE = (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError)  # after `check_checkpoint`
_COSEG = {"segmentation_module", "reconstruction_module"}
_WRAPPER = "module."  # of DataParallel
_MAX_KEY = 200
_SHOWN_NAMES = 8


def load_checkpoint(path: str | Path, config: str | Path) -> MotionModel:
    """Load an original checkpoint as a module in eval mode, with its discriminator when both files have one.

    Args:
        path: the checkpoint (.pth.tar) of FOMM, Monkey-Net or co-part segmentation.
        config: the YAML it was trained with.

    Raises:
        CheckpointError: one line that names the file or the key that is wrong.
    """
    return load_original(Path(path), read_config(Path(config)))


def load_original(path: Path, config: OriginalConfig) -> MotionModel:
    """Do what `load_checkpoint` does, with a YAML that was read before."""
    weights = _read(path)
    family = _family(weights)
    weights, architecture = _matched(family, weights, path, config)
    return _filled(architecture, weights, path, config.name)


def load_weights(path: Path, architecture: Mapping[str, object], content: bytes | None = None) -> MotionModel:
    """Load the weights.safetensors of a learned pack as a module in eval mode.

    Args:
        path: the weights.
        architecture: from the pack's card.
        content: the file's bytes when they were read and verified before; None reads the file.

    Raises:
        CheckpointError: one line that names the file or the key that is wrong.
    """
    card = path.with_name("pack.json")
    if not architecture:
        raise CheckpointError(f"{card}: key architecture is missing; without it the weights cannot be loaded")
    config = architecture_of(architecture, f"{card.name}: architecture")
    try:
        state = load_file(path) if content is None else load(content)
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    weights: Weights = {}
    for key, value in state.items():
        network, _, name = key.partition(".")
        weights.setdefault(network, {})[name] = value
    return _filled(config, weights, path, card.name)


def load_face(path: Path, content: bytes | None = None) -> FaceModel:
    """Load the weights.safetensors of a face pack as a module in eval mode; `content` as for `load_weights`.

    Raises:
        CheckpointError: the file cannot be read, or belongs to another model.
    """
    model = FaceModel()
    try:
        read = load_file(path) if content is None else load(content)
        state = {name: value.float() for name, value in read.items()}
        fresh = {name: value for name, value in model.state_dict().items() if _may_lack(name)}
        model.load_state_dict({**fresh, **state})
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CheckpointError(f"{path} does not hold the weights of the face model ({reason})") from error
    return model.eval()


def _may_lack(name: str) -> bool:
    """Return True for counters, and for the fine level of the detail networks, which earlier packs lack."""
    return name.endswith("num_batches_tracked") or name.split(".")[1].startswith("fine_")


def read_weights(path: Path) -> Weights:
    """Read the networks of an original checkpoint as initial weights for training.

    Raises:
        CheckpointError: the file cannot be read, is another project's, or holds numbers that are not finite.
    """
    weights = _read(path)
    if _family(weights) == "monkeynet":
        weights = _without_time(weights)
    for network, state in weights.items():
        for name, value in state.items():
            _check_finite(value, f"{network}.{name}", path)
    return weights


def build(architecture: Architecture) -> MotionModel:
    """Build the model of an architecture with randomly initialised weights."""
    if isinstance(architecture, FommConfig):
        return FirstOrderMotionModel(architecture)
    if isinstance(architecture, MonkeyNetConfig):
        return MonkeyNet(architecture)
    return CoSegmentationModel(architecture)


def _read(path: Path) -> Weights:
    """Read the networks of a checkpoint as state dicts of tensors, by their names in the file."""
    check_checkpoint(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of the old formats that original checkpoints have
            content = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise CheckpointError(f"{path.name} is damaged or not a PyTorch checkpoint; download it again") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path.name}: expected networks by name, found {type(content).__name__}")
    if other := other_family(content):
        raise CheckpointError(f"{path.name} is a checkpoint of {other}; {RUN_HERE}")
    weights = {name: _state(content[name], name, path) for name in _NETWORKS if name in content}
    if not ({"kp_detector", "generator"} <= weights.keys() or weights.keys() >= _COSEG):
        found = ascii(", ".join(map(str, list(content)[:_SHOWN_NAMES])))[1:-1][:_MAX_KEY]
        raise CheckpointError(
            f"{path.name}: expected the networks kp_detector and generator, or segmentation_module and "
            f"reconstruction_module, found {found or 'nothing'}; "
            "choose a checkpoint of FOMM, Monkey-Net or co-part segmentation"
        )
    return weights


def _state(content: object, name: str, path: Path) -> dict[str, Tensor]:
    """Return a network's state dict under its own names: those from DataParallel begin with `module.`."""
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path.name}: {name} is of type {type(content).__name__}; expected a state dict")
    for key, value in content.items():
        if not isinstance(key, str) or len(key) > _MAX_KEY or not key.isprintable():
            raise CheckpointError(f"{path.name}: {name} has a key that no network has: {ascii(key)[:_MAX_KEY]}")
        if not _is_plain(value):
            raise CheckpointError(f"{path.name}: {name}.{key} is not a plain tensor")
    wrapped = all(key.startswith(_WRAPPER) for key in content)
    return {key.removeprefix(_WRAPPER) if wrapped else key: value.detach() for key, value in content.items()}


def _is_plain(value: object) -> bool:
    """Return True for a dense tensor that has memory for each of its numbers."""
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and value.dtype in _DTYPES
        and value.numel() * value.element_size() <= value.untyped_storage().nbytes()
    )


def _family(weights: Weights) -> str:
    """Determine the family from the keys alone."""
    if weights.keys() >= _COSEG:
        return "coseg"
    if any(key.startswith("appearance_encoder.") for key in weights["generator"]):
        return "monkeynet"
    return "coseg" if "semantic_seg.weight" in weights["kp_detector"] else "fomm"


def _matched(family: str, weights: Weights, path: Path, config: OriginalConfig) -> tuple[Weights, Architecture]:
    """Return weights under the modules' names and the architecture they need; both must be of one family."""
    architecture = config.architecture
    if family == "coseg" and "segmentation_module" not in weights:
        weights = _renamed(weights)
        if isinstance(architecture, FommConfig):
            architecture = coseg_of(architecture)
        elif isinstance(architecture, CosegConfig):
            architecture = _with_dense_motion(architecture, weights["reconstruction_module"])
    if family == "monkeynet":
        weights = _without_time(weights)
    if (described := _FAMILIES[type(architecture)]) != family:
        raise CheckpointError(
            f"{path.name} is a checkpoint of {_NAMES[family]}, but {config.name} describes {_NAMES[described]}"
        )
    if not isinstance(architecture, CosegConfig) and "discriminator" not in weights:
        architecture = replace(architecture, discriminator_params=None)
    return weights, architecture


def _renamed(weights: Weights) -> Weights:
    """Rename the networks and heads of a FOMM-style co-segmentation checkpoint to those of co-segmentation."""
    detector = {}
    for key, value in weights["kp_detector"].items():
        head, dot, rest = key.partition(".")
        detector[_HEADS.get(head, head) + dot + rest] = value
    return {"segmentation_module": detector, "reconstruction_module": weights["generator"]}


def _without_time(weights: Weights) -> Weights:
    """Turn Monkey-Net's convolutions of one-frame videos into those of frames, except in the discriminator."""
    return {
        name: state if name == "discriminator" else {key: _frame_kernel(value) for key, value in state.items()}
        for name, state in weights.items()
    }


def _frame_kernel(kernel: Tensor) -> Tensor:
    return kernel.squeeze(2) if kernel.ndim == 5 and kernel.shape[2] == 1 else kernel


def _with_dense_motion(config: CosegConfig, state: dict[str, Tensor]) -> CosegConfig:
    """Infer FOMM's dense motion network from its weights: the YAML of co-segmentation has no section for it."""
    name = "dense_motion_network"
    encoder = f"{name}.hourglass.encoder.down_blocks."
    blocks = sorted(int(n) for n in {key.removeprefix(encoder).partition(".")[0] for key in state} if n.isdecimal())
    last, finest = f"{encoder}{len(blocks) - 1}.conv.weight", f"{name}.hourglass.decoder.up_blocks.{len(blocks) - 1}"
    if (
        config.reconstruction_module_params.dense_motion_params
        or last not in state
        or f"{finest}.conv.bias" not in state
    ):
        return config
    size = state[f"{name}.down.weight"].shape[-1] if f"{name}.down.weight" in state else 1
    scales = [1 / step for step in (1, 2, 4, 8, 16) if blur_kernel(1 / step).shape[-1] == size]
    dense = DenseMotionConfig(
        block_expansion=len(state[f"{finest}.conv.bias"]),
        num_blocks=len(blocks),
        max_features=len(state[last]),
        scale_factor=scales[0] if scales else 1.0,
    )
    return replace(
        config, reconstruction_module_params=replace(config.reconstruction_module_params, dense_motion_params=dense)
    )


def _filled(architecture: Architecture, weights: Weights, path: Path, config: str) -> MotionModel:
    """Build a model with these weights, in eval mode; `config` names the file that describes it in errors."""
    with torch.device("meta"):  # no memory is allocated before the shapes are known to be right
        model = build(architecture)
    for name, network in model.named_children():
        _fill(network, weights.get(name, {}), name, path, config)
    return model.eval()


def _fill(network: nn.Module, state: dict[str, Tensor], name: str, path: Path, config: str) -> None:
    """Load a state dict into a network after every name, shape and value was checked."""
    needed = network.state_dict()
    counters = [key for key in needed if key.endswith("num_batches_tracked")]  # torch before 0.4.1 kept none
    state = {**{key: torch.tensor(0) for key in counters}, **state}
    for key, place in needed.items():
        if key not in state:
            raise CheckpointError(f"{path.name}: {name}.{key} is missing, but {config} requires it")
        if state[key].shape != place.shape:
            found, expected = tuple(state[key].shape), tuple(place.shape)
            raise CheckpointError(
                f"{path.name}: {name}.{key} has shape {found}, but {config} requires {expected}; "
                "check that the two files belong together"
            )
    unknown = [key for key in state if key not in needed]
    if unknown:
        raise CheckpointError(f"{path.name}: {name}.{unknown[0]} is not part of the model that {config} describes")
    for key, value in state.items():
        _check_finite(value, f"{name}.{key}", path)
    network.load_state_dict({k: v.to(needed[k].dtype).contiguous() for k, v in state.items()}, assign=True)


def _check_finite(value: Tensor, name: str, path: Path) -> None:
    if not bool(torch.isfinite(value).all()):
        raise CheckpointError(f"{path.name}: {name} holds numbers that are not finite")
