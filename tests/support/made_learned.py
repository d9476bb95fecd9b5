"""Material for tests of the learned families' training: tiny recipes, strips of moving squares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from puppet.domain import Picture
from puppet.models.base import MotionModel
from puppet.training.data.clips import Clip
from puppet.training.data.footage import read_footage
from puppet.training.distributed import ALONE, Process
from puppet.training.families import LearnedFamily
from puppet.training.recipe_schema.learned import AugmentationRecipe, LearnedClipsRecipe, LearnedRecipe
from puppet.training.recipe_schema.reader import read_recipe
from puppet.training.trainer import Trainer

SIZE = 32
FRAMES = 4
STILL = AugmentationRecipe(horizontal_flip=0, time_flip=0, brightness=0, contrast=0, saturation=0, hue=0)

_HOURGLASS = "block_expansion = 4\nmax_features = 8\nnum_blocks = 2\n"
_RESIDUAL = "block_expansion = 4\nmax_features = 8\nnum_down_blocks = 1\nnum_bottleneck_blocks = 1\n"
MODELS = {
    "fomm": f"""
[model]
num_kp = 3
estimate_jacobian = true
[model.kp_detector_params]
temperature = 0.1
pad = 3
{_HOURGLASS}
[model.generator_params]
estimate_occlusion_map = true
{_RESIDUAL}
[model.generator_params.dense_motion_params]
scale_factor = 0.5
{_HOURGLASS}
[model.discriminator_params]
scales = [1]
block_expansion = 4
max_features = 8
num_blocks = 2
sn = true
""",
    "monkeynet": f"""
[model]
num_kp = 3
kp_variance = "matrix"
[model.kp_detector_params]
temperature = 0.1
clip_variance = 0.001
{_HOURGLASS}
[model.generator_params]
num_refinement_blocks = 1
{_HOURGLASS}
[model.generator_params.dense_motion_params]
use_mask = true
use_correction = true
{_HOURGLASS}
[model.generator_params.dense_motion_params.mask_embedding_params]
use_deformed_source_image = true
[model.generator_params.kp_embedding_params]
[model.discriminator_params]
block_expansion = 4
max_features = 8
num_blocks = 2
""",
    "coseg": f"""
[model]
num_segments = 3
estimate_affine_part = true
[model.segmentation_module_params]
temperature = 0.1
{_HOURGLASS}
[model.reconstruction_module_params]
estimate_visibility = true
{_RESIDUAL}
""",
}
LOSSES = {
    "fomm": "colour = 10\ngenerator_gan = 1\ndiscriminator_gan = 1\nfeature_matching = [10, 10]\n"
    "equivariance_value = 10\nequivariance_jacobian = 10\n",
    "monkeynet": "reconstruction = [10, 10, 10]\ngenerator_gan = 1\ndiscriminator_gan = 1\n",
    "coseg": "colour = 10\nequivariance_value = 10\nequivariance_jacobian = 10\n",
}


def recipe_text(family: str, losses: str | None = None, top: str = "", data: str = "") -> str:
    """A recipe of six steps; `top`, `data`: further lines of the file and of its [data]."""
    losses = LOSSES[family] if losses is None else losses
    return (
        f'family = "{family}"\nsize = {SIZE}\nsteps = 6\nbatch = 2\n{top}\n[data]\nheld_out = 0.0\n{data}\n'
        f"[optimiser]\nlearning_rate = 1e-3\naverage = 0.5\nmilestones = [4]\n[losses]\n{losses}\n{MODELS[family]}"
    )


def made_recipe(folder: Path, family: str, losses: str | None = None, top: str = "", data: str = "") -> LearnedRecipe:
    """The same, read from a file in `folder`."""
    path = folder / f"{family}.toml"
    path.write_text(recipe_text(family, losses, top, data))
    recipe = read_recipe(path)
    assert isinstance(recipe, LearnedRecipe)
    return recipe


def trainer(recipe: LearnedRecipe, clips: list[Clip], process: Process = ALONE) -> Trainer[MotionModel]:
    """A trainer on the CPU."""
    return Trainer(LearnedFamily(recipe), clips, torch.device("cpu"), lambda: 0.0, process)


def moving_squares(number: int, size: int = SIZE, frames: int = FRAMES) -> list[Picture]:
    """A coloured square that moves over a still background."""
    random = np.random.default_rng(number)
    background = np.full((size, size, 3), random.integers(100, 200, 3), np.uint8)
    colour, side = random.integers(0, 255, 3), size // 4
    pictures = []
    for frame in range(frames):
        picture = background.copy()
        left, top = 2 + 3 * frame + number, 4 + 2 * frame
        picture[top : top + side, left : left + side] = colour
        pictures.append(picture)
    return pictures


def write_strips(folder: Path, count: int = 3, size: int = SIZE) -> Path:
    """Clips as the original repositories kept them: PNGs with all frames side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.fromarray(np.hstack(moving_squares(number, size))).save(folder / f"clip{number}.png")
    return folder


def made_clips(folder: Path) -> list[Clip]:
    """Three clips in a cache."""
    data = LearnedClipsRecipe(folders=(str(write_strips(folder / "strips")),))
    return read_footage(data, SIZE, folder / "cache").clips
