"""A model's architecture as the original repositories' YAML writes it, read from a file nobody has to trust.

The YAML is the only place where a checkpoint's architecture stands. Sections that build networks (`model_params`) are
read key by key: one that is missing, unknown or out of range is named, the others (datasets, training) are let be.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from puppet.errors import CheckpointError
from puppet.models import coseg, fomm, monkeynet

Architecture: TypeAlias = fomm.FommConfig | monkeynet.MonkeyNetConfig | coseg.CosegConfig
T = TypeVar("T")

_LARGEST_FILE = 256 * 1024
_LARGEST_TREE = 20_000  # nodes, with aliases written out: an original has some hundred
_BLOCKS = (0, 16)
_SCALE = (1 / 64, 1)
_LIMITS: dict[str, tuple[float, float]] = {
    "num_blocks": (1, 16),
    "num_down_blocks": _BLOCKS,
    "num_bottleneck_blocks": (0, 64),
    "num_refinement_blocks": (0, 64),
    "num_group_blocks": _BLOCKS,
    "pad": (0, 64),
    "num_channels": (1, 16),
    "num_kp": (1, 1024),
    "num_segments": (1, 1024),
    "scale_factor": _SCALE,
    "scales": _SCALE,
    "bg_init": (-1e6, 1e6),
    "clip_variance": (0, 1e6),
}
_WHOLE = (1, 8192)  # the limits of any other whole number,
_REAL = (1e-9, 1e9)  # and of any other number


def read_architecture(path: Path) -> Architecture:
    """The architecture in an original's YAML; its keys tell the family.

    Raises:
        CheckpointError: the file cannot be read, is no YAML of plain values, or a key is missing, unknown or unusable.
    """
    document = read_yaml(path)
    return architecture_of(_section(document, "model_params", path.name), f"{path.name}: model_params")


def architecture_of(params: Mapping[str, object], where: str) -> Architecture:
    """The architecture in plain values: `model_params` of an original's YAML, or the same without common_params.

    Args:
        params: sections by name; what stands in common_params may as well stand beside the sections.
        where: what an error names as the place.

    Raises:
        CheckpointError: a key is missing, unknown or unusable.
    """
    flat = _flat(params, where)
    if "segmentation_module_params" in params:
        return _filled(coseg.CosegConfig, flat, where)
    generator = _section(params, "generator_params", where)
    if "num_refinement_blocks" in generator:
        return _filled(monkeynet.MonkeyNetConfig, flat, where)
    return _filled(fomm.FommConfig, flat, where)


def read_frame_shape(path: Path) -> tuple[int, int, int]:
    """(height, width, channels) of the pictures that an original's YAML says its model was trained on.

    Raises:
        CheckpointError: the file cannot be read, or does not say.
    """
    params = _section(read_yaml(path), "dataset_params", path.name)
    found = [params[key] for key in ("frame_shape", "image_shape") if key in params]
    if not found:
        raise CheckpointError(f"{path.name}: dataset_params: frame_shape is missing")
    shape = found[0]
    if not isinstance(shape, list) or len(shape) != 3 or not all(_within(int, side, "frame_shape") for side in shape):
        raise CheckpointError(f"{path.name}: dataset_params: frame_shape is {str(shape)[:60]}, [H, W, C] is needed")
    return shape[0], shape[1], shape[2]


def coseg_of(config: fomm.FommConfig) -> coseg.CosegConfig:
    """FOMM's architecture, read as that of a FOMM-style co-segmentation checkpoint: segments for keypoints."""
    detector, generator = config.kp_detector_params, config.generator_params
    return coseg.CosegConfig(
        num_segments=config.num_kp,
        num_channels=config.num_channels,
        estimate_affine_part=config.estimate_jacobian,
        segmentation_module_params=coseg.SegmentationConfig(
            block_expansion=detector.block_expansion,
            num_blocks=detector.num_blocks,
            max_features=detector.max_features,
            scale_factor=detector.scale_factor,
            temperature=detector.temperature,
        ),
        reconstruction_module_params=coseg.ReconstructionConfig(
            block_expansion=generator.block_expansion,
            max_features=generator.max_features,
            num_down_blocks=generator.num_down_blocks,
            num_bottleneck_blocks=generator.num_bottleneck_blocks,
            exact_grid=generator.exact_grid,
            estimate_visibility=generator.estimate_occlusion_map,
            dense_motion_params=generator.dense_motion_params,
        ),
    )


def read_yaml(path: Path) -> Mapping[str, object]:
    """A YAML file of plain values, bounded in size, in depth and in what its aliases multiply to.

    Raises:
        CheckpointError: it is not, in one line.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror})") from error
    if len(text) > _LARGEST_FILE:
        raise CheckpointError(f"{path.name} is larger than {_LARGEST_FILE // 1024} KiB: not a configuration")
    try:
        document = _parsed(text)
    except yaml.YAMLError as error:
        raise CheckpointError(f"{path.name} is not YAML of plain values: {_one_line(error)}") from error
    except (ValueError, RecursionError, TypeError) as error:
        raise CheckpointError(f"{path.name} is not usable YAML: {_one_line(error)}") from error
    if not isinstance(document, dict):
        raise CheckpointError(f"{path.name}: a mapping with model_params was expected, found {_kind(document)}")
    return document


def _parsed(text: bytes) -> object:
    """Counts nodes before values are made of them: merge keys multiply while values are made."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _count(root, 0)
        document: object = loader.construct_document(root)
        return document
    finally:
        loader.dispose()


def _count(node: yaml.Node, before: int) -> int:
    """`before` and the nodes below `node`, each alias as many as it stands for; an alias of itself has no end."""
    total = before + 1
    if total > _LARGEST_TREE:
        raise ValueError(f"more than {_LARGEST_TREE} values")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            total = _count(value, _count(key, total))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            total = _count(value, total)
    return total


def _flat(params: Mapping[str, object], where: str) -> dict[str, object]:
    """`model_params` as the configurations have them: what stands in common_params beside the other sections."""
    common = _section(params, "common_params", where) if "common_params" in params else {}
    return {**common, **{key: value for key, value in params.items() if key != "common_params"}}


def _section(mapping: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    if key not in mapping:
        raise CheckpointError(f"{where}: {key} is missing")
    section = mapping[key]
    if not isinstance(section, dict):
        raise CheckpointError(f"{where}: {key} is {_kind(section)}, a mapping is needed")
    return section


def _filled(kind: type[T], values: Mapping[str, object], where: str) -> T:
    """A configuration from its keys; every error names the key."""
    hints = get_type_hints(kind)
    unknown = [str(key) for key in values if key not in hints]
    if unknown:
        raise CheckpointError(f"{where}: {unknown[0]!r} is not a key of it; known: {', '.join(hints)}")
    required = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]  # type: ignore[arg-type]
    missing = [name for name in required if name not in values]
    if missing:
        raise CheckpointError(f"{where}: {missing[0]} is missing")
    usable = {key: _value(hints[key], value, where, key) for key, value in values.items()}
    try:
        return kind(**usable)
    except ValueError as error:  # of keys that do not go together
        raise CheckpointError(f"{where}: {error}") from error


def _value(kind: Any, value: object, where: str, key: str) -> object:
    """`value` as the annotated `kind` wants it."""
    if get_origin(kind) in (Union, types.UnionType):
        if value is None and type(None) in get_args(kind):
            return None
        kinds = [k for k in get_args(kind) if k is not type(None)]
        fitting = [k for k in kinds if isinstance(value, str) == (get_origin(k) is Literal)]
        return _value((fitting or kinds)[0], value, where, key)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return _filled(kind, value, f"{where}.{key}")
    if get_origin(kind) is tuple and isinstance(value, list | tuple):
        return tuple(_value(float, item, where, key) for item in value)
    if get_origin(kind) is Literal and value in get_args(kind):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind in (int, float) and _within(kind, value, key):
        return value
    raise CheckpointError(f"{where}: {key} is {_shown(value)}, {_wanted(kind, key)} is needed")


def _within(kind: type, value: object, key: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        return False
    low, high = _LIMITS.get(key, _WHOLE if kind is int else _REAL)
    return math.isfinite(value) and low <= value <= high


def _wanted(kind: Any, key: str) -> str:
    if kind in (int, float):
        low, high = _LIMITS.get(key, _WHOLE if kind is int else _REAL)
        return f"a {'whole ' if kind is int else ''}number from {low:g} to {high:g}"
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    return {bool: "true or false"}.get(kind, "a list of numbers" if get_origin(kind) is tuple else "a mapping")


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, str | bool | float) else _kind(value)


def _kind(value: object) -> str:
    names = {type(None): "nothing", dict: "a mapping", list: "a list", str: "a text"}
    return names.get(type(value), f"{value!r}"[:60] if isinstance(value, int) else type(value).__name__)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
