"""The originals' YAML is read as an architecture or refused in one line that names the key."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from puppet.errors import CheckpointError
from puppet.models.coseg import CosegConfig
from puppet.models.fomm import DiscriminatorConfig, FommConfig
from puppet.models.monkeynet import MonkeyNetConfig
from puppet.models.original_yaml import read_config, read_yaml

FOMM = """
dataset_params: {root_dir: anything, frame_shape: [64, 64, 3]}
model_params:
  common_params: {num_kp: 4, num_channels: 3, estimate_jacobian: True}
  kp_detector_params: {temperature: 0.1, block_expansion: 4, max_features: 12, scale_factor: 0.25, num_blocks: 2}
  generator_params:
    block_expansion: 4
    max_features: 12
    num_down_blocks: 2
    num_bottleneck_blocks: 1
    estimate_occlusion_map: True
    dense_motion_params: {block_expansion: 4, max_features: 12, num_blocks: 2, scale_factor: 0.25}
  discriminator_params: {scales: [1, 0.5], block_expansion: 4, max_features: 12, num_blocks: 2, sn: True}
train_params: {num_epochs: 3}
"""
MONKEYNET = """
model_params:
  common_params: {num_kp: 3, kp_variance: 'matrix', num_channels: 3}
  kp_detector_params: {temperature: 0.1, block_expansion: 4, max_features: 12, num_blocks: 2, clip_variance: 0.001}
  generator_params:
    interpolation_mode: 'trilinear'
    block_expansion: 4
    max_features: 12
    num_blocks: 3
    num_refinement_blocks: 1
    kp_embedding_params: {scale_factor: 0.25, use_heatmap: True, norm_const: 100, heatmap_type: 'difference'}
    dense_motion_params: null
"""
COSEG = """
model_params:
  common_params: {num_segments: 5, num_channels: 3, estimate_affine_part: True}
  segmentation_module_params: {temperature: 0.1, block_expansion: 4, max_features: 12, num_blocks: 2}
  reconstruction_module_params:
    {block_expansion: 4, max_features: 12, num_down_blocks: 2, num_bottleneck_blocks: 1, estimate_visibility: True}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_keys_tell_the_family(tmp_path: Path) -> None:
    assert isinstance(read_config(written(tmp_path, FOMM)).architecture, FommConfig)
    assert isinstance(read_config(written(tmp_path, MONKEYNET)).architecture, MonkeyNetConfig)
    assert isinstance(read_config(written(tmp_path, COSEG)).architecture, CosegConfig)


def test_values_arrive_as_they_were_written(tmp_path: Path) -> None:
    fomm = read_config(written(tmp_path, FOMM)).architecture
    assert isinstance(fomm, FommConfig)
    assert fomm.num_kp == 4
    assert fomm.generator_params.dense_motion_params is not None
    assert fomm.generator_params.dense_motion_params.kp_variance == 0.01
    assert fomm.discriminator_params == DiscriminatorConfig(
        scales=(1, 0.5), block_expansion=4, max_features=12, num_blocks=2, sn=True
    )
    assert [str(scale) for scale in fomm.discriminator_params.scales] == ["1", "0.5"]  # state dicts are named so


def test_missing_and_null_sections_are_none(tmp_path: Path) -> None:
    monkeynet = read_config(written(tmp_path, MONKEYNET)).architecture
    assert isinstance(monkeynet, MonkeyNetConfig)
    assert monkeynet.generator_params.dense_motion_params is None
    assert monkeynet.discriminator_params is None


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("model_params", "other_params", "model_params is missing"),
        ("kp_detector_params:", "detector_params:", "unknown key detector_params"),
        ("temperature: 0.1, ", "", "key kp_detector_params.temperature is missing"),
        ("num_kp: 4", "num_kp: four", 'num_kp is "four"; expected a valid integer'),
        ("num_kp: 4", "num_kp: 4.5", "num_kp is 4.5; expected a valid integer"),
        ("num_kp: 4", "num_kp: 999999999", "num_kp is 999999999; expected less than or equal to 1024"),
        ("num_kp: 4", "num_kp: True", "num_kp is true"),
        ("temperature: 0.1", "temperature: .nan", "temperature is NaN; expected a finite number"),
        ("temperature: 0.1", "temperature: 0", "temperature is 0; expected greater than or equal to"),
        (
            "scale_factor: 0.25, num_blocks",
            "scale_factor: 2, num_blocks",
            "scale_factor is 2; expected less than or equal to 1",
        ),
        ("estimate_jacobian: True", "estimate_jacobian: 1", "estimate_jacobian is 1; expected a valid boolean"),
        ("scales: [1, 0.5]", "scales: 1", "scales is 1; expected a valid array"),
        ("scales: [1, 0.5]", "scales: [1, 2]", "scales[1] is 2; expected less than or equal to 1"),
        ("num_down_blocks: 2", "num_down_blocks: [2]", "num_down_blocks is a list of 1; expected a valid integer"),
        ("num_down_blocks: 2", "num_downs: 2", "unknown key generator_params.num_downs; known here:"),
        ("  generator_params:", "  generator_params: 3\n  g:", "generator_params is a number; expected a mapping"),
    ],
)
def test_mistake_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in FOMM
    with pytest.raises(CheckpointError, match=r"config\.yaml") as caught:
        read_config(written(tmp_path, FOMM.replace(old, new)))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("key", "value"), [("kp_variance", "'diagonal'"), ("kp_variance", "-1"), ("num_kp", "null")])
def test_monkeynets_own_values_are_checked(tmp_path: Path, key: str, value: str) -> None:
    old = {"kp_variance": "kp_variance: 'matrix'", "num_kp": "num_kp: 3"}[key]
    with pytest.raises(CheckpointError, match=key):
        read_config(written(tmp_path, MONKEYNET.replace(old, f"{key}: {value}")))


def test_embedding_without_maps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="kp_embedding_params: use_heatmap, use_difference or"):
        read_config(written(tmp_path, MONKEYNET.replace("use_heatmap: True", "use_heatmap: False")))


def test_constant_variance_is_a_number(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, MONKEYNET.replace("'matrix'", "0.01"))).architecture
    assert isinstance(config, MonkeyNetConfig)
    assert config.kp_variance == 0.01


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
)
MERGE_BOMB = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} {{<<: [{', '.join([f'*{chr(97 + i)}'] * 9)}]}}\n" for i in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "a: \u202e\u0085 : b: c",
        "- a list",
        "a: [1, 2",
        "a: !!python/object/apply:os.system ['exit 1']",
        "a: !unknown 3",
        "a: &a [*a]",
        BOMB,
        MERGE_BOMB,
        "[" * 5000,
        "a: 2001-99-99",
        "a: !!int ''",
        "a: !!timestamp soon",
        f"a: {'9' * 5000}",
        f"a: 1{':59' * 3000}.5",
        "? [a, b]\n: c",
        "a: 1\n---\nb: 2",
        "a" * 300_000,
    ],
)
def test_hostile_and_broken_yaml_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        read_yaml(written(tmp_path, text))
    assert "config.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_bytes_that_are_no_text_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(CheckpointError, match=r"config\.yaml"):
        read_yaml(path)


def test_missing_file_and_folder_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(CheckpointError, match="cannot be read"):
            read_yaml(path)


def test_a_few_aliases_are_accepted(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "a: &size [1, 2]\nb: *size\n")) == {"a": [1, 2], "b": [1, 2]}


# --- what the original code takes for a key that is not given ---


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (FOMM, (64, 64, 3)),
        (FOMM.replace("frame_shape: [64, 64, 3]", "id_sampling: True"), (256, 256, 3)),
        (FOMM.replace("frame_shape: [64, 64, 3]", "image_shape: [128, 128, 3]"), (128, 128, 3)),
        (MONKEYNET, (64, 64, 3)),
        (f"{MONKEYNET}\ndataset_params: {{root_dir: clips}}", (64, 64, 3)),
        (f"{MONKEYNET}\ndataset_params: {{image_shape: [256, 256, 3]}}", (256, 256, 3)),
        (COSEG, (256, 256, 3)),
    ],
)
def test_size_of_the_pictures_has_the_default_of_its_repository(
    tmp_path: Path, text: str, shape: tuple[int, int, int]
) -> None:
    assert read_config(written(tmp_path, text)).frame_shape() == shape


def test_every_default_of_fomm_is_that_of_its_code(tmp_path: Path) -> None:
    config = read_config(
        written(
            tmp_path,
            """
model_params:
  common_params: {num_kp: 10, num_channels: 3}
  kp_detector_params: {temperature: 0.1, block_expansion: 32, max_features: 1024, num_blocks: 5}
  generator_params:
    {block_expansion: 64, max_features: 512, num_down_blocks: 2, num_bottleneck_blocks: 6, dense_motion_params:
    {block_expansion: 64, max_features: 1024, num_blocks: 5}}
  discriminator_params: {a_key_that_the_original_ignores: 3}
""",
        )
    ).architecture
    assert isinstance(config, FommConfig)
    detector, generator, motion = (
        config.kp_detector_params,
        config.generator_params,
        config.generator_params.dense_motion_params,
    )
    assert not config.estimate_jacobian
    assert (detector.scale_factor, detector.single_jacobian_map, detector.pad) == (1, False, 0)
    assert motion is not None
    assert (generator.estimate_occlusion_map, motion.scale_factor, motion.kp_variance) == (False, 1, 0.01)
    assert config.discriminator_params == DiscriminatorConfig(
        scales=(), block_expansion=64, num_blocks=4, max_features=512, sn=False, use_kp=False, kp_variance=0.01
    )


def test_every_default_of_monkeynet_is_that_of_its_code(tmp_path: Path) -> None:
    config = read_config(
        written(
            tmp_path,
            """
model_params:
  common_params: {num_kp: 10, kp_variance: 'matrix', num_channels: 3}
  kp_detector_params: {temperature: 0.1, block_expansion: 32, max_features: 512, num_blocks: 5}
  generator_params:
    {block_expansion: 32, max_features: 512, num_blocks: 5, num_refinement_blocks: 4, dense_motion_params:
    {block_expansion: 32, max_features: 512, num_blocks: 5, use_mask: True, use_correction: True,
    mask_embedding_params: {}}}
  discriminator_params: {}
""",
        )
    ).architecture
    assert isinstance(config, MonkeyNetConfig)
    detector, generator, motion = (
        config.kp_detector_params,
        config.generator_params,
        config.generator_params.dense_motion_params,
    )
    assert motion is not None
    embedding = motion.mask_embedding_params
    assert (detector.scale_factor, detector.clip_variance) == (1, None)
    assert (generator.kp_embedding_params, generator.interpolation_mode) == (None, "nearest")
    assert (motion.bg_init, motion.num_group_blocks, motion.scale_factor) == (2, 0, 1)
    assert (embedding.use_heatmap, embedding.use_difference, embedding.use_deformed_source_image) == (
        True,
        False,
        False,
    )
    assert (embedding.heatmap_type, embedding.norm_const, embedding.scale_factor) == ("gaussian", "sum", 1)
    assert config.discriminator_params is not None
    found = config.discriminator_params
    assert (found.block_expansion, found.num_blocks, found.max_features, found.scale_factor) == (64, 4, 512, 1)
    assert found.kp_embedding_params is None


@pytest.mark.parametrize(
    ("keys", "family"),
    [
        ("common_params: {num_tps: 10, num_channels: 3}", "the Thin-Plate Spline Motion Model"),
        ("common_params: {num_regions: 10, num_channels: 3}", "Articulated Animation"),
        ("region_predictor_params: {}", "Articulated Animation"),
        ("he_estimator_params: {}", "face-vid2vid"),
        ("motion_extractor_params: {}", "LivePortrait"),
    ],
)
def test_configuration_of_another_family_is_named_before_any_missing_key(
    tmp_path: Path, keys: str, family: str
) -> None:
    with pytest.raises(CheckpointError, match=f"config.yaml describes {family}.*Puppet runs FOMM"):
        read_config(written(tmp_path, f"model_params:\n  {keys}\n"))
