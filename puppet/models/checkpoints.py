"""Checkpoints of the original repositories, read without trust: weights only, every name, shape and value checked.

The family is told from the checkpoint's keys and the YAML that comes with it. Nothing in a checkpoint is ever run:
torch's weights-only reader refuses all but tensors and plain containers. What comes out is the module in eval mode;
`export` makes a pack of it and `training` goes on from it. The weights of a pack become a module again here, too.
"""

from __future__ import annotations

import pickle
import struct
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.models.blocks import MotionModel, blur_kernel
from puppet.models.coseg import CosegConfig, CoSegmentationModel
from puppet.models.face import FaceModel
from puppet.models.fomm import DenseMotionConfig, FirstOrderMotionModel, FommConfig
from puppet.models.monkeynet import MonkeyNet, MonkeyNetConfig
from puppet.models.original_yaml import Architecture, architecture_of, coseg_of, read_architecture

Weights = dict[str, dict[str, Tensor]]
"""Name of a network -> its state dict."""

_NAMES = {"fomm": "FOMM", "monkeynet": "Monkey-Net", "coseg": "co-part segmentation"}
_NETWORKS = ("kp_detector", "generator", "discriminator", "segmentation_module", "reconstruction_module")
_HEADS = {"kp": "shift", "jacobian": "affine", "semantic_seg": "segmentation"}  # FOMM-style co-seg -> co-seg
_NUMBERS = (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64)
_LARGEST = 8 * 2**30  # bytes, unpacked
_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    ArithmeticError,
    MemoryError,
    pickle.UnpicklingError,
    struct.error,
    zipfile.BadZipFile,
)


def load_checkpoint(path: str | Path, config: str | Path) -> MotionModel:
    """An original checkpoint as its module, in eval mode, with its discriminator when both files have one.

    Args:
        path: of the checkpoint (.pth.tar) of FOMM, Monkey-Net or co-part segmentation.
        config: of the YAML it was trained with.

    Raises:
        CheckpointError: in one line, the file or the key that is wrong.
    """
    path = Path(path)
    architecture = read_architecture(Path(config))
    weights = _read(path)
    family = _family(weights, path)
    weights, architecture = _matched(family, weights, architecture, path, Path(config))
    with torch.device("meta"):  # no memory before the shapes are known to be right
        model = build(architecture)
    for name, network in model.named_children():
        _fill(network, weights, name, path, Path(config))
    return model.eval()


def load_weights(path: Path, architecture: Mapping[str, object]) -> MotionModel:
    """The module of a pack's weights.safetensors, in eval mode.

    Args:
        path: of the weights.
        architecture: as the pack's card keeps it.

    Raises:
        CheckpointError: in one line, the file or the key that is wrong.
    """
    card = path.with_name("pack.json")
    if not architecture:
        raise CheckpointError(f"{card}: key architecture is missing: this pack cannot be made a model again")
    config = architecture_of(architecture, f"{card.name}: architecture")
    try:
        state = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    with torch.device("meta"):
        model = build(config)
    for name, network in model.named_children():
        own = {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}
        _fill(network, {name: own}, name, path, card)
    return model.eval()


def load_face(path: Path) -> FaceModel:
    """The module of a face pack's weights.safetensors, in eval mode. CheckpointError: they are another model's."""
    model = FaceModel()
    try:
        state = {name: value.float() for name, value in load_file(path).items()}
        counters = {name: value for name, value in model.state_dict().items() if name.endswith("num_batches_tracked")}
        model.load_state_dict({**counters, **state})
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CheckpointError(f"{path}: no weights of this program's face model ({reason})") from error
    return model.eval()


def read_weights(path: Path) -> Weights:
    """The networks of an original's checkpoint under the modules' names: to begin a training with.

    Raises:
        CheckpointError: it cannot be read, is another project's, or holds numbers that are not finite.
    """
    weights = _read(path)
    if _family(weights, path) == "monkeynet":
        weights = {name: state if name == "discriminator" else _flattened(state) for name, state in weights.items()}
    for network, state in weights.items():
        for name, value in state.items():
            _check_finite(value, f"{network}.{name}", path)
    return weights


def build(architecture: Architecture) -> MotionModel:
    """The model of an architecture, with the weights training begins with."""
    if isinstance(architecture, FommConfig):
        return FirstOrderMotionModel(architecture)
    if isinstance(architecture, MonkeyNetConfig):
        return MonkeyNet(architecture)
    return CoSegmentationModel(architecture)


def _read(path: Path) -> Weights:
    """The networks of a checkpoint: state dicts of tensors, by their names in the file."""
    try:
        _check_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old formats are what is expected here
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or 'damaged'})") from error
    except pickle.UnpicklingError as error:
        raise CheckpointError(f"{path.name} is refused: it is damaged, or holds more than weights") from error
    except _UNREADABLE as error:
        raise CheckpointError(f"{path.name} is damaged or no checkpoint of PyTorch") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path.name}: networks by name were expected, found {type(content).__name__}")
    return {name: _state(content[name], name, path) for name in _NETWORKS if name in content}


def _check_size(path: Path) -> None:
    """Refuses what unpacks to more than any of these models could need."""
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = max(size, sum(item.file_size for item in archive.infolist()))
    if size > _LARGEST:
        raise CheckpointError(f"{path.name} unpacks to {size / 2**30:.0f} GiB, more than any of these models has")


def _state(content: object, name: str, path: Path) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path.name}: {name} is a {type(content).__name__}, a state dict is needed")
    for key, value in content.items():
        if not isinstance(key, str) or not _is_plain(value):
            raise CheckpointError(f"{path.name}: {name}.{key} is not a plain tensor")
    return {key: value.detach() for key, value in content.items()}


def _is_plain(value: object) -> bool:
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and value.dtype in _NUMBERS
    )


def _family(weights: Weights, path: Path) -> str:
    """Told from the keys alone."""
    if {"segmentation_module", "reconstruction_module"} <= weights.keys():
        return "coseg"
    if not {"kp_detector", "generator"} <= weights.keys():
        found = ", ".join(weights) or "none of them"
        raise CheckpointError(
            f"{path.name}: kp_detector and generator, or segmentation_module and reconstruction_module, are needed; "
            f"found {found}: is it a checkpoint of FOMM, Monkey-Net or co-part segmentation?"
        )
    if any(key.startswith("appearance_encoder.") for key in weights["generator"]):
        return "monkeynet"
    return "coseg" if "semantic_seg.weight" in weights["kp_detector"] else "fomm"


def _matched(
    family: str, weights: Weights, architecture: Architecture, path: Path, config: Path
) -> tuple[Weights, Architecture]:
    """Weights under the modules' names, and the architecture they need; both must be of one family."""
    if family == "coseg" and "kp_detector" in weights and "segmentation_module" not in weights:
        weights = _renamed(weights)
        if isinstance(architecture, FommConfig):
            architecture = coseg_of(architecture)
        elif isinstance(architecture, CosegConfig):
            architecture = _with_dense_motion(architecture, weights["reconstruction_module"])
    if family == "monkeynet":
        weights = {name: state if name == "discriminator" else _flattened(state) for name, state in weights.items()}
    if _family_of(architecture) != family:
        written = _NAMES[_family_of(architecture)]
        raise CheckpointError(f"{path.name} is a checkpoint of {_NAMES[family]}, but {config.name} describes {written}")
    if not isinstance(architecture, CosegConfig) and "discriminator" not in weights:
        architecture = replace(architecture, discriminator_params=None)
    return weights, architecture


def _renamed(weights: Weights) -> Weights:
    """A FOMM-style co-seg checkpoint under co-seg's names."""
    detector = {}
    for key, value in weights["kp_detector"].items():
        head, dot, rest = key.partition(".")
        detector[_HEADS.get(head, head) + dot + rest] = value
    return {"segmentation_module": detector, "reconstruction_module": weights["generator"]}


def _flattened(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Monkey-Net's convolutions of videos, whose kernels are one frame long, as convolutions of frames."""
    return {k: v.squeeze(2) if v.ndim == 5 and v.shape[2] == 1 else v for k, v in state.items()}


def _with_dense_motion(config: CosegConfig, state: dict[str, Tensor]) -> CosegConfig:
    """FOMM's dense motion network told from its weights: co-seg's YAML has no section for it."""
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


def _family_of(architecture: Architecture) -> str:
    kinds = {FommConfig: "fomm", MonkeyNetConfig: "monkeynet", CosegConfig: "coseg"}
    return kinds[type(architecture)]


def _fill(network: nn.Module, weights: Weights, name: str, path: Path, config: Path) -> None:
    """Puts a state dict into a network once every name, shape and value is known to fit."""
    state, needed = weights[name], network.state_dict()
    counters = [key for key in needed if key.endswith("num_batches_tracked")]  # torch before 0.4.1 kept none
    state = {**{key: torch.tensor(0) for key in counters}, **state}
    for key, place in needed.items():
        if key not in state:
            raise CheckpointError(f"{path.name}: {name}.{key} is missing, {config.name} asks for it")
        if state[key].shape != place.shape:
            found, asked = tuple(state[key].shape), tuple(place.shape)
            raise CheckpointError(
                f"{path.name}: {name}.{key} has shape {found}, {config.name} asks for {asked}: do they belong together?"
            )
    unknown = [key for key in state if key not in needed]
    if unknown:
        raise CheckpointError(f"{path.name}: {name}.{unknown[0]} is not part of the model {config.name} describes")
    for key, value in state.items():
        _check_finite(value, f"{name}.{key}", path)
    network.load_state_dict({k: v.to(needed[k].dtype).contiguous() for k, v in state.items()}, assign=True)


def _check_finite(value: Tensor, name: str, path: Path) -> None:
    if not bool(torch.isfinite(value).all()):
        raise CheckpointError(f"{path.name}: {name} holds numbers that are not finite")
