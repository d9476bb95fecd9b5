"""Every configuration that the three original repositories ship is read key by key, and its model can be built.

Their differences are facts of those repositories; everything else is the same in each file of a family.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

torch = pytest.importorskip("torch")

from puppet.models.checkpoints import build  # noqa: E402
from puppet.models.original_yaml import read_config  # noqa: E402

Values = dict[str, Any]

HOURGLASS = {"block_expansion": 32, "max_features": 1024, "num_blocks": 5}
RESIDUAL = {"block_expansion": 64, "max_features": 512, "num_down_blocks": 2, "num_bottleneck_blocks": 6}


def fomm(shape: str, discriminator: Values, detector: Values = {}, scale: float = 0.25) -> Values:  # noqa: B006
    motion = {**HOURGLASS, "block_expansion": 64, "scale_factor": scale}
    return {
        "dataset_params": {"root_dir": "data", shape: [256, 256, 3], "id_sampling": True, "pairs_list": "pairs.csv"},
        "model_params": {
            "common_params": {"num_kp": 10, "num_channels": 3, "estimate_jacobian": True},
            "kp_detector_params": {"temperature": 0.1, **HOURGLASS, "scale_factor": scale, **detector},
            "generator_params": {**RESIDUAL, "estimate_occlusion_map": True, "dense_motion_params": motion},
            "discriminator_params": {
                "scales": [1],
                "block_expansion": 32,
                "max_features": 512,
                "num_blocks": 4,
                **discriminator,
            },
        },
        "train_params": {"num_epochs": 100, "lr_generator": 2.0e-4},
    }


def monkeynet(
    size: int | None,
    hourglass: Values,
    blocks: int,
    scale: Values = {},  # noqa: B006
    clip: bool = True,
    group_blocks: bool = True,
    norm: int | str = 100,
    keypoints: int = 10,
    **other: Any,
) -> Values:
    heatmap = {"use_heatmap": True, "heatmap_type": "difference", "norm_const": norm}
    motion = {
        **hourglass,
        **scale,
        "use_mask": True,
        "use_correction": True,
        "mask_embedding_params": {**heatmap, "use_deformed_source_image": True, **other.get("embedding", {})},
        **({"num_group_blocks": 2} if group_blocks else {}),
    }
    return {
        "dataset_params": {"root_dir": "data", **({"image_shape": [size, size, 3]} if size else {})},
        "model_params": {
            "common_params": {"num_kp": keypoints, "kp_variance": "matrix", "num_channels": 3},
            "kp_detector_params": {"temperature": 0.1, **hourglass, **scale}
            | ({"clip_variance": 0.001} if clip else {}),
            "generator_params": {
                **hourglass,
                "num_blocks": blocks,
                "num_refinement_blocks": 4,
                "dense_motion_params": motion,
                "kp_embedding_params": {**heatmap, **other.get("decoder_scale", scale)},
                **other.get("generator", {}),
            },
            "discriminator_params": {
                "kp_embedding_params": {"norm_const": norm},
                "block_expansion": 32,
                "max_features": 256,
                "num_blocks": 4,
            },
        },
    }


def coseg(segments: int) -> Values:
    return {
        "dataset_params": {"root_dir": "data", "image_shape": [256, 256, 3], "id_sampling": True},
        "model_params": {
            "common_params": {"num_segments": segments, "num_channels": 3, "estimate_affine_part": True},
            "segmentation_module_params": {"temperature": 0.1, **HOURGLASS, "scale_factor": 0.25},
            "reconstruction_module_params": {**RESIDUAL, "estimate_visibility": True},
        },
    }


SMALL = {**HOURGLASS, "max_features": 512}
CONFIGURATIONS = {
    "fomm bair-256": (fomm("image_shape", {"sn": True}), 256),
    "fomm fashion-256": (fomm("image_shape", {}), 256),
    "fomm mgif-256": (fomm("image_shape", {"sn": True}, {"single_jacobian_map": True}), 256),
    "fomm nemo-256": (fomm("frame_shape", {"sn": True}), 256),
    "fomm taichi-256": (fomm("image_shape", {}), 256),
    "fomm taichi-adv-256": (fomm("image_shape", {"use_kp": True}), 256),
    "fomm vox-256": (fomm("frame_shape", {"sn": True}), 256),
    "fomm vox-adv-256, custom_data": (fomm("frame_shape", {"use_kp": True}), 256),
    "fomm vox-512": (fomm("frame_shape", {"sn": True}, scale=0.125), 256),
    "monkey-net actions": (monkeynet(64, SMALL, 5, clip=False), 64),
    "monkey-net moving-gif": (
        monkeynet(128, HOURGLASS, 6, {"scale_factor": 0.5}, embedding={"use_difference": True}),
        128,
    ),
    "monkey-net taichi": (monkeynet(None, HOURGLASS, 5), 64),
    "monkey-net nemo": (monkeynet(None, SMALL, 5), 64),
    "monkey-net bair": (monkeynet(None, SMALL, 5, norm="sum"), 64),
    "monkey-net shapes": (
        monkeynet(
            *(None, {"block_expansion": 16, "max_features": 128, "num_blocks": 5}, 5),
            clip=False, group_blocks=False, norm=10, keypoints=4,
        ),
        64,
    ),
    "monkey-net vox": (monkeynet(256, HOURGLASS, 7, {"scale_factor": 0.25}), 256),
    "monkey-net vox-full": (
        monkeynet(
            *(256, HOURGLASS, 7, {"scale_factor": 1}),
            decoder_scale={"scale_factor": 0.25}, generator={"interpolation_mode": "trilinear"},
        ),
        256,
    ),
    "co-segmentation taichi-256-sem, vox-256-sem-10segments": (coseg(10), 256),
    "co-segmentation vox-256-sem-5segments": (coseg(5), 256),
    "co-segmentation vox-256-sem-15segments": (coseg(15), 256),
}  # fmt: skip


@pytest.mark.parametrize(("values", "size"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_official_configuration_is_read(tmp_path: Path, values: Values, size: int) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    config = read_config(tmp_path / "config.yaml")
    assert config.frame_shape() == (size, size, 3)
    for name, section in values["model_params"].items():
        _assert_read(config.architecture if name == "common_params" else getattr(config.architecture, name), section)
    with torch.device("meta"):
        model = build(config.architecture)
    assert sum(parameter.numel() for parameter in model.parameters()) > 1e6


def _assert_read(found: object, written: Values) -> None:
    """Every key of the file is in the configuration that the networks are built from."""
    for key, value in written.items():
        read = getattr(found, key)
        if isinstance(value, dict):
            _assert_read(read, value)
        else:
            assert (list(read) if isinstance(value, list) else read) == value, key
