"""The original repositories' YAML: a checkpoint's architecture, from an untrusted file that is validated before use.

The file is bounded in size, nesting and alias expansion before values are made of it. Then each section that builds a
network (`model_params`) is validated key by key; the others (datasets, training) are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from puppet.errors import CheckpointError
from puppet.models import coseg, fomm, monkeynet
from puppet.models.base import Width
from puppet.models.blocks import HourglassConfig, ResidualConfig
from puppet.models.other_families import RUN_HERE, other_family
from puppet.regular_files import read_regular
from puppet.schema import validate

Architecture: TypeAlias = fomm.FommConfig | monkeynet.MonkeyNetConfig | coseg.CosegConfig

_MAX_FILE_BYTES = 64 << 10  # an original file has 6 KiB; PyYAML reads some 100 KiB a second
_MAX_NODES = 20_000  # with every alias expanded; an original file has some hundred
_TOLERANT = {
    "discriminator_params": (fomm.DiscriminatorConfig, monkeynet.DiscriminatorConfig),
    "reconstruction_module_params": (coseg.ReconstructionConfig,),
}
"""Sections whose classes take any further key in the original code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _DatasetParams:
    frame_shape: tuple[Width, Width, Width] | None = None
    image_shape: tuple[Width, Width, Width] | None = None  # the same in other versions of the code


@dataclass(frozen=True, slots=True)
class OriginalConfig:
    """The YAML of an original checkpoint.

    Attributes:
        name: name of the file, for error messages.
        architecture: `model_params`, validated.
        document: the whole file, not validated.
    """

    name: str
    architecture: Architecture
    document: Mapping[str, object]

    def frame_shape(self) -> tuple[int, int, int]:
        """Return (height, width, channels) of the pictures that the model was trained on.

        Without the key it is the default of the original code: 64 x 64 for Monkey-Net, 256 x 256 for the others.

        Raises:
            CheckpointError: frame_shape or image_shape of `dataset_params` is unusable.
        """
        if self.document.get("dataset_params") is None:
            return _default_shape(self.architecture)
        section, where = _section(self.document, "dataset_params", self.name), f"{self.name}: dataset_params"
        params = validate(_DatasetParams, section, where, CheckpointError, unknown="ignore")
        return params.frame_shape or params.image_shape or _default_shape(self.architecture)


def read_config(path: Path) -> OriginalConfig:
    """Read an original's YAML; the keys of `model_params` determine the family.

    Raises:
        CheckpointError: the file cannot be read, is no YAML of plain values, or a key is missing, unknown or unusable.
    """
    document = read_yaml(path)
    nested = [section for section in document.values() if isinstance(section, dict)]
    common = [section["common_params"] for section in nested if isinstance(section.get("common_params"), dict)]
    if other := other_family(name for section in (document, *nested, *common) for name in section):
        raise CheckpointError(f"{path.name} describes {other}; {RUN_HERE}")
    params = _without_ignored(_section(document, "model_params", path.name))
    architecture = architecture_of(params, f"{path.name}: model_params")
    return OriginalConfig(path.name, architecture, document)


def architecture_of(params: Mapping[str, object], where: str) -> Architecture:
    """Return the architecture in plain values: `model_params` of an original's YAML, or of a recipe or a pack.

    Args:
        params: sections by name; the keys of common_params may also stand beside the sections.
        where: the file and the section, for error messages.

    Raises:
        CheckpointError: a key is missing, unknown or unusable.
    """
    common = _section(params, "common_params", where) if "common_params" in params else {}
    flat = {**common, **{key: value for key, value in params.items() if key != "common_params"}}
    if "segmentation_module_params" in params:
        return validate(coseg.CosegConfig, flat, where, CheckpointError)
    if "num_refinement_blocks" in _section(params, "generator_params", where):
        return validate(monkeynet.MonkeyNetConfig, flat, where, CheckpointError)
    return validate(fomm.FommConfig, flat, where, CheckpointError)


def _default_shape(architecture: Architecture) -> tuple[int, int, int]:
    """Return frame_shape as the data sets of the original repositories have it when it is not given."""
    side = 64 if isinstance(architecture, monkeynet.MonkeyNetConfig) else 256
    return side, side, 3


def _without_ignored(params: Mapping[str, object]) -> Mapping[str, object]:
    """Leave out keys that the original classes swallow with `**kwargs`: weights were made without them."""
    found = dict(params)
    for name, kinds in _TOLERANT.items():
        if isinstance(section := found.get(name), dict):
            known = {item.name for kind in kinds for item in fields(kind)}
            found[name] = {key: value for key, value in section.items() if key in known}
    return found


def coseg_of(config: fomm.FommConfig) -> coseg.CosegConfig:
    """Return FOMM's architecture as that of a FOMM-style co-segmentation checkpoint, with segments as keypoints."""
    detector, generator = config.kp_detector_params, config.generator_params
    return coseg.CosegConfig(
        num_segments=config.num_kp,
        num_channels=config.num_channels,
        estimate_affine_part=config.estimate_jacobian,
        segmentation_module_params=coseg.SegmentationConfig(**_fields(detector, HourglassConfig, "temperature")),
        reconstruction_module_params=coseg.ReconstructionConfig(
            estimate_visibility=generator.estimate_occlusion_map,
            **_fields(generator, ResidualConfig, "dense_motion_params"),
        ),
    )


def _fields(config: object, base: type[HourglassConfig | ResidualConfig], *others: str) -> dict[str, Any]:
    """Return the fields of `config` that `base` declares, and others by name."""
    return {name: getattr(config, name) for name in (*(item.name for item in fields(base)), *others)}


def read_yaml(path: Path) -> Mapping[str, object]:
    """Read a YAML file of plain values, bounded in size, nesting and alias expansion.

    Raises:
        CheckpointError: the file cannot be read, is too large or is no such YAML.
    """
    try:
        text = read_regular(path, _MAX_FILE_BYTES)
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); choose the YAML that belongs to the checkpoint"
        raise CheckpointError(f"{path}: {reason}") from error
    try:
        document = _parse(text)
    except yaml.YAMLError as error:
        raise CheckpointError(f"{path.name} is not YAML of plain values: {_one_line(error)}") from error
    except (ValueError, RecursionError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise CheckpointError(
            f"{path.name} is not usable YAML: a value does not fit its type ({_one_line(error)})"
        ) from error
    if not isinstance(document, dict):
        raise CheckpointError(f"{path.name}: expected a mapping with model_params, found {_kind(document)}")
    return document


def _parse(text: bytes) -> object:
    """Count the nodes before values are made of them: merge keys multiply while values are made."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _count_nodes(root, 0)
        document: object = loader.construct_document(root)
        return document
    finally:
        loader.dispose()


def _count_nodes(node: yaml.Node, before: int) -> int:
    """Return `before` plus the nodes of a tree with its aliases expanded; an alias of itself exceeds the limit."""
    total = before + 1
    if total > _MAX_NODES:
        raise ValueError(f"more than {_MAX_NODES} values")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            total = _count_nodes(value, _count_nodes(key, total))
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            total = _count_nodes(value, total)
    return total


def _section(mapping: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    if key not in mapping:
        raise CheckpointError(f"{where}: key {key} is missing")
    section = mapping[key]
    if not isinstance(section, dict):
        raise CheckpointError(f"{where}: {key} is {_kind(section)}; expected a mapping")
    return section


def _kind(value: object) -> str:
    names = {type(None): "nothing", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return text if text.isprintable() else ascii(text)[1:-1]
