"""The two kinds of families that can be trained: the `face` model, and the learned models.

Each reads its clips, builds its model and gives the objectives of its stages; see puppet.training.objective.Family.
"""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from typing_extensions import override

from puppet.domain import Picture
from puppet.errors import CheckpointError, ConfigError
from puppet.media.files import write_text
from puppet.models.base import MotionModel
from puppet.models.checkpoints import build
from puppet.models.coseg import CoSegmentationModel
from puppet.models.face import FaceModel
from puppet.models.monkeynet import MonkeyNet
from puppet.training.background_bias import calibrate_background
from puppet.training.data.clips import Clip, ClipSet, clip_folders, find_people
from puppet.training.data.face_clips import read_face_clips
from puppet.training.data.face_pairs import PairBatches
from puppet.training.data.footage import read_footage
from puppet.training.data.frame_batches import FrameBatches
from puppet.training.distillation import DISTILL_STEPS, distill_keypoints
from puppet.training.distributed import Process
from puppet.training.evaluation.face import contact_sheet, evaluate
from puppet.training.evaluation.metrics import Lpips
from puppet.training.evaluation.report import as_text
from puppet.training.identity_init import initialise_as_copy
from puppet.training.initial_weights import fill
from puppet.training.losses.auxiliary import DETECTOR_FEATURE
from puppet.training.losses.face import VGG_FEATURES, DetailObjective, FaceObjective, MotionObjective
from puppet.training.losses.reconstruction import ReconstructionObjective
from puppet.training.losses.vgg import FIRST_RELUS, VGG16, Vgg, read_vgg
from puppet.training.objective import Family
from puppet.training.recipe_schema.face import FaceRecipe
from puppet.training.recipe_schema.learned import LearnedRecipe
from puppet.training.training_log import learned_sheet

log = logging.getLogger(__name__)


class FaceFamily(Family[FaceModel]):
    """The `face` model."""

    def __init__(self, recipe: FaceRecipe, lpips: Path | None = None) -> None:
        """`lpips`: weights of LPIPS, for the final scores. Raises ConfigError, CheckpointError."""
        clip_folders(recipe.data)  # a folder that is missing is told before the networks are read
        self.recipe: FaceRecipe = recipe
        self.stages = recipe.stages
        self._lpips = Lpips(lpips) if lpips else None
        self._vgg = _read_vgg(recipe.vgg, VGG_FEATURES)

    @override
    def read_clips(self, cache: Path) -> ClipSet:
        return read_face_clips(self.recipe.data, cache)

    @override
    def build(self) -> FaceModel:
        return FaceModel()

    @override
    def initialise(self, model: FaceModel, clips: Sequence[Clip], path: Path | None) -> None:
        if path is not None:
            fill(model, path)

    @override
    def objective(self, stage: int, model: FaceModel, clips: Sequence[Clip], process: Process) -> FaceObjective:
        recipe = self.recipe.stages[stage]
        batches = PairBatches(clips, recipe, self.recipe.data.folder_weights, self.recipe.seed + stage, process)
        kind = MotionObjective if recipe.objective == "motion" else DetailObjective
        return kind(model, recipe, batches, self._vgg.to(next(model.parameters()).device))

    @override
    def sheet(self, model: FaceModel, clips: Sequence[Clip], device: torch.device) -> Picture:
        return contact_sheet(copy.deepcopy(model).cpu(), clips)

    @override
    def evaluate(self, model: FaceModel, held_out: Sequence[Clip], out: Path) -> dict[str, float]:
        if not any(clip.moving for clip in held_out):
            return {}
        evaluation = evaluate(model, held_out, self._lpips)
        log.info("on people held out:\n%s", as_text(evaluation.clip_table()))
        write_text(out / "evaluation.json", evaluation.to_json() + "\n")
        scores = asdict(evaluation.mean.scores["model"])
        return {name: round(score, 5) for name, score in scores.items() if not math.isnan(score)}


class LearnedFamily(Family[MotionModel]):
    """Monkey-Net, FOMM and co-part segmentation."""

    def __init__(self, recipe: LearnedRecipe) -> None:
        """Read VGG where a loss needs it. Raises ConfigError, CheckpointError."""
        self.recipe: LearnedRecipe = recipe
        self.stages = (recipe,)
        losses = recipe.losses
        relus = FIRST_RELUS[: len(losses.perceptual)] + ((DETECTOR_FEATURE,) if losses.vgg_detector else ())
        self._vgg = _read_vgg(recipe.vgg, relus) if losses.needs_vgg else None
        if losses.vgg_detector and self._vgg is not None and self._vgg.blocks != VGG16:
            raise CheckpointError(f"{recipe.vgg}: holds VGG19; losses.vgg_detector needs VGG16")

    @override
    def read_clips(self, cache: Path) -> ClipSet:
        found = read_footage(self.recipe.data, self.recipe.size, cache)
        if self.recipe.augmentation.move_person:
            find_people(found.clips)
        return found

    @override
    def build(self) -> MotionModel:
        return build(self.recipe.model)

    @override
    def initialise(self, model: MotionModel, clips: Sequence[Clip], path: Path | None) -> None:
        if path is not None:
            fill(model, path, self.recipe.reinit)
            if isinstance(model, MonkeyNet):
                batches, device = FrameBatches(clips, self.recipe), next(model.parameters()).device
                pictures = (batches[step].source.to(device) for step in range(DISTILL_STEPS))
                distill_keypoints(model, path, pictures)
        if self.recipe.identity_init:
            initialise_as_copy(model)

    @override
    def objective(
        self, stage: int, model: MotionModel, clips: Sequence[Clip], process: Process
    ) -> ReconstructionObjective:
        batches, vgg = FrameBatches(clips, self.recipe, process), self._vgg
        vgg = None if vgg is None else vgg.to(next(model.parameters()).device)
        return ReconstructionObjective(model, self.recipe, batches, vgg, process.rank)

    @override
    def sheet(self, model: MotionModel, clips: Sequence[Clip], device: torch.device) -> Picture:
        return learned_sheet(model, clips, device)

    @override
    def finish(self, model: MotionModel, clips: Sequence[Clip]) -> None:
        if isinstance(model, CoSegmentationModel) and self.recipe.augmentation.move_person:
            calibrate_background(model, clips)


def _read_vgg(path: str, relus: Sequence[str]) -> Vgg:
    if not path:
        raise ConfigError("The perceptual loss needs VGG's weights; name their file, by vgg in the recipe or by --vgg")
    return read_vgg(Path(path), relus)
