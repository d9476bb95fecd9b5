"""The recipe of Monkey-Net, FOMM or co-part segmentation: a TOML file as frozen values, checked once.

Sections and names of `[model]` are `model_params` of the original repositories' YAML, those of `[losses]` their
`loss_weights` and `transform_params`. `settings` decides whether two trainings are the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from puppet.errors import CheckpointError, ConfigError
from puppet.models.coseg import CosegConfig
from puppet.models.fomm import FommConfig
from puppet.models.monkeynet import MonkeyNetConfig
from puppet.models.original_yaml import Architecture, architecture_of
from puppet.training.recipe_schema.tables import filled, flat, read_toml, require

FAMILIES = {"fomm": FommConfig, "monkeynet": MonkeyNetConfig, "coseg": CosegConfig}
PRECISIONS = ("fp32", "bf16")
SOURCES = ("footage", "figures")

_MAY_CHANGE = ("steps", "checkpoint_minutes", "workers", "pack.", "data.folders", "vgg", "anew")  # between two runs
_OF_SEGMENTS = ("foreground", "layers")
_ADVERSARIAL = ("generator_gan", "discriminator_gan", "feature_matching", "reconstruction")


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageRecipe:
    """`[data]`: where clips come from and how they are chosen.

    Attributes:
        folders: of videos, of folders of frames, of PNG strips; relative to the recipe's own folder.
        source: "footage", or "figures": jointed figures that are drawn for it.
        frames_per_s: how many frames of a video's second are kept, at most.
        most_frames: how many of a clip, at most.
        held_out: share of the clips never trained on, 0 to below 1.
        clip_length: driving frames for each source frame.
        prefer_motion: how much more often clips that move are drawn: weights are the mean change to this power.
    """

    folders: tuple[str, ...] = ()
    source: str = "footage"
    frames_per_s: float = 25.0
    most_frames: int = 1000
    held_out: float = 0.05
    clip_length: int = 1
    prefer_motion: float = 0.0

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        require(self.source in SOURCES, "data.source", self.source, f"one of {', '.join(SOURCES)}")
        require(self.frames_per_s > 0, "data.frames_per_s", self.frames_per_s, "above 0")
        require(self.most_frames >= 2, "data.most_frames", self.most_frames, "at least 2")
        require(0 <= self.held_out < 1, "data.held_out", self.held_out, "from 0 to below 1")
        require(1 <= self.clip_length <= 64, "data.clip_length", self.clip_length, "from 1 to 64")
        require(0 <= self.prefer_motion <= 4, "data.prefer_motion", self.prefer_motion, "from 0 to 4")


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationRecipe:
    """`[augmentation]`: what is done alike to all frames of a clip; the originals' `augmentation_params`, and two more.

    Attributes:
        horizontal_flip: how often the picture is mirrored, 0 to 1.
        time_flip: how often source and driving change places.
        brightness: factors are drawn from 1 − b to 1 + b; so are the next two.
        contrast: see brightness.
        saturation: see brightness.
        hue: turns are drawn from −h to h, 1 being the whole circle.
        scale: the picture is enlarged by up to this share, cut at a random place. Not the originals'.
        move_person: how often the person of a driving frame, as selfie segmentation finds it, is moved before the
            source's background or another picture, 0 to 1; see puppet.training.data.moved_people. Not the originals'.
    """

    horizontal_flip: float = 0.5
    time_flip: float = 0.5
    brightness: float = 0.1
    contrast: float = 0.1
    saturation: float = 0.1
    hue: float = 0.1
    scale: float = 0.0
    move_person: float = 0.0

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        for name, value in asdict(self).items():
            most = 0.5 if name == "hue" else 1
            require(0 <= value <= most, f"augmentation.{name}", value, f"from 0 to {most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserRecipe:
    """`[optimiser]`: Adam.

    Attributes:
        learning_rate: at its highest, of the model.
        discriminator_rate: of discriminators.
        betas: Adam's two.
        warm_up: steps in which the rate rises to its highest.
        milestones: steps after which it is multiplied with `gamma`.
        gamma: see milestones.
        norms_fixed_after: steps after which batch norm keeps to its running statistics, as it does in use, and so can
            learn absolute colours, which the statistics of a small batch hide; 0: never.
        gradient_norm: gradients are scaled down to this norm.
        average: how much of the averaged weights a step keeps.
    """

    learning_rate: float = 2e-4
    discriminator_rate: float = 2e-4
    betas: tuple[float, ...] = (0.5, 0.999)
    warm_up: int = 0
    milestones: tuple[int, ...] = ()
    gamma: float = 0.1
    norms_fixed_after: int = 0
    gradient_norm: float = 100.0
    average: float = 0.999

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        for name in ("learning_rate", "discriminator_rate"):
            value = getattr(self, name)
            require(0 < value < 1, f"optimiser.{name}", value, "between 0 and 1")
        usable = len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas)
        require(usable, "optimiser.betas", self.betas, "two numbers from 0 to below 1")
        require(self.warm_up >= 0, "optimiser.warm_up", self.warm_up, "at least 0")
        rising = list(self.milestones) == sorted({step for step in self.milestones if step > 0})
        require(rising, "optimiser.milestones", self.milestones, "rising numbers of steps")
        require(self.norms_fixed_after >= 0, "optimiser.norms_fixed_after", self.norms_fixed_after, "at least 0")
        require(0 < self.gamma <= 1, "optimiser.gamma", self.gamma, "above 0, to 1")
        require(self.gradient_norm > 0, "optimiser.gradient_norm", self.gradient_norm, "above 0")
        require(0 <= self.average < 1, "optimiser.average", self.average, "from 0 to below 1")

    def rate(self, step: int) -> float:
        """What the learning rates are multiplied with at a step, counted from 0."""
        warm = min(1.0, (step + 1) / (self.warm_up + 1))
        return warm * self.gamma ** sum(step >= milestone for milestone in self.milestones)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRecipe:
    """`[losses]`: weights by name; 0 or an empty list: left out.

    Attributes:
        perceptual: of VGG's relu1_1, relu2_1 … relu5_1.
        scales: of the pyramid on which they are compared.
        patch: side of the random square that is compared at scale 1, in pixels; 0: the whole picture.
        colour: absolute difference of the pictures. Not in the papers.
        generator_gan: least squares: the discriminator's verdict.
        discriminator_gan: the discriminator's own loss.
        feature_matching: of each of the discriminator's maps (FOMM).
        reconstruction: the same of Monkey-Net, the clip itself first.
        equivariance_value: of points under random deformations; co-segmentation's shift.
        equivariance_jacobian: of jacobians; co-segmentation's affine part.
        sigma_affine: of those deformations' affine part.
        sigma_tps: of their bending.
        points_tps: control points a side.
        diversity: optional: keypoints keep away from one another.
        cycle: optional: motion there and back again is none.
        foreground: optional: share of the picture that segments take; what need not move is background.
        layers: optional: what each segment's motion shows, weighed by the segment's share; trains the shares alone.
        keypoint_image: optional: a small picture is drawn from the keypoints alone.
        vgg_detector: optional: keypoints agree with those that a head on frozen VGG16 features (relu4_3) finds.
    """

    perceptual: tuple[float, ...] = ()
    scales: tuple[float, ...] = (1.0, 0.5, 0.25, 0.125)
    patch: int = 0
    colour: float = 0.0
    generator_gan: float = 0.0
    discriminator_gan: float = 0.0
    feature_matching: tuple[float, ...] = ()
    reconstruction: tuple[float, ...] = ()
    equivariance_value: float = 0.0
    equivariance_jacobian: float = 0.0
    sigma_affine: float = 0.05
    sigma_tps: float = 0.005
    points_tps: int = 5
    diversity: float = 0.0
    cycle: float = 0.0
    foreground: float = 0.0
    layers: float = 0.0
    keypoint_image: float = 0.0
    vgg_detector: float = 0.0

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        for name, value in flat("losses", asdict(self)):
            require(value >= 0, name, value, "at least 0")
        require(len(self.perceptual) <= 5, "losses.perceptual", self.perceptual, "at most five weights")
        shares = all(1 / 64 <= scale <= 1 for scale in self.scales) and len(self.scales) > 0
        require(shares, "losses.scales", self.scales, "numbers from 1/64 to 1")
        require(2 <= self.points_tps <= 64, "losses.points_tps", self.points_tps, "from 2 to 64")

    @property
    def needs_vgg(self) -> bool:
        """Whether a term looks at VGG's features."""
        return any(self.perceptual) or self.vgg_detector > 0

    @property
    def needs_discriminator(self) -> bool:
        """Whether a term looks at the discriminator's maps."""
        return self.generator_gan > 0 or any(self.feature_matching) or any(self.reconstruction)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPackRecipe:
    """`[pack]`: what the trained pack says of itself; see puppet.packs.PackCard."""

    name: str = "learned"
    licence: str = "unstated"
    description: str = "Moves any object of the kind it was trained on by keypoints it found itself."
    training: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedRecipe:
    """A whole training.

    Attributes:
        family: "fomm", "monkeynet" or "coseg".
        size: side of the square pictures, in pixels.
        steps: how many.
        batch: sources a step, of each process.
        seed: of the weights, the choice of pairs and all that is drawn at random.
        precision: "fp32", or "bf16": autocast where that is safe.
        checkpoint_minutes: how often a checkpoint and a picture sheet are written.
        workers: processes that prepare batches beside the training; 0: none.
        vgg: VGG's weights, relative to the recipe's own folder; "": given on the command line.
        anew: weights that --init does not take over: those whose names begin so, as "generator.first.".
        copying: the generator begins by copying what is warped; for one of `num_down_blocks = 0`, or (Monkey-Net) with
            refinement blocks. Batch norm keeps to its running statistics from the first step on.
        model: the architecture.
        data: see there.
        augmentation: see there.
        optimiser: see there.
        losses: see there.
        pack: see there.
    """

    family: str
    size: int
    steps: int
    batch: int
    seed: int = 0
    precision: str = "fp32"
    checkpoint_minutes: float = 10.0
    workers: int = 0
    vgg: str = ""
    anew: tuple[str, ...] = ()
    copying: bool = False
    model: Architecture
    data: FootageRecipe = field(default_factory=FootageRecipe)
    augmentation: AugmentationRecipe = field(default_factory=AugmentationRecipe)
    optimiser: OptimiserRecipe = field(default_factory=OptimiserRecipe)
    losses: LossRecipe = field(default_factory=LossRecipe)
    pack: LearnedPackRecipe = field(default_factory=LearnedPackRecipe)

    def __post_init__(self) -> None:
        """Raise ConfigError for what cannot be done."""
        require(self.family in FAMILIES, "family", self.family, f"one of face, {', '.join(FAMILIES)}")
        found = next(name for name, kind in FAMILIES.items() if isinstance(self.model, kind))
        require(found == self.family, "model", f"the sections of {found}", f"those of {self.family}")
        require(self.model.num_channels == 3, "model.num_channels", self.model.num_channels, "3: clips have colours")
        require(32 <= self.size <= 1024 and self.size % 4 == 0, "size", self.size, "a multiple of 4 from 32 to 1024")
        require(self.steps >= 1, "steps", self.steps, "at least 1")
        require(self.batch >= 2, "batch", self.batch, "at least 2: batches are normalised")
        require(0 <= self.seed < 2**31, "seed", self.seed, "from 0 to 2147483647")
        require(self.precision in PRECISIONS, "precision", self.precision, f"one of {', '.join(PRECISIONS)}")
        require(self._can_copy or not self.copying, "copying", self.copying, "false: the generator cannot copy")
        require(self.checkpoint_minutes > 0, "checkpoint_minutes", self.checkpoint_minutes, "above 0")
        require(0 <= self.workers <= 64, "workers", self.workers, "from 0 to 64")
        self._check_losses()

    @property
    def _can_copy(self) -> bool:
        match self.model:
            case FommConfig():
                return self.model.generator_params.num_down_blocks == 0
            case CosegConfig():
                return self.model.reconstruction_module_params.num_down_blocks == 0
            case MonkeyNetConfig():
                return self.model.generator_params.num_refinement_blocks > 0

    def _check_losses(self) -> None:
        """Losses have to suit the family; a training without any reconstruction would go nowhere."""
        losses = self.losses
        for name in (*_ADVERSARIAL, *_OF_SEGMENTS):
            value, allowed = getattr(losses, name), (self.family == "coseg") == (name in _OF_SEGMENTS)
            if name == "reconstruction":
                allowed = self.family == "monkeynet"
            elif name == "feature_matching":
                allowed = self.family == "fomm"
            require(allowed or not value, f"losses.{name}", value, f"none: {self.family} has no such loss")
        has = not isinstance(self.model, CosegConfig) and self.model.discriminator_params is not None
        wanted = losses.needs_discriminator or losses.discriminator_gan > 0
        require(has or not wanted, "model.discriminator_params", "nothing", "a section: losses ask for a discriminator")
        self._check_maps("feature_matching", 0)
        self._check_maps("reconstruction", 1)
        enough = any(losses.perceptual) or losses.colour > 0 or any(losses.reconstruction)
        require(enough, "losses", "no reconstruction", "perceptual, colour or (Monkey-Net) reconstruction above 0")

    def _check_maps(self, name: str, more: int) -> None:
        """A weight for each of the discriminator's maps."""
        weights = getattr(self.losses, name)
        if weights and not isinstance(self.model, CosegConfig) and self.model.discriminator_params is not None:
            count = self.model.discriminator_params.num_blocks + more
            require(len(weights) == count, f"losses.{name}", weights, f"{count} weights, as the discriminator has maps")

    def settings(self) -> dict[str, str]:
        """Every value that decides what a step does, by its dotted name; a resumed training has to agree in them."""
        values = flat("", asdict(self))
        return {name: repr(value) for name, value in values if not name.startswith(_MAY_CHANGE)}


def read_learned_recipe(path: Path) -> LearnedRecipe:
    """Read a recipe. Raises ConfigError, naming the key, for anything that is unknown, missing or of a wrong type."""
    table = read_toml(path)
    try:
        return located(_recipe(table), path.parent)
    except (ConfigError, CheckpointError) as error:
        raise ConfigError(f"{path}: {error}") from error


def located(recipe: LearnedRecipe, folder: Path) -> LearnedRecipe:
    """The recipe with its paths made relative to where it was read from."""
    folders = tuple(str(folder / name) for name in recipe.data.folders)
    vgg = str(folder / recipe.vgg) if recipe.vgg else ""
    return replace(recipe, data=replace(recipe.data, folders=folders), vgg=vgg)


def _recipe(table: dict[str, Any]) -> LearnedRecipe:
    model = table.get("model")
    if not isinstance(model, dict):
        raise ConfigError("key model: expected a table: the original's model_params.")
    nested: dict[str, Any] = {
        "model": architecture_of(model, "model"),
        "data": filled(FootageRecipe, table.get("data", {}), "data."),
        "augmentation": filled(AugmentationRecipe, table.get("augmentation", {}), "augmentation."),
        "optimiser": filled(OptimiserRecipe, table.get("optimiser", {}), "optimiser."),
        "losses": filled(LossRecipe, table.get("losses", {}), "losses."),
        "pack": filled(LearnedPackRecipe, table.get("pack", {}), "pack."),
    }
    return filled(LearnedRecipe, table | nested, "")
