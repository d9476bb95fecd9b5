"""At the size of the released models, parameters and multiply-adds are those measured of the original code at 256²."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from puppet.models.checkpoints import build  # noqa: E402
from puppet.models.original_yaml import read_config  # noqa: E402

DETECTOR = "{temperature: 0.1, block_expansion: 32, max_features: 1024, num_blocks: 5, scale_factor: 0.25}"
GENERATOR = "block_expansion: 64, max_features: 512, num_down_blocks: 2, num_bottleneck_blocks: 6"
FOMM = f"""
model_params:
  common_params: {{num_kp: 10, num_channels: 3, estimate_jacobian: True}}
  kp_detector_params: {DETECTOR}
  generator_params:
    {{{GENERATOR}, estimate_occlusion_map: True, dense_motion_params:
    {{block_expansion: 64, max_features: 1024, num_blocks: 5, scale_factor: 0.25}}}}
"""
COSEG = f"""
model_params:
  common_params: {{num_segments: 10, num_channels: 3, estimate_affine_part: True}}
  segmentation_module_params: {DETECTOR}
  reconstruction_module_params: {{{GENERATOR}, estimate_visibility: True}}
"""
MONKEYNET = f"""
model_params:
  common_params: {{num_kp: 10, kp_variance: 'matrix', num_channels: 3}}
  kp_detector_params: {DETECTOR}
  generator_params:
    interpolation_mode: 'trilinear'
    block_expansion: 32
    max_features: 1024
    num_blocks: 7
    num_refinement_blocks: 4
    dense_motion_params:
      {{block_expansion: 32, max_features: 1024, num_blocks: 5, scale_factor: 0.25, use_mask: True,
      use_correction: True, num_group_blocks: 2, mask_embedding_params:
      {{use_heatmap: True, use_deformed_source_image: True, heatmap_type: 'difference', norm_const: 100}}}}
    kp_embedding_params: {{scale_factor: 0.25, use_heatmap: True, norm_const: 100, heatmap_type: 'difference'}}
"""


@pytest.mark.parametrize(
    ("text", "detect", "render"),
    [(FOMM, 1.28, 4.09 + 10.28 + 28.99 + 10.28), (COSEG, 1.4, 49.6), (MONKEYNET, 1.0, 30.2)],
    ids=["fomm", "coseg", "monkeynet"],
)
def test_multiply_adds_are_the_originals(tmp_path: Path, text: str, detect: float, render: float) -> None:
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    with torch.device("meta"), torch.no_grad():
        model = build(read_config(tmp_path / "config.yaml").architecture).eval()
        picture = torch.zeros(1, 3, 256, 256)
        with FlopCounterMode(display=False) as detection:
            keypoints = model.detect(picture)
        with FlopCounterMode(display=False) as rendering:
            frame = model.render(model.encode(picture), keypoints, keypoints)
    assert frame.shape == picture.shape
    assert detection.get_total_flops() / 2e9 == pytest.approx(detect, rel=0.05)
    assert rendering.get_total_flops() / 2e9 == pytest.approx(render, rel=0.01)


def test_parameters_of_vox_are_the_originals(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(FOMM, encoding="utf-8")
    with torch.device("meta"):
        model = build(read_config(tmp_path / "config.yaml").architecture)
    assert sum(parameter.numel() for parameter in model.parameters()) == pytest.approx(59.8e6, rel=1e-3)
