"""Recipe of the learned families: Monkey-Net, FOMM and co-part segmentation.

Sections and names of `[model]` are `model_params` of the original repositories' YAML; those of `[losses]` are their
`loss_weights` and `transform_params`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Interval, Len, MultipleOf
from pydantic import PlainValidator

from puppet.models.coseg import CosegConfig
from puppet.models.fomm import FommConfig
from puppet.models.monkeynet import MonkeyNetConfig
from puppet.models.original_yaml import Architecture, architecture_of
from puppet.training.recipe_schema.common import (
    Adam,
    ClipsRecipe,
    CommonRecipe,
    NotNegative,
    PackRecipe,
    Positive,
    Share,
)

FAMILIES = {"fomm": FommConfig, "monkeynet": MonkeyNetConfig, "coseg": CosegConfig}

Rate: TypeAlias = Annotated[float, Interval(gt=0, lt=1)]
Decay: TypeAlias = Annotated[float, Interval(ge=0, lt=1)]
Weights: TypeAlias = tuple[NotNegative, ...]

_OF_SEGMENTS = ("foreground", "layers")
_ADVERSARIAL = ("generator_gan", "discriminator_gan", "feature_matching", "reconstruction")


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedClipsRecipe(ClipsRecipe):
    """`[data]` of a learned family's recipe.

    Attributes:
        source: "footage", or "figures": generated clips of jointed figures.
        clip_length: driving frames for each source frame.
        prefer_motion: clips are drawn in proportion to their mean change to this power.
    """

    source: Literal["footage", "figures"] = "footage"
    clip_length: Annotated[int, Interval(ge=1, le=64)] = 1
    prefer_motion: Annotated[float, Interval(ge=0, le=4)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationRecipe:
    """`[augmentation]`: changes of a clip's frames, alike for all: the originals' `augmentation_params` and two more.

    Attributes:
        horizontal_flip: probability that the pictures are mirrored.
        time_flip: probability that source and driving frames change places.
        brightness: factors are drawn from 1 − b to 1 + b; so are the next two.
        contrast: see brightness.
        saturation: see brightness.
        hue: turns are drawn from −h to h, 1 being the whole circle.
        scale: largest enlargement, cut at a random place. Not the originals'.
        move_person: probability that the person of each driving frame, found by selfie segmentation, is moved before
            the source's background or another picture; see puppet.training.data.moved_people. Not the originals'.
    """

    horizontal_flip: Share = 0.5
    time_flip: Share = 0.5
    brightness: Share = 0.1
    contrast: Share = 0.1
    saturation: Share = 0.1
    hue: Annotated[float, Interval(ge=0, le=0.5)] = 0.1
    scale: Share = 0.0
    move_person: Share = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserRecipe:
    """`[optimiser]`: Adam and its schedule.

    Attributes:
        learning_rate: of the model, at its highest.
        discriminator_rate: of the discriminator, at its highest.
        betas: decay of the first and the second moment.
        warm_up: steps in which the rate rises to its highest.
        milestones: steps after which the rate is multiplied by `gamma`.
        gamma: see milestones.
        norms_fixed_after: steps after which batch norm uses its running statistics, as in use. The model then can learn
            absolute colours, which the statistics of a small batch hide. 0: never.
        gradient_norm: gradients are scaled down to this norm.
        average: share of the averaged weights that a step keeps.
    """

    learning_rate: Rate = 2e-4
    discriminator_rate: Rate = 2e-4
    betas: tuple[Decay, Decay] = (0.5, 0.999)
    warm_up: Annotated[int, Ge(0)] = 0
    milestones: tuple[Annotated[int, Ge(1)], ...] = ()
    gamma: Annotated[float, Interval(gt=0, le=1)] = 0.1
    norms_fixed_after: Annotated[int, Ge(0)] = 0
    gradient_norm: Positive = 100.0
    average: Decay = 0.999

    def __post_init__(self) -> None:
        """Check that the milestones rise."""
        if list(self.milestones) != sorted(set(self.milestones)):
            raise ValueError(f"milestones is {list(self.milestones)}; expected rising numbers of steps")

    def factor(self, step: int) -> float:
        """Factor of the learning rates at a step, counted from 0."""
        warm = min(1.0, (step + 1) / (self.warm_up + 1))
        return warm * self.gamma ** sum(step >= milestone for milestone in self.milestones)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRecipe:
    """`[losses]`: weights by name; 0 or an empty list: without this loss.

    Attributes:
        perceptual: of VGG's relu1_1, relu2_1 … relu5_1.
        scales: of the pyramid on which they are compared.
        patch: side of the random square that is compared at scale 1, in pixels; 0: the whole picture.
        colour: absolute difference of the pictures. Not in the papers.
        generator_gan: least squares: the discriminator's output for rendered pictures should be that for real ones.
        discriminator_gan: the discriminator's own loss.
        feature_matching: of each of the discriminator's maps (FOMM).
        reconstruction: the same of Monkey-Net, the clip itself first.
        equivariance_value: of points under random deformations; co-segmentation's shift.
        equivariance_jacobian: of jacobians; co-segmentation's affine part.
        sigma_affine: of those deformations' affine part.
        sigma_tps: of their thin-plate spline.
        points_tps: control points a side.
        diversity: optional: keypoints keep away from one another.
        cycle: optional: the motion from source to driving frame and back is the identity.
        foreground: optional: share of the picture that segments cover; what need not move becomes background.
        layers: optional: colour error of each segment's own motion, weighted by the segment's share; trains the shares
            alone.
        keypoint_image: optional: a small picture is drawn from the keypoints alone.
        vgg_detector: optional: keypoints agree with those that a head on frozen VGG16 features (relu4_3) finds.
    """

    perceptual: Annotated[Weights, Len(0, 5)] = ()
    scales: Annotated[tuple[Annotated[float, Interval(ge=1 / 64, le=1)], ...], Len(1)] = (1.0, 0.5, 0.25, 0.125)
    patch: Annotated[int, Ge(0)] = 0
    colour: NotNegative = 0.0
    generator_gan: NotNegative = 0.0
    discriminator_gan: NotNegative = 0.0
    feature_matching: Weights = ()
    reconstruction: Weights = ()
    equivariance_value: NotNegative = 0.0
    equivariance_jacobian: NotNegative = 0.0
    sigma_affine: NotNegative = 0.05
    sigma_tps: NotNegative = 0.005
    points_tps: Annotated[int, Interval(ge=2, le=64)] = 5
    diversity: NotNegative = 0.0
    cycle: NotNegative = 0.0
    foreground: NotNegative = 0.0
    layers: NotNegative = 0.0
    keypoint_image: NotNegative = 0.0
    vgg_detector: NotNegative = 0.0

    @property
    def needs_vgg(self) -> bool:
        """True when a loss compares VGG's features."""
        return any(self.perceptual) or self.vgg_detector > 0

    @property
    def needs_discriminator(self) -> bool:
        """True when a loss uses the discriminator's maps."""
        return self.generator_gan > 0 or any(self.feature_matching) or any(self.reconstruction)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPackRecipe(PackRecipe):
    """`[pack]`: card of the trained pack; see puppet.packs.PackCard."""

    name: str = "learned"
    description: str = "Moves any object of the kind it was trained on by keypoints it found itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedRecipe(CommonRecipe):
    """A whole training.

    Attributes:
        family: the model's.
        size: side of the square pictures, in pixels.
        steps: number of steps.
        batch: sources a step, of each process; batch norm needs two.
        precision: "fp32", or "bf16": autocast where that is safe.
        reinit: weights whose names begin so, as "generator.first.", are not taken from --init.
        identity_init: the generator begins as a copy of the warped picture; for one with `num_down_blocks = 0`, or
            (Monkey-Net) with refinement blocks. Batch norm uses its running statistics from the first step on.
        model: the architecture.
        data: see there.
        augmentation: see there.
        optimiser: see there.
        losses: see there.
        pack: see there.
    """

    family: Literal["fomm", "monkeynet", "coseg"]
    size: Annotated[int, Interval(ge=32, le=1024), MultipleOf(4)]
    steps: Annotated[int, Ge(1)]
    batch: Annotated[int, Ge(2)]
    precision: Literal["fp32", "bf16"] = "fp32"
    reinit: tuple[str, ...] = ()
    identity_init: bool = False
    model: Annotated[Architecture, PlainValidator(lambda found: _architecture(found))]
    data: LearnedClipsRecipe = field(default_factory=LearnedClipsRecipe)
    augmentation: AugmentationRecipe = field(default_factory=AugmentationRecipe)
    optimiser: OptimiserRecipe = field(default_factory=OptimiserRecipe)
    losses: LossRecipe = field(default_factory=LossRecipe)
    pack: LearnedPackRecipe = field(default_factory=LearnedPackRecipe)

    def __post_init__(self) -> None:
        """Check the keys against one another."""
        kind = next(name for name, config in FAMILIES.items() if isinstance(self.model, config))
        _check(kind == self.family, f"model has the sections of {kind}; expected those of {self.family}")
        channels = self.model.num_channels
        _check(channels == 3, f"model.num_channels is {channels}; expected 3, as clips have colours")
        _check(self._can_copy or not self.identity_init, "identity_init is true; this generator cannot copy a picture")
        self._check_losses()

    @property
    def name(self) -> str:
        """Name of the only stage in the log."""
        return self.family

    @property
    def optimisers(self) -> tuple[Adam, Adam]:
        """Settings for the model and for its discriminator."""
        recipe = self.optimiser
        rates = recipe.learning_rate, recipe.discriminator_rate
        model, discriminator = (Adam(rate, recipe.betas, recipe.gradient_norm) for rate in rates)
        return model, discriminator

    def rates(self, step: int, elapsed_s: float) -> tuple[float, float]:
        """Learning rates of the model and of its discriminator at a step, counted from 0."""
        factor = self.optimiser.factor(step)
        return self.optimiser.learning_rate * factor, self.optimiser.discriminator_rate * factor

    def ema(self, step: int) -> float:
        """Share of the averaged weights that a step keeps: few at first."""
        return min(self.optimiser.average, (step + 1) / (step + 10))

    def is_over(self, step: int, elapsed_s: float) -> bool:
        """Return whether every step was made."""
        return step >= self.steps

    def amount(self, stage: int, step: int, elapsed_s: float) -> tuple[int, int, str]:
        """Return the amount of training that is done, the amount in all, and the unit."""
        return step, self.steps, "steps"

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
        """Losses have to suit the family; one of them has to compare the rendered picture."""
        losses = self.losses
        for name in (*_ADVERSARIAL, *_OF_SEGMENTS):
            allowed = (self.family == "coseg") == (name in _OF_SEGMENTS)
            if name == "reconstruction":
                allowed = self.family == "monkeynet"
            elif name == "feature_matching":
                allowed = self.family == "fomm"
            _check(allowed or not getattr(losses, name), f"losses.{name}: {self.family} has no such loss")
        has = not isinstance(self.model, CosegConfig) and self.model.discriminator_params is not None
        wanted = losses.needs_discriminator or losses.discriminator_gan > 0
        _check(has or not wanted, "model.discriminator_params is missing; losses need a discriminator")
        self._check_maps("feature_matching", 0)
        self._check_maps("reconstruction", 1)
        enough = any(losses.perceptual) or losses.colour > 0 or any(losses.reconstruction)
        _check(enough, "losses has no reconstruction; set perceptual, colour or (Monkey-Net) reconstruction above 0")

    def _check_maps(self, name: str, more: int) -> None:
        """A weight for each of the discriminator's maps."""
        weights = getattr(self.losses, name)
        if weights and not isinstance(self.model, CosegConfig) and self.model.discriminator_params is not None:
            count = self.model.discriminator_params.num_blocks + more
            found = f"losses.{name} has {len(weights)} weights"
            _check(len(weights) == count, f"{found}; expected {count}, as the discriminator has maps")


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _architecture(found: object) -> Architecture:
    if isinstance(found, FommConfig | MonkeyNetConfig | CosegConfig):
        return found
    if not isinstance(found, dict):
        raise ValueError("expected a table: `model_params` of the original's YAML")
    return architecture_of(found, "model")
